/**
 * Contention: `npm run test:cluster -- crowd --clients 64 --minutes 10 --sql postgres|mariadb`. All clients create, rename, move, delete, list and
 * overwrite the same few names in one folder through the balancer; then, for the rate, each in a folder of its own. With `--one-path` all of them
 * write one and the same file. Exits with 1 where anything was wrong.
 */
import { createHash, randomInt } from 'node:crypto';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import { queriesOf } from '../../packages/server/src/stores/sql/query.ts';
import { openUrl } from '../../packages/server/src/stores/sql/testing.ts';
import { generator } from '../faults/load/generator.ts';
import type { Target } from '../harness/server-process.ts';
import { checked } from './checks.ts';
import { Replay } from './journal.ts';
import { feedAfter } from './live.ts';
import { percentile } from './percentile.ts';
import { poll } from './poll.ts';
import { targetOf } from './targets.ts';
import { startTopology, type SqlKind, type Topology } from './topology.ts';

const { values } = parseArgs({
  options: {
    clients: { type: 'string', default: '64' },
    minutes: { type: 'string', default: '10' },
    sql: { type: 'string', default: 'postgres' },
    seed: { type: 'string' },
    'one-path': { type: 'boolean', default: false },
  },
});
const kind: SqlKind = values.sql === 'mariadb' ? 'mariadb' : 'postgres';
const seed = Number(values.seed ?? randomInt(2 ** 31));
const clients = Number(values.clients);
const onePath = values['one-path'];
/** Few enough that clients meet all the time. */
const names = Array.from({ length: onePath ? 1 : 40 }, (_, at) => `n${at}`);
const inner = ['f0', 'f1', 'f2', 'f3'];

const operations = ['write', 'create', 'rename', 'move', 'delete', 'list', 'read'] as const;
type Operation = (typeof operations)[number];
/** How often each is done; deletions keep pace with what is made. */
const weights: Readonly<Record<Operation, number>> = onePath
  ? { write: 1, create: 0, rename: 0, move: 0, delete: 0, list: 0, read: 0 }
  : { write: 30, create: 8, rename: 14, move: 8, delete: 10, list: 15, read: 15 };

class Crowd {
  readonly wrong: string[] = [];
  readonly contents = new Set<string>();
  /** Acknowledged changes by what the journal calls them. */
  readonly done = { 'node.created': 0, 'node.updated': 0, 'node.moved': 0, 'node.trashed': 0 };
  readonly times = new Map<string, number[]>();
  readonly statuses = new Map<number, number>();
  readonly #target: Target;

  constructor({ balancer, token }: Topology) {
    this.#target = targetOf(balancer.url, token, ({ method, path, status, detail, from, until }) => {
      this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1);
      const times = this.times.get(method);
      if (times === undefined) this.times.set(method, [until - from]);
      else times.push(until - from);
      if (status === 0 || status >= 500) this.wrong.push(`${method} ${path}: ${status} ${detail}`);
    });
  }

  async make(path: string): Promise<void> {
    const answer = await this.#target.request('MKCOL', `/dav/common/${path}`);
    if (answer.status !== 201) throw new Error(`MKCOL ${path}: ${answer.status}`);
    this.done['node.created']++;
  }

  /** @returns requests a second */
  async run(minutes: number, folderOf: (client: number) => string): Promise<number> {
    const from = performance.now();
    const until = from + minutes * 60_000;
    const counts = await Promise.all(
      Array.from({ length: clients }, (_, at) => this.#client(at, folderOf(at), until)),
    );
    return counts.reduce((sum, each) => sum + each, 0) / ((performance.now() - from) / 1000);
  }

  async #client(index: number, folder: string, until: number): Promise<number> {
    const random = generator(seed + index);
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
    const wheel = operations.flatMap((each) => Array.from({ length: weights[each] }, () => each));
    let count = 0;
    for (; performance.now() < until; count++) {
      const text = `${folder} ${index} ${count} `.padEnd(20 + Math.floor(random() * 3_000), 'x');
      // A request without an answer is noted as wrong already.
      await this.#step(pick(wheel), folder, () => this.#place(pick, random), text).catch(() => undefined);
    }
    return count;
  }

  #place(pick: <T>(list: readonly T[]) => T, random: () => number): string {
    return !onePath && random() < 0.3 ? `${pick(inner)}/${pick(names)}` : pick(names);
  }

  async #step(operation: Operation, folder: string, place: () => string, text: string): Promise<void> {
    const at = `${folder}/${place()}`;
    switch (operation) {
      case 'write': {
        const status = await this.#send('PUT', at, {}, text);
        if (status !== 201 && status !== 204) return;
        this.contents.add(createHash('sha256').update(text).digest('hex'));
        this.done[status === 201 ? 'node.created' : 'node.updated']++;
        return;
      }
      case 'create':
        if ((await this.#send('MKCOL', at)) === 201) this.done['node.created']++;
        return;
      case 'rename':
      case 'move': {
        const [from, to] =
          operation === 'rename' ? [at, `${folder}/${place()}`] : [at, `${folder}/f0/${place()}`];
        const destination = `${this.#target.url}/dav/common/${to}`;
        if ((await this.#send('MOVE', from, { destination, overwrite: 'F' })) === 201)
          this.done['node.moved']++;
        return;
      }
      case 'delete':
        if ((await this.#send('DELETE', at)) === 204) this.done['node.trashed']++;
        return;
      case 'list':
        await this.#send('PROPFIND', `${folder}/`, { depth: '1' });
        return;
      case 'read':
        await this.#send('GET', at);
    }
  }

  async #send(
    method: string,
    path: string,
    headers: Readonly<Record<string, string>> = {},
    body?: string,
  ): Promise<number> {
    const answer = await this.#target.request(method, `/dav/common/${path}`, {
      headers,
      ...(body === undefined ? {} : { body }),
    });
    await answer.arrayBuffer();
    return answer.status;
  }

  /** Each acknowledged change is one row of the journal and no more, each acknowledged text one version, and all nodes see one tree. */
  async verify({ nodes, token, servers }: Topology): Promise<void> {
    const targets = nodes.map((node) => targetOf(node.url, token, () => {}));
    const { client } = targets[0] as Target;
    await poll('followers have caught up', 120_000, async () =>
      (await client.call('status')).followers.every(({ lag, error }) => lag === 0 && error === null),
    );
    const feed = (await feedAfter(client, 0)).filter(({ kind: name }) => name.startsWith('node.'));
    for (const [name, count] of Object.entries(this.done)) {
      const found = feed.filter((change) => change.kind === name).length;
      // Of two that delete the same thing at the same moment both are told that it is gone.
      const fits = name === 'node.trashed' ? found <= count : found === count;
      if (!fits) this.wrong.push(`${count} times ${name} was acknowledged, the journal has ${found}`);
      console.log(`${name}: ${count} acknowledged, ${found} rows`);
    }
    const replay = new Replay(feed);
    this.wrong.push(...replay.wrong);
    const trees = await Promise.all(targets.map((each) => treeOf(each)));
    for (const tree of trees)
      if (!isDeepStrictEqual(tree, trees[0])) this.wrong.push('nodes do not list the same');
    this.wrong.push(...replay.compare(trees[0] ?? []));
    console.log(`${feed.length} rows of the journal, ${trees[0]?.length} files and folders at the end`);
    await this.#versions(servers.get(kind)?.directUrl ?? '');
    this.wrong.push(...(await checked(targets[0] as Target, true)));
  }

  async #versions(url: string): Promise<void> {
    const sql = await openUrl(url);
    try {
      const rows = await sql.background.all(allVersions, {});
      const kept = rows.flatMap(({ sha256 }) => (sha256 === null ? [] : [sha256]));
      const unique = new Set(kept);
      const lost = [...this.contents].filter((hash) => !unique.has(hash));
      const all = kept.length;
      console.log(`${this.contents.size} acknowledged texts, ${all} versions`);
      if (lost.length > 0) this.wrong.push(`${lost.length} acknowledged texts have no version`);
      if (all !== unique.size || all !== this.contents.size)
        this.wrong.push(`${all} versions of ${unique.size} texts`);
      if (kind !== 'postgres') return;
      const { deadlocks = 0 } = (await sql.background.get(deadlocksSoFar, {})) ?? {};
      console.log(`deadlocks that PostgreSQL resolved: ${deadlocks}`);
    } finally {
      await sql.close();
    }
  }
}

