/**
 * Redis and NATS away for long: `npm run test:cluster -- outages --seconds 30 --minutes 5 --sql postgres|mariadb --seed S`. Under load Redis is flushed,
 * limited, killed and cut off for so many seconds each, between stretches with it; then NATS is away for so many minutes. Exits with 1 where anything was wrong.
 */
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { Redis } from 'ioredis';
import type { Target } from '../harness/server-process.ts';
import { checked, everyNodeAgrees, journalIsWhole } from './checks.ts';
import { LoadClient } from './client.ts';
import type { ExternalServer } from './external-server.ts';
import { LiveListener } from './live.ts';
import { percentile } from './percentile.ts';
import { pause, poll } from './poll.ts';
import { targetOf, type Exchange } from './targets.ts';
import { startTopology, type SqlKind, type Topology } from './topology.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '30' },
    minutes: { type: 'string', default: '5' },
    sql: { type: 'string', default: 'postgres' },
    seed: { type: 'string' },
  },
});
const kind: SqlKind = values.sql === 'mariadb' ? 'mariadb' : 'postgres';
const seed = Number(values.seed ?? randomInt(2 ** 31));
const loadClients = 8;
/** What begins anew after Redis or NATS came back belongs to no stretch. */
const settlingMs = 2_000;
const lagLimitMs = 60_000;

/** A time in which something is away, and its end. */
interface Stretch {
  readonly name: string;
  readonly ms: number;
  begin(): Promise<void> | void;
  end(): Promise<void> | void;
}

class Outages {
  readonly wrong: string[] = [];
  readonly #topology: Topology;
  readonly #nodes: readonly Target[];
  readonly #clients: LoadClient[] = [];
  #times: number[] = [];
  #stopped = false;

  constructor(topology: Topology) {
    this.#topology = topology;
    this.#nodes = topology.nodes.map((node) => targetOf(node.url, topology.token, () => {}));
  }

