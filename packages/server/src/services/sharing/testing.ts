/** Several nodes with links over one database, on a tree of a few nodes that exist by being named. */
import type { Context, Principal } from '../../kernel/context.ts';
import { silentLogger } from '../../kernel/logger.ts';
import { accessMigrations } from '../access/migrations.ts';
import { ALL } from '../access/api.ts';
import type { ClientInfo } from '../identity/api.ts';
import { identityMigrations } from '../identity/migrations.ts';
import { setUp, contextOf, openCluster, type TestCluster, type TestNode } from '../identity/testing.ts';
import { fencedSql } from '../jobs/fence.ts';
import { jobsMigrations } from '../jobs/migrations.ts';
import type { MailMessage } from '../mail/api.ts';
import type { SettingValues } from '../settings/api.ts';
import type { Located, TreeNode } from '../tree/api.ts';
import { workspacesMigrations } from '../workspaces/migrations.ts';
import type { SharingService } from './api.ts';
import { sharingMigrations } from './migrations.ts';
import { startSharing } from './service.ts';

export interface SharingNode extends TestNode {
  readonly sharing: SharingService;
  /** As a visitor of the link with this token. */
  enter(token: string, cookie?: string, from?: ClientInfo): Promise<Principal>;
}

export interface SharingCluster extends TestCluster {
  readonly mails: MailMessage[];
  /** Pieces of versions that can be read. */
  readonly contents: Map<string, readonly string[]>;
  node(): Promise<SharingNode>;
  /** Makes a person who may do everything at a folder of that name. */
  owner(node: SharingNode, login: string, folder: string): Promise<Context>;
  close(): Promise<void>;
}

export const visitor: ClientInfo = { address: '198.51.100.7', userAgent: 'visitor' };

const settings: Partial<SettingValues> = {
  'links.enabled': true,
  'links.passwordRequired': false,
  'password.minLength': 8,
  'links.maxDays': 0,
  'links.defaultDays': 0,
  'links.uploadAllowed': true,
  'links.customSlug': true,
  'links.receiptsPerDay': 200,
};

export async function openSharing(): Promise<SharingCluster> {
  const cluster = await openCluster();
  const known = [...accessMigrations, ...identityMigrations, ...workspacesMigrations];
  await cluster.sql.migrate([...known, ...sharingMigrations, ...jobsMigrations]);
  Object.assign(cluster.settings, settings);
  const mails: MailMessage[] = [];
  const contents: SharingCluster['contents'] = new Map();
  return {
    ...cluster,
    mails,
    contents,
    node: () => startSharingNode(cluster, { mails, contents }),
    async owner({ identity, access }, login, folder) {
      const root = (await identity.userByLogin('root'))?.id ?? '';
      const admin = contextOf(await identity.principalOf(root));
      const { id } = await identity.createUser(admin, { login, password: 'correct horse 3' });
      const roleId = (await identity.principalOf(id)).roles.at(-1) ?? '';
      await cluster.sql.transaction((tx) =>
        access.setRule(tx, { nodeId: folder, roleId, allow: ALL, deny: 0 }, null),
      );
      return contextOf(await identity.principalOf(id));
    },
  };
}

async function startSharingNode(
  cluster: TestCluster,
  { mails, contents }: Pick<SharingCluster, 'mails' | 'contents'>,
): Promise<SharingNode> {
  const later: { sharing?: SharingService } = {};
  const node = await cluster.start(undefined, {
    verifiers: {
      link: {
        verify: async (...told) => (await later.sharing?.verifier.verify(...told)) ?? null,
        reload: async (...told) => (await later.sharing?.verifier.reload(...told)) ?? null,
      },
    },
  });
  const locateMany = async (context: Context, ids: readonly string[]): Promise<Located[]> => {
    const all = await Promise.all(ids.map((id) => locatedAt(node, context, id)));
    return all.filter((found) => found.permissions !== 0);
  };
  const { api: sharing } = await startSharing({
    sql: fencedSql(cluster.sql),
    access: node.access,
    identity: node.identity,
    journal: { append: async () => 'row', follow: () => {} },
    tree: {
      locate: async (context, id) => locatedAt(node, context, id),
      locateMany,
      ensureFolders: async (_context, parentId) => nodeOf(parentId),
    },
    contents: {
      async *stream(versionId) {
        for (const piece of contents.get(versionId) ?? []) yield Buffer.from(piece);
      },
    },
    mail: { enqueue: async (tx, message) => tx.afterCommit(() => mails.push(message)) },
    audit: { keep: async () => {} },
    settings: {
      get: (key) => {
        const value = cluster.settings[key];
        if (value === undefined) throw new Error(`no setting ${key}`);
        return value;
      },
    },
    clock: cluster.clock,
    log: silentLogger,
    publicUrl: 'https://files.example.org',
  });
  later.sharing = sharing;
  return {
    ...node,
    sharing,
    enter: (token, cookie = '', from = visitor) =>
      node.identity.authenticate({ kind: 'link', token, secret: cookie, by: 'cookie' }, from),
  };
}

async function locatedAt({ access }: TestNode, { principal }: Context, id: string): Promise<Located> {
  const chain = [id];
  return {
    node: nodeOf(id),
    chain,
    names: [id],
    workspace: { id: 'ws', slug: 'ws', name: 'ws' } as Located['workspace'],
    permissions: await access.decide(principal, chain),
    trashed: null,
  };
}

export function nodeOf(id: string): TreeNode {
  return {
    id,
    parentId: null,
    name: id,
    kind: 'folder',
    size: 1,
    versionId: null,
    sha256: null,
    etag: '"1"',
    createdAt: 0,
    modifiedAt: 0,
    createdBy: null,
    modifiedBy: null,
  };
}

/** Three nodes, and ann, who may do everything at the folder. */
export async function openNodes(folder: string): Promise<{
  readonly cluster: SharingCluster;
  readonly nodes: readonly SharingNode[];
  readonly first: SharingNode;
  readonly ann: Context;
}> {
  const cluster = await openSharing();
  await setUp(cluster);
  const first = await cluster.node();
  const nodes = [first, await cluster.node(), await cluster.node()];
  return { cluster, nodes, first, ann: await cluster.owner(first, 'ann', folder) };
}

/** `done`, or the code of the error. */
export function outcome(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'done',
    (error: { code?: string }) => error.code ?? String(error),
  );
}