const define = queriesOf<{
  versions: { sha256: string | null };
  pg_stat_database: { datname: string; deadlocks: number };
}>();
const allVersions = define<Record<string, never>, { sha256: string | null }>((db) =>
  db.selectFrom('versions').select('sha256'),
);
const deadlocksSoFar = define<Record<string, never>, { deadlocks: number }>((db) =>
  db.selectFrom('pg_stat_database').select((e) => e.fn.sum<number>('deadlocks').as('deadlocks')),
);

interface Seen {
  readonly id: string;
  readonly parentId: string | null;
  readonly name: string;
  readonly versionId: string | null;
}

async function treeOf({ client }: Target): Promise<readonly Seen[]> {
  const found: Seen[] = [];
  const open = [(await client.call('lookupNode', { query: { path: '/common' } })).id];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    const page = await client.call('listChildren', { params: { id }, query: { limit: 1000 } });
    for (const node of page.items) {
      if (node.kind === 'folder') open.push(node.id);
      found.push({ id: node.id, parentId: node.parentId, name: node.name, versionId: node.versionId });
    }
  }
  return found;
}

console.log(`${clients} clients on ${kind} for ${values.minutes} minutes, seed ${seed}`);
const topology = await startTopology(kind);
try {
  const crowd = new Crowd(topology);
  const own = (client: number): string => `own${client}`;
  for (const folder of ['busy', ...Array.from({ length: clients }, (_, at) => own(at))]) {
    await crowd.make(folder);
    for (const name of inner) await crowd.make(`${folder}/${name}`);
  }
  const together = await crowd.run(Number(values.minutes), () => 'busy');
  const figures = [...crowd.times].map(
    ([method, times]) =>
      `${method} ${times.length}: p50 ${Math.round(percentile(times, 0.5))}, p99 ${Math.round(percentile(times, 0.99))} ms`,
  );
  console.log(`one folder: ${Math.round(together)} requests/s; ${figures.join('; ')}`);
  const apart = await crowd.run(Math.min(1, Number(values.minutes)), own);
  console.log(`a folder each: ${Math.round(apart)} requests/s; ratio ${(together / apart).toFixed(2)}`);
  console.log('answers', Object.fromEntries(crowd.statuses));
  const refusals = Map.groupBy(crowd.wrong, (each) =>
    each.replace(/^(\w+) \S+: /, '$1 ').replace(/"requestId".*/, ''),
  );
  for (const [what, list] of [...refusals].slice(0, 20)) console.error(`${list.length} times ${what}`);
  await crowd.verify(topology);
  for (const each of crowd.wrong.slice(0, 50)) console.error(`WRONG ${each}`);
  console.log(crowd.wrong.length === 0 ? 'nothing wrong' : `${crowd.wrong.length} wrong`);
  process.exitCode = crowd.wrong.length === 0 ? 0 : 1;
} finally {
  await topology.stop();
}