  readonly #note = ({ method, path, status, detail, from, until }: Exchange): void => {
    this.#times.push(until - from);
    if (status === 0 || status >= 500) this.wrong.push(`${method} ${path}: ${status} ${detail}`);
  };

  #server(name: 'redis' | 'nats'): ExternalServer {
    const server = this.#topology.servers.get(name);
    if (server === undefined) throw new Error(`no ${name}`);
    return server;
  }

  async run(): Promise<void> {
    const { balancer, token, nodes } = this.#topology;
    const { client } = this.#nodes[0] as Target;
    const workspaces = await client.call('listWorkspaces');
    const commonId = workspaces.items.find(({ slug }) => slug === 'common')?.id ?? '';
    const processes = nodes.map(({ pid }) => pid);
    const start = (await client.call('listChanges')).head;
    const live = new LiveListener();
    live.begin(balancer.url, token, start);
    try {
      await this.#makeClients(commonId);
      const running = Promise.all(this.#clients.map((each) => each.run()));
      running.catch((error: unknown) => this.wrong.push(String(error)));
      await this.#withAndWithoutRedis();
      await this.#withoutNats();
      this.#stopped = true;
      await running;
      if (nodes.some(({ pid }, at) => pid !== processes[at])) this.wrong.push('a node was started again');
      await live.end((await client.call('listChanges')).head);
      this.wrong.push(
        ...(await everyNodeAgrees(this.#nodes, this.#clients, commonId)),
        ...(await journalIsWhole(this.#nodes, this.#clients, live.seqs, start)),
      );
      this.wrong.push(...(await checked(this.#nodes[0] as Target, false)));
      const changes = this.#clients.reduce((sum, { worker }) => sum + worker.acknowledged, 0);
      console.log(`${changes} acknowledged changes, ${live.seqs.length} of them heard live`);
    } finally {
      this.#stopped = true;
      live.stop();
    }
  }

  async #makeClients(commonId: string): Promise<void> {
    const { balancer, token } = this.#topology;
    for (let index = 0; index < loadClients; index++) {
      const client = new LoadClient(index, seed, {
        ...{ url: balancer.url, token, commonId, note: this.#note },
        violation: (what) => this.wrong.push(what),
        stopped: () => this.#stopped,
        active: () => true,
        quiet: () => Promise.resolve(),
      });
      await client.begin();
      this.#clients.push(client);
    }
  }

  /** @returns milliseconds of each request in that time */
  async #during({ ms, begin, end }: Stretch): Promise<readonly number[]> {
    await begin();
    this.#times = [];
    await pause(ms);
    const times = this.#times;
    await end();
    await pause(settlingMs);
    return times;
  }

  async #withAndWithoutRedis(): Promise<void> {
    const ms = Number(values.seconds) * 1000;
    const nothing = (): void => {};
    const calm: Stretch = { name: 'with Redis', ms, begin: nothing, end: nothing };
    // Once for nothing: nodes that have just started are slower.
    await this.#during(calm);
    let before = await this.#during(calm);
    console.log(figuresOf('with Redis', before));
    for (const stretch of redisStretches(this.#server('redis'), ms)) {
      const without = await this.#during(stretch);
      const after = await this.#during(calm);
      const usual = (percentile(before, 0.95) + percentile(after, 0.95)) / 2;
      console.log(
        `${figuresOf(stretch.name, without)}: ${(percentile(without, 0.95) / usual).toFixed(2)} times that before and after (${Math.round(usual)} ms)`,
      );
      before = after;
    }
  }

  async #withoutNats(): Promise<void> {
    const { server } = this.#server('nats');
    const ms = Number(values.minutes) * 60_000;
    const times = await this.#during({
      name: 'without NATS',
      ms,
      begin: () => server.kill(),
      end: async () => {
        const { followers } = await (this.#nodes[0] as Target).client.call('status');
        console.log(
          `lag of followers then: ${followers.map(({ name, lag }) => `${name} ${lag}`).join(', ')}`,
        );
        await server.start();
      },
    });
    console.log(figuresOf(`without NATS for ${values.minutes} minutes`, times));
    const from = performance.now();
    // Under load there is always a change that has not come yet.
    this.#stopped = true;
    await poll('all followers are at the end', lagLimitMs, async () => {
      const states = await Promise.all(this.#nodes.map(({ client }) => client.call('status')));
      return states.every(({ followers }) =>
        followers.every(({ lag, error }) => lag === 0 && error === null),
      );
    });
    console.log(`lag 0 ${Math.round(performance.now() - from + settlingMs)} ms after NATS was back`);
  }
}

function redisStretches({ directUrl, server, proxy }: ExternalServer, ms: number): readonly Stretch[] {
  const ask = async (work: (redis: Redis) => Promise<unknown>): Promise<void> => {
    const redis = new Redis(directUrl);
    await work(redis);
    redis.disconnect();
  };
  let flushing: NodeJS.Timeout | undefined;
  return [
    {
      name: 'flushed ten times a second',
      ms,
      begin: () => void (flushing = setInterval(() => void ask((redis) => redis.flushall()), 100)),
      end: () => clearInterval(flushing),
    },
    {
      name: 'limited to 3 MB (allkeys-lru)',
      ms,
      begin: () =>
        ask(async (redis) => {
          await redis.config('SET', 'maxmemory-policy', 'allkeys-lru');
          await redis.config('SET', 'maxmemory', '3mb');
        }),
      end: () => ask((redis) => redis.config('SET', 'maxmemory', '0')),
    },
    { name: 'killed', ms, begin: () => server.kill(), end: () => server.start() },
    { name: 'black hole', ms, begin: () => proxy.blackhole(), end: () => proxy.heal() },
  ].map((stretch) => ({ ...stretch, name: `Redis ${stretch.name}` }));
}

function figuresOf(name: string, times: readonly number[]): string {
  const [p50, p95, most] = [percentile(times, 0.5), percentile(times, 0.95), Math.max(...times)];
  return `${name}: ${times.length} requests, p50 ${Math.round(p50)} ms, p95 ${Math.round(p95)} ms, most ${Math.round(most)} ms`;
}

console.log(`Redis and NATS away, on ${kind}, seed ${seed}`);
const topology = await startTopology(kind);
try {
  const outages = new Outages(topology);
  await outages.run();
  for (const each of outages.wrong.slice(0, 50)) console.error(`WRONG ${each}`);
  console.log(outages.wrong.length === 0 ? 'nothing wrong' : `${outages.wrong.length} wrong`);
  process.exitCode = outages.wrong.length === 0 ? 0 : 1;
} finally {
  await topology.stop();
}
