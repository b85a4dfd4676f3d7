/** What the tests of the tree share: real SQL, journal, contents and locks; rights are what a test denies. */
import { systemClock } from '../../kernel/clock.ts';
import { systemPrincipal, type Context, type Principal } from '../../kernel/context.ts';
import { AppError } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import { silentLogger } from '../../kernel/logger.ts';
import { parseStoreUrl } from '../../kernel/store-url.ts';
import { memoryBlobs } from '../../stores/blobs/memory/driver.ts';
import { brokerMemoryDriver } from '../../stores/broker/memory/driver.ts';
import { registryMemoryDriver } from '../../stores/registry/memory/driver.ts';
import type { SqlStore } from '../../stores/sql/contract.ts';
import { openTestSql } from '../../stores/sql/testing.ts';
import { ALL, READ, type AccessService, type Permissions } from '../access/api.ts';
import type { CheckFinding, ContentsService, StoredContent } from '../contents/api.ts';
import { contentsMigrations } from '../contents/migrations.ts';
import { startContents } from '../contents/service.ts';
import type { JournalService } from '../journal/api.ts';
import { journalMigrations } from '../journal/migrations.ts';
import { startJournal } from '../journal/service.ts';
import type { TreeBoundLocks } from '../locks/api.ts';
import { locksMigrations } from '../locks/migrations.ts';
import { startLocks } from '../locks/service.ts';
import type { WorkspaceRecord } from '../workspaces/api.ts';
import type { Located, TreeService } from './api.ts';
import type { TreeDeps } from './core.ts';
import { treeMigrations } from './migrations.ts';
import { startTree } from './service.ts';

export interface TestTree {
  readonly sql: SqlStore;
  readonly tree: TreeService;
  readonly journal: JournalService;
  readonly contents: ContentsService;
  readonly locks: TreeBoundLocks;
  readonly deps: TreeDeps;
  readonly context: Context;
  /** Two workspaces. */
  readonly home: WorkspaceRecord;
  readonly other: WorkspaceRecord;
  /** Bits taken away on a node and below it. */
  readonly denied: Map<string, Permissions>;
  /** Node ids by workspace; for those whose record says `mounted`. */
  readonly mounts: Map<string, readonly string[]>;
  readonly clock: { ahead: number };
  setQuota(workspace: WorkspaceRecord, quota: number | null): WorkspaceRecord;
  content(text: string): Promise<StoredContent>;
  put(parentId: string, name: string, text: string): Promise<string>;
  /** By path below `home`. */
  at(path: string, workspace?: WorkspaceRecord): Promise<Located | null>;
  /** All paths below a workspace, folders with a slash at the end. */
  paths(workspace?: WorkspaceRecord): Promise<string[]>;
  findings(repair?: boolean): Promise<CheckFinding[]>;
  close(): Promise<void>;
}

export function contextOf(userId: string | null, lockTokens: readonly string[] = []): Context {
  const principal: Principal = { ...systemPrincipal, userId, login: userId ?? 'system' };
  return { principal, requestId: 'test', signal: new AbortController().signal, lockTokens };
}

const migrations = [...journalMigrations, ...contentsMigrations, ...locksMigrations, ...treeMigrations];
const driverDeps = { log: silentLogger, clock: systemClock, durability: 'relaxed' } as const;
let count = 0;

