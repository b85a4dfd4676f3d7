/**
 * Moves in volume: `npm run test:cluster -- moves --kills 200 --pairs 1000 --nodes 100000 --sql postgres|mariadb`. A large folder goes back and
 * forth while the node that is asked dies; opposing moves meet; then what a move costs among others. Exits with 1 where anything was wrong.
 */
import { parseArgs } from 'node:util';
import { sql } from 'kysely';
import { queriesOf } from '../../packages/server/src/stores/sql/query.ts';
import { openUrl } from '../../packages/server/src/stores/sql/testing.ts';
import type { ClusterNode } from './cluster-node.ts';
import { percentile } from './percentile.ts';
import { pause } from './poll.ts';
import { targetOf } from './targets.ts';
import { startTopology, type SqlKind, type Topology } from './topology.ts';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '200' },
    pairs: { type: 'string', default: '1000' },
    nodes: { type: 'string', default: '100000' },
    sql: { type: 'string', default: 'postgres' },
  },
});
const kind: SqlKind = values.sql === 'mariadb' ? 'mariadb' : 'postgres';
const perFolder = 100;
const clients = 50;
const movesEach = 20;

const countBelow = queriesOf<{ nodes: { id: string; parent_id: string } }>()<
  { id: string },
  { members: number }
>((db, p) => {
  const statement = sql`with recursive below (id) as (select id from nodes where parent_id = ${p.id}
    union all select nodes.id from nodes inner join below on nodes.parent_id = below.id) select count(*) as members from below`;
  return { compile: () => statement.compile(db) };
});

class Moves {
  readonly wrong: string[] = [];
  readonly #topology: Topology;
  /** Nodes that come up again. */
  readonly #starting = new Map<ClusterNode, Promise<unknown>>();

  constructor(topology: Topology) {
    this.#topology = topology;
  }

