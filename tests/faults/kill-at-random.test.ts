/**
 * `kill -9` at random moments under load, again and again on the same data: whatever was acknowledged is there afterwards, whatever was
 * not is wholly there or wholly absent, and `check` finds nothing. VOLVOX_TEST_KILLS sets the number of kills, VOLVOX_TEST_SEED the seed.
 */
import assert from 'node:assert/strict';
import { createHash, randomInt } from 'node:crypto';
import { test } from 'node:test';
import { makeDataFolder, startServer, type ServerProcess } from '../harness/server-process.ts';

const kills = Number(process.env['VOLVOX_TEST_KILLS'] ?? 50);
const seed = Number(process.env['VOLVOX_TEST_SEED'] ?? randomInt(2 ** 31));
const workers = 8;

/** What a path may hold: the acknowledged content, or one of several where an answer never came. null: nothing. */
type Possible = readonly (string | null)[];

/** mulberry32: small, seeded, good enough to vary a test. */
function generator(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const sha = (text: string): string => createHash('sha256').update(text).digest('hex');

/** One client with a folder of its own, so that it alone says what its files hold. */
class Worker {
  readonly folder: string;
  readonly files = new Map<string, Possible>();
  acknowledged = 0;
  private readonly random: () => number;
  private count = 0;

  constructor(index: number) {
    this.folder = `w${index}`;
    this.random = generator(seed + index);
  }

  async run(server: ServerProcess, stopped: () => boolean): Promise<void> {
    while (!stopped()) {
      try {
        await this.step(server);
        this.acknowledged += 1;
      } catch {
        if (stopped()) return;
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
  }

  private async step(server: ServerProcess): Promise<void> {
    const name = `f${Math.floor(this.random() * 12)}`;
    const other = `f${Math.floor(this.random() * 12)}`;
    const dice = this.random();
    const from = this.files.get(name) ?? [null];
    if (dice < 0.55) return this.put(server, name, from);
    if (dice < 0.7) return this.send(server, 'DELETE', name, new Map([[name, [null]]]), [204, 404]);
    if (name === other) return;
    const target = this.files.get(other) ?? [null];
    const [content] = from;
    if (from.length !== 1 || content === null || content === undefined || target.length !== 1) return;
    const after = new Map<string, Possible>([[other, [content]]]);
    if (dice < 0.85) after.set(name, [null]);
    return this.send(server, dice < 0.85 ? 'MOVE' : 'COPY', name, after, [201, 204], {
      Destination: `${server.url}/dav/common/${this.folder}/${other}`,
    });
  }

  private put(server: ServerProcess, name: string, _from: Possible): Promise<void> {
    this.count += 1;
    const size = this.random() < 0.1 ? 300_000 : 20 + Math.floor(this.random() * 4000);
    const body = `${this.folder}:${this.count}:`.padEnd(size, 'x');
    return this.send(server, 'PUT', name, new Map([[name, [sha(body)]]]), [201, 204], {}, body);
  }

  private async send(
    server: ServerProcess,
    method: string,
    name: string,
    after: ReadonlyMap<string, Possible>,
    good: readonly number[],
    headers: Record<string, string> = {},
    body?: string,
  ): Promise<void> {
    // Until the answer comes, both states are possible.
    const before = new Map([...after.keys()].map((path) => [path, this.files.get(path) ?? [null]] as const));
    for (const [path, possible] of after)
      this.files.set(path, [...new Set([...(before.get(path) ?? []), ...possible])]);
    const response = await server.request(method, `/dav/common/${this.folder}/${name}`, {
      headers,
      ...(body === undefined ? {} : { body }),
    });
    await response.arrayBuffer();
    if (!good.includes(response.status)) throw new Error(`${method}: ${response.status}`);
    for (const [path, possible] of after) this.files.set(path, possible);
  }

  /** Reads everything back and narrows what is known. */
  async verify(server: ServerProcess): Promise<void> {
    for (const [name, possible] of this.files) {
      const response = await server.request('GET', `/dav/common/${this.folder}/${name}`);
      const text = await response.text();
      const found = response.status === 404 ? null : sha(text);
      assert.ok(
        response.status === 200 || response.status === 404,
        `${this.folder}/${name}: ${response.status}`,
      );
      assert.ok(
        possible.includes(found),
        `${this.folder}/${name} holds ${text.slice(0, 20)}, which was never acknowledged`,
      );
      this.files.set(name, [found]);
    }
  }
}

test(
  `${kills} times kill -9 under load: nothing acknowledged is lost (seed ${seed})`,
  { timeout: 14 * 60_000 },
  async () => {
    const data = await makeDataFolder();
    const random = generator(seed);
    const clients = Array.from({ length: workers }, (_, index) => new Worker(index));
    try {
      const first = await startServer(data.folder);
      for (const client of clients)
        assert.equal((await first.request('MKCOL', `/dav/common/${client.folder}`)).status, 201);
      await first.kill('SIGKILL');
      for (let round = 0; round < kills; round += 1) {
        const server = await startServer(data.folder);
        for (const client of clients) await client.verify(server);
        let stopped = false;
        const running = clients.map((client) => client.run(server, () => stopped));
        await new Promise((resolve) => setTimeout(resolve, 20 + random() * 400));
        const killed = server.kill('SIGKILL');
        stopped = true;
        await killed;
        await Promise.all(running);
      }
      const last = await startServer(data.folder);
      for (const client of clients) await client.verify(last);
      await last.collect();
      const report = await last.client.call('runCheck', { body: { deep: true } });
      assert.deepEqual(report.findings, [], 'check finds nothing after all kills and one collection');
      await last.kill('SIGTERM');
      const acknowledged = clients.reduce((sum, client) => sum + client.acknowledged, 0);
      assert.ok(acknowledged > kills, `only ${acknowledged} operations were acknowledged: there was no load`);
    } finally {
      await data.remove();
    }
  },
);
