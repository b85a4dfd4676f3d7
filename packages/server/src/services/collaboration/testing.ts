/** The whole of the services on embedded stores, as often as a test wants nodes; people, their files, and a clock that can be set ahead. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readBootstrap } from '../../boot/read-bootstrap.ts';
import { assemble } from '../../boot/services.ts';
import { openStores, storeDeps } from '../../boot/stores.ts';
import type { Services } from '../../gateways/contract.ts';
import { systemClock, type Clock } from '../../kernel/clock.ts';
import { systemContext, type Context } from '../../kernel/context.ts';
import { silentLogger } from '../../kernel/logger.ts';
import { endInReverse } from '../../kernel/service.ts';
import type { SqlStore, SqlTransaction } from '../../stores/sql/contract.ts';
import { openTestDatabase, testDialect } from '../../stores/sql/testing.ts';
import { namesOf } from '../access/api.ts';
import { createMetrics } from '../operations/metrics.ts';

export interface World {
  readonly nodes: readonly [Services, ...Services[]];
  readonly clock: { ahead: number };
  readonly sql: SqlStore;
  /** As that person is now, on the first node. */
  as(login: string): Promise<Context>;
  /** The role that a person owns; made if there is nobody of that name. */
  role(login: string): Promise<string>;
  id(login: string): Promise<string>;
  /** The root of somebody's personal workspace. */
  home(login: string): Promise<string>;
  folder(login: string, name: string, parentId?: string): Promise<string>;
  put(login: string, parentId: string, name: string, text?: string): Promise<string>;
  /** What that person may do at a node, in words. */
  rights(login: string, nodeId: string): Promise<string>;
  /** Names at the root of a workspace. */
  names(login: string, slug: string): Promise<string[]>;
  close(): Promise<void>;
}

export async function openWorld(count = 1): Promise<World> {
  const data = await mkdtemp(path.join(tmpdir(), 'volvox-collaboration-'));
  const database = testDialect() === 'sqlite' ? null : await openTestDatabase(testDialect(), 'relaxed');
  const bootstrap = readBootstrap(
    {
      VOLVOX_DATA: data,
      VOLVOX_CONFIG: 'memory:',
      VOLVOX_DURABILITY: 'relaxed',
      ...(database === null ? {} : { VOLVOX_SQL: database.url }),
    },
    {},
    'collaboration-test',
  );
  const offset = { ahead: 0 };
  const clock: Clock = {
    now: () => systemClock.now() + offset.ahead,
    monotonic: () => systemClock.monotonic(),
  };
  const log = silentLogger;
  const metrics = createMetrics('test');
  const stops: (() => Promise<void>)[] = [
    () => rm(data, { recursive: true, force: true }),
    async () => database?.remove(),
    async () => metrics.stop(),
  ];
  const opened = await openStores(bootstrap, {}, storeDeps(bootstrap, log, clock), {
    opened: () => {},
    called: () => {},
  });
  stops.push(() => opened.close());
  const nodes: Services[] = [];
  for (let n = 0; n < count; n++) {
    const { stores, urls } = opened;
    const nodeName = `node-${n}`;
    const publicUrl = 'https://files.example.org';
    const state = () => 'ready' as const;
    const started = await assemble({ stores, urls, clock, log, metrics, nodeName, publicUrl, state });
    stops.push(() => started.stop());
    nodes.push(started.api);
  }
  const [first, ...others] = nodes;
  if (first === undefined) throw new Error('a world has a node');
  await first.identity.setup({ key: null, login: 'root', password: 'correct horse battery', admin: true });
  const { sql } = opened.stores;
  return {
    nodes: [first, ...others],
    clock: offset,
    sql,
    ...waysOf(first),
    close: () => endInReverse(stops),
  };
}

function waysOf(services: Services): Omit<World, 'nodes' | 'clock' | 'sql' | 'close'> {
  const { identity, tree, contents, workspaces } = services;
  const id = async (login: string): Promise<string> => {
    const known = await identity.userByLogin(login);
    if (known !== null) return known.id;
    const password = 'correct horse battery';
    const email = `${login}@example.org`;
    return (await identity.createUser(systemContext(), { login, password, displayName: login, email })).id;
  };
  const as = async (login: string): Promise<Context> => ({
    ...systemContext('test'),
    principal: await identity.principalOf(await id(login)),
  });
  const home = async (login: string): Promise<string> =>
    (await workspaces.bySlug(await as(login), 'personal')).rootId;
  return {
    id,
    as,
    home,
    role: async (login) => (await as(login)).principal.roles.at(-1) ?? '',
    async folder(login, name, parentId) {
      const made = await tree.createFolder(await as(login), parentId ?? (await home(login)), name);
      return made.node.id;
    },
    async put(login, parentId, name, text = name) {
      const context = await as(login);
      const content = await contents.write(context, Buffer.from(text));
      const options = { onConflict: 'replace' } as const;
      return (await tree.putFile(context, { parentId, name }, content, options)).node.id;
    },
    async rights(login, nodeId) {
      const [located] = await tree.locateMany(await as(login), [nodeId]);
      return namesOf(located?.permissions ?? 0).join(' ');
    },
    async names(login, slug) {
      const context = await as(login);
      const root = await tree.resolve(context, await workspaces.bySlug(context, slug), []);
      if (root.found === null) throw new Error('no root');
      const options = { sort: 'name', order: 'asc', limit: 1000 } as const;
      const page = await tree.list(context, root.found, options);
      return page.items.map((item) => item.node.name);
    },
  };
}

/** How often a statement ran in each transaction from now on that ran it and was not given up. */
export function runsOf(sql: SqlStore, statement: unknown): readonly number[] {
  const runs: number[] = [];
  const transaction = sql.transaction.bind(sql);
  const watched: SqlStore['transaction'] = async (work, options) => {
    let count = 0;
    const result = await transaction((tx) => {
      count = 0;
      const counting: SqlTransaction = {
        all: (query, parameters) => tx.all(query, parameters),
        get: (query, parameters) => tx.get(query, parameters),
        run(query, parameters) {
          if (query === statement) count++;
          return tx.run(query, parameters);
        },
        runMany: (query, rows) => tx.runMany(query, rows),
        afterCommit: (callback) => tx.afterCommit(callback),
      };
      return work(counting);
    }, options);
    if (count > 0) runs.push(count);
    return result;
  };
  Object.assign(sql, { transaction: watched });
  return runs;
}