  async dav(
    node: ClusterNode,
    method: string,
    path: string,
    headers: Record<string, string> = {},
  ): Promise<number> {
    const target = targetOf(node.url, this.#topology.token, () => {});
    const answer = await target.request(method, `/dav/common/${path}`, { headers });
    await answer.arrayBuffer();
    return answer.status;
  }

  move(node: ClusterNode, from: string, to: string): Promise<number> {
    return this.dav(node, 'MOVE', from, { destination: `${node.url}/dav/common/${to}`, overwrite: 'F' });
  }

  seen(node: ClusterNode, ...paths: readonly string[]): Promise<readonly number[]> {
    return Promise.all(paths.map((path) => this.dav(node, 'PROPFIND', path, { depth: '0' })));
  }

  async need(node: ClusterNode, method: string, path: string, headers = {}): Promise<void> {
    const status = await this.dav(node, method, path, headers);
    if (status !== 201) throw new Error(`${method} ${path}: ${status}`);
  }

  /** A folder with `perFolder` files, copied until there are so many. @returns how many nodes lie below `a/large` */
  async fill(nodes: number): Promise<number> {
    const [node] = this.#topology.nodes;
    if (node === undefined) throw new Error('no node');
    const copy = (from: string, to: string): Promise<void> =>
      this.need(node, 'COPY', from, { destination: `${node.url}/dav/common/${to}` });
    for (const folder of ['a', 'b', 'a/large', 'a/large/0', 'a/large/0/0'])
      await this.need(node, 'MKCOL', folder);
    for (let file = 0; file < perFolder; file++) await this.need(node, 'PUT', `a/large/0/0/${file}`);
    for (let at = 1; at < Math.min(perFolder, nodes / perFolder); at++)
      await copy('a/large/0/0', `a/large/0/${at}`);
    for (let at = 1; at < nodes / perFolder ** 2; at++) await copy('a/large/0', `a/large/${at}`);
    return this.below();
  }

  async below(): Promise<number> {
    const url = this.#topology.servers.get(kind)?.url ?? '';
    const store = await openUrl(url);
    try {
      const at = queriesOf<{ nodes: { id: string; name: string } }>()<Record<string, never>, { id: string }>(
        (db) => db.selectFrom('nodes').select('id').where('name', '=', 'large'),
      );
      const { id } = (await store.background.get(at, {})) ?? { id: '' };
      return Number((await store.background.get(countBelow, { id }))?.members ?? 0);
    } finally {
      await store.close();
    }
  }

  async ready(node: ClusterNode): Promise<ClusterNode> {
    await this.#starting.get(node);
    return node;
  }

  /** @returns answers of the moves whose node died: done, refused or none */
  async killed(kills: number, members: number): Promise<Readonly<Record<string, number>>> {
    const { nodes } = this.#topology;
    const outcomes = { acknowledged: 0, unanswered: 0, moved: 0 };
    let [from, to] = ['a/large', 'b/large'];
    for (let kill = 0; kill < kills; kill++) {
      const node = await this.ready(nodes[kill % nodes.length] as ClusterNode);
      const other = await this.ready(nodes[(kill + 1) % nodes.length] as ClusterNode);
      const answer = this.move(node, from, to).catch(() => 0);
      // A node that has just started takes some 100 ms for its first request.
      await pause(Math.random() * 250);
      await node.end('SIGKILL');
      this.#starting.set(node, node.start());
      const status = await answer;
      const look = async (): Promise<string> => (await this.seen(other, to, from)).join(' ');
      let seen = await look();
      // The database may have been about to commit, between the two questions.
      if (!places.has(seen)) seen = await pause(1_000).then(look);
      if (status === 201) outcomes.acknowledged++;
      else outcomes.unanswered++;
      if (!places.has(seen)) this.wrong.push(`kill ${kill}: ${to}, ${from}: ${seen}`);
      if (status === 201 && seen !== '207 404')
        this.wrong.push(`kill ${kill}: an acknowledged move is undone`);
      if (seen === '207 404') {
        outcomes.moved++;
        [from, to] = [to, from];
      }
      if (kill % 10 !== 9) continue;
      const now = await this.below();
      if (now !== members) this.wrong.push(`kill ${kill}: ${now} of ${members} members`);
    }
    for (const node of nodes) await this.ready(node);
    if (from !== 'a/large') await this.move(nodes[0] as ClusterNode, from, 'a/large');
    return outcomes;
  }

  async opposing(pairs: number): Promise<Readonly<Record<string, number>>> {
    const [one, two] = this.#topology.nodes as readonly [ClusterNode, ClusterNode];
    const outcomes = { first: 0, second: 0, neither: 0 };
    for (const folder of ['p', 'q']) await this.need(one, 'MKCOL', folder);
    for (let pair = 0; pair < pairs; pair++) {
      const done = await Promise.all([this.move(one, 'p', 'q/p'), this.move(two, 'q', 'p/q')]);
      const found = await this.seen(two, 'p', 'q', 'q/p', 'p/q');
      const said = done.map((status) => status === 201);
      const seen = found.join(' ');
      if (said[0] && !said[1] && seen === '404 207 207 404') outcomes.first++;
      else if (said[1] && !said[0] && seen === '207 404 404 207') outcomes.second++;
      else if (!said[0] && !said[1] && seen === '207 207 404 404') outcomes.neither++;
      else this.wrong.push(`pair ${pair}: answers ${done.join(' ')}, found ${seen}`);
      if (said[0]) await this.move(one, 'q/p', 'p');
      if (said[1]) await this.move(one, 'p/q', 'q');
    }
    return outcomes;
  }

  /** Many clients move folders of one file, one of them the large one. @returns milliseconds of each */
  async among(): Promise<{ readonly small: readonly number[]; readonly large: readonly number[] }> {
    const { nodes } = this.#topology;
    const node = (at: number): ClusterNode => nodes[at % nodes.length] as ClusterNode;
    const times = { small: [] as number[], large: [] as number[] };
    const back = async (at: number, name: string, into: number[]): Promise<void> => {
      for (let turn = 0; turn < movesEach; turn++) {
        const [from, to] = turn % 2 === 0 ? ['a', 'b'] : ['b', 'a'];
        const start = performance.now();
        const status = await this.move(node(at + turn), `${from}/${name}`, `${to}/${name}`);
        into.push(performance.now() - start);
        if (status !== 201) this.wrong.push(`${name} from ${from}: ${status}`);
      }
    };
    for (let at = 1; at < clients; at++) {
      await this.need(node(at), 'MKCOL', `a/small${at}`);
      await this.need(node(at), 'PUT', `a/small${at}/file`);
    }
    await Promise.all(
      Array.from({ length: clients }, (_, at) =>
        at === 0 ? back(0, 'large', times.large) : back(at, `small${at}`, times.small),
      ),
    );
    return times;
  }

  async check(): Promise<void> {
    const { client } = targetOf(this.#topology.balancer.url, this.#topology.token, () => {});
    const { findings } = await client.call('runCheck', { body: {} });
    this.wrong.push(...findings.map((finding) => `check: ${JSON.stringify(finding)}`));
  }
}

/** There and not here, or the other way round. */
const places = new Set(['207 404', '404 207']);

const topology = await startTopology(kind);
try {
  const moves = new Moves(topology);
  const members = await moves.fill(Number(values.nodes));
  console.log(`a folder with ${members} nodes on ${kind}`);
  console.log('killed', Number(values.kills), await moves.killed(Number(values.kills), members));
  console.log('opposing', Number(values.pairs), await moves.opposing(Number(values.pairs)));
  const { small, large } = await moves.among();
  const figures = [small, large].flatMap((times) => [percentile(times, 0.5), percentile(times, 0.99)]);
  console.log(
    `with ${clients} clients, ms: one file p50, p99; large p50, p99`,
    figures.map(Math.round).join(' '),
  );
  await moves.check();
  for (const each of moves.wrong) console.error(`WRONG ${each}`);
  console.log(moves.wrong.length === 0 ? 'nothing wrong' : `${moves.wrong.length} wrong`);
  process.exitCode = moves.wrong.length === 0 ? 0 : 1;
} finally {
  await topology.stop();
}