export async function openTree(): Promise<TestTree> {
  const { sql, close } = await openTestSql(migrations);
  const url = parseStoreUrl(`memory:tree-test-${process.pid}-${++count}`);
  const blobs = await memoryBlobs.open(url, driverDeps);
  const broker = await brokerMemoryDriver.open(url, driverDeps);
  const registry = await registryMemoryDriver.open(url, driverDeps);
  const ahead = { ahead: 0 };
  const clock = {
    now: () => systemClock.now() + ahead.ahead,
    monotonic: () => systemClock.monotonic() + ahead.ahead,
  };
  const settings = {
    get: (key: string) =>
      ({ 'contents.chunkMiB': 1, 'contents.graceHours': 24, 'trash.keepDays': 30 })[key] as never,
  };
  const log = silentLogger;
  const journal = await startJournal({ sql, broker, registry, clock, log });
  const contents = startContents({ sql, blobs, place: '', settings, clock, log }).api;
  const locks = startLocks({ sql, clock }).api;
  const denied = new Map<string, Permissions>();
  const workspaces = new Map<string, WorkspaceRecord>();
  const workspaceOfRoot = (rootId: string): Promise<WorkspaceRecord | null> =>
    Promise.resolve(workspaces.get(rootId) ?? null);
  const access = denyingAccess(denied);
  const mounts = new Map<string, readonly string[]>();
  const deps: TreeDeps = {
    sql,
    journal: journal.api,
    access,
    contents,
    locks,
    settings,
    clock,
    log,
    workspaceOfRoot,
    workspacesOfRoots: (rootIds) =>
      Promise.resolve(new Map(rootIds.flatMap((id) => [...workspaces].filter(([root]) => root === id)))),
    mountIds: (_context, workspace) => Promise.resolve(mounts.get(workspace.id) ?? []),
  };
  const tree = startTree(deps).api;
  const home = await addWorkspace(sql, tree, 'home', workspaces);
  const other = await addWorkspace(sql, tree, 'other', workspaces);
  const base = {
    sql,
    tree,
    journal: journal.api,
    contents,
    locks,
    deps,
    home,
    other,
    denied,
    mounts,
    clock: ahead,
    context: contextOf(newId()),
  };
  return {
    ...base,
    ...shortWays(base),
    setQuota(workspace, quota) {
      const changed = { ...workspace, quota };
      workspaces.set(workspace.rootId, changed);
      return changed;
    },
    async close() {
      await journal.stop();
      await broker.close();
      await registry.close();
      await close();
    },
  };
}

type ShortWays = Pick<TestTree, 'content' | 'put' | 'at' | 'paths' | 'findings'>;

function shortWays({
  tree,
  contents,
  context,
  home,
}: Pick<TestTree, 'tree' | 'contents' | 'context' | 'home'>): ShortWays {
  const content = (text: string): Promise<StoredContent> => contents.write(context, Buffer.from(text));
  return {
    content,
    async put(parentId, name, text) {
      const options = { onConflict: 'replace' } as const;
      return (await tree.putFile(context, { parentId, name }, await content(text), options)).node.id;
    },
    async at(path, workspace = home) {
      return (await tree.resolve(context, workspace, path === '' ? [] : path.split('/'))).found;
    },
    async paths(workspace = home) {
      const top = await tree.locate(context, workspace.rootId);
      const paths: string[] = [];
      for await (const { node, names } of tree.walk(context, top, context.signal)) {
        paths.push(names.join('/') + (node.kind === 'folder' ? '/' : ''));
      }
      return paths.sort();
    },
    async findings(repair = false) {
      const found: CheckFinding[] = [];
      for await (const finding of tree.check({ repair })) found.push(finding);
      return found;
    },
  };
}

async function addWorkspace(
  sql: SqlStore,
  tree: TreeService,
  slug: string,
  workspaces: Map<string, WorkspaceRecord>,
): Promise<WorkspaceRecord> {
  const ids = { id: newId(), rootId: newId(), trashId: newId() };
  const record: WorkspaceRecord = {
    ...ids,
    slug,
    name: slug,
    kind: 'shared',
    ownerId: null,
    quota: null,
    mounted: false,
    archived: false,
  };
  await sql.transaction((tx) => tree.createRoot(tx, { ...ids, name: slug, ownerId: null }));
  workspaces.set(record.rootId, record);
  return record;
}

function denyingAccess(
  denied: ReadonlyMap<string, Permissions>,
): Pick<AccessService, 'decide' | 'decideChildren' | 'require'> {
  const decide = (chain: readonly string[]): Permissions =>
    chain.reduce((bits, id) => bits & ~(denied.get(id) ?? 0), ALL);
  return {
    decide: (_principal, chain) => Promise.resolve(decide(chain)),
    decideChildren: (_principal, chain, ids) => {
      const bits = decide(chain);
      return Promise.resolve(ids.map((id) => bits & ~(denied.get(id) ?? 0)));
    },
    require(_tx, _context, chain, need) {
      const bits = decide(chain);
      if (!(bits & READ)) return Promise.reject(new AppError('not_found', 'hidden'));
      return (bits & need) === need ? Promise.resolve() : Promise.reject(new AppError('forbidden', 'denied'));
    },
  };
}
