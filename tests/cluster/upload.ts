/**
 * One large resumable upload: `npm run test:cluster -- upload --gib 10 --kills 20 --sql postgres|mariadb`. Piece after piece goes to the next node;
 * at places that the seed says the node that takes one is killed, and the client goes on at another. Exits with 1 where anything was wrong.
 */
import { createHash, randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { systemClock } from '../../packages/server/src/kernel/clock.ts';
import { collect } from '../../packages/server/src/services/contents/collector.ts';
import { openStore, urlOn } from '../../packages/server/src/stores/blobs/s3/testing.ts';
import { queriesOf } from '../../packages/server/src/stores/sql/query.ts';
import { openUrl } from '../../packages/server/src/stores/sql/testing.ts';
import { generator } from '../faults/load/generator.ts';
import { tusHeaders, uploadMetadata } from '../harness/wire.ts';
import type { ClusterNode } from './cluster-node.ts';
import { targetOf } from './targets.ts';
import { startTopology, type SqlKind, type Topology } from './topology.ts';

const { values } = parseArgs({
  options: {
    gib: { type: 'string', default: '10' },
    kills: { type: 'string', default: '20' },
    sql: { type: 'string', default: 'postgres' },
    seed: { type: 'string' },
  },
});
const mebibyte = 2 ** 20;
const kind: SqlKind = values.sql === 'mariadb' ? 'mariadb' : 'postgres';
const seed = Number(values.seed ?? randomInt(2 ** 31));
const total = Math.round(Number(values.gib) * 1024) * mebibyte + 12_345;
const pieceBytes = 256 * mebibyte;
/** What a killed node may lose: one segment (`services/uploads/appending.ts`), and what lay in buffers on the way to it. */
const mostLost = (64 + 16) * mebibyte;
/** Far below the file; what a node takes anyway is a third of it. */
const mostMemoryMb = 600;
const filename = 'large.bin';

/** The same bytes at every time, no two blocks alike. */
const block = Buffer.from(Float64Array.from({ length: mebibyte / 8 }, generator(seed)).buffer);
function* bytes(from: number, until: number, sent: (at: number) => void = () => {}): Generator<Buffer> {
  for (let at = from; at < until;) {
    const [index, start] = [Math.floor(at / mebibyte), at % mebibyte];
    const piece = Buffer.from(block);
    piece.writeUInt32BE(index);
    const end = Math.min(mebibyte, start + until - at);
    at += end - start;
    sent(at);
    yield piece.subarray(start, end);
  }
}

class LargeUpload {
  readonly wrong: string[] = [];
  readonly #topology: Topology;
  readonly #starting = new Map<ClusterNode, Promise<unknown>>();
  #path = '';
  #peakMb = 0;
  #resent = 0;
  #mostResent = 0;
  #refused = 0;

  constructor(topology: Topology) {
    this.#topology = topology;
  }

  async #ready(at: number): Promise<ClusterNode> {
    const { nodes } = this.#topology;
    const node = nodes[at % nodes.length] as ClusterNode;
    await this.#starting.get(node);
    return node;
  }

  #headers(more: Readonly<Record<string, string>> = {}): Record<string, string> {
    return { authorization: `Bearer ${this.#topology.token}`, ...tusHeaders, ...more };
  }

  async #begin(): Promise<void> {
    const node = await this.#ready(0);
    const answer = await fetch(`${node.url}/api/v1/uploads`, {
      method: 'POST',
      headers: this.#headers({
        'upload-length': String(total),
        'upload-metadata': uploadMetadata({ filename, path: '/common' }),
      }),
    });
    if (answer.status !== 201) throw new Error(`no upload: ${answer.status} ${await answer.text()}`);
    this.#path = new URL(answer.headers.get('location') ?? '', node.url).pathname;
  }

  async #offset(node: ClusterNode): Promise<number> {
    const answer = await fetch(node.url + this.#path, { method: 'HEAD', headers: this.#headers() });
    return Number(answer.headers.get('upload-offset') ?? Number.NaN);
  }

  /** @returns the status, 0 where the node died */
  #send(node: ClusterNode, from: number, until: number, sent: (at: number) => void): Promise<number> {
    return new Promise((resolve) => {
      const asked = request(node.url + this.#path, {
        method: 'PATCH',
        headers: this.#headers({
          'upload-offset': String(from),
          'content-type': 'application/offset+octet-stream',
          'content-length': String(until - from),
        }),
      });
      const body = Readable.from(bytes(from, until, sent), { objectMode: false, highWaterMark: mebibyte });
      asked.on('response', (answer) => {
        answer.resume().on('end', () => resolve(answer.statusCode ?? 0));
      });
      asked.on('error', () => {
        body.destroy();
        resolve(0);
      });
      body.pipe(asked);
    });
  }

  async run(kills: readonly number[]): Promise<void> {
    await this.#begin();
    const left = [...kills];
    const started = performance.now();
    let offset = 0;
    for (let turn = 0; offset < total; turn++) {
      const node = await this.#ready(turn);
      const until = Math.min(total, offset + pieceBytes);
      let sentUntil = offset;
      let killed: Promise<void> | null = null;
      const status = await this.#send(node, offset, until, (at) => {
        sentUntil = at;
        if (killed !== null || at < (left[0] ?? Number.POSITIVE_INFINITY)) return;
        left.shift();
        killed = this.#kill(node);
      });
      await killed;
      const known = await this.#offset(await this.#ready(turn + 1));
      if (status !== 204 && killed === null) this.#refused++;
      const least = status === 204 ? until : offset;
      if (!(known >= least && known <= sentUntil))
        throw new Error(
          `at ${offset}, sent until ${sentUntil}, answered ${status}: the next node says ${known}`,
        );
      this.#resent += sentUntil - known;
      this.#mostResent = Math.max(this.#mostResent, sentUntil - known);
      if (sentUntil - known > mostLost) this.wrong.push(`${sentUntil - known} bytes had to be sent again`);
      offset = known;
    }
    if (left.length > 0) this.wrong.push(`${left.length} kills did not happen`);
    if (this.#refused > 0)
      this.wrong.push(`${this.#refused} pieces were refused by nodes that were not killed`);
    const seconds = (performance.now() - started) / 1000;
    console.log(
      `${total} bytes in ${Math.round(seconds)} s (${Math.round(total / mebibyte / seconds)} MiB/s) with ${kills.length} kills;`,
      `sent again ${mb(this.#resent)} MiB, at most ${mb(this.#mostResent)} MiB after one`,
    );
  }

  async #kill(node: ClusterNode): Promise<void> {
    this.#notePeak(node);
    await node.end('SIGKILL');
    this.#starting.set(node, node.start());
  }

  #notePeak(node: ClusterNode): void {
    this.#peakMb = Math.max(this.#peakMb, peakMb(node.pid));
  }

  /** Read whole from one node, and what the tables and the bucket hold. */
  async verify(): Promise<void> {
    const { nodes, token } = this.#topology;
    for (const [at] of nodes.entries()) await this.#ready(at);
    const wanted = createHash('sha256');
    for (const piece of bytes(0, total)) {
      wanted.update(piece);
      // The proxies before the servers live in this process.
      await setImmediate();
    }
    const found = createHash('sha256');
    const node = nodes.at(-1) as ClusterNode;
    const answer = await targetOf(node.url, token, () => {}).request('GET', `/dav/common/${filename}`, {
      signal: AbortSignal.timeout(1_800_000),
    });
    if (answer.status !== 200) throw new Error(`it cannot be read: ${answer.status}`);
    for await (const piece of answer.body ?? []) found.update(piece);
    const [expected, actual] = [wanted.digest('hex'), found.digest('hex')];
    console.log(`SHA-256 ${actual}`);
    if (expected !== actual) this.wrong.push(`SHA-256 should be ${expected}`);
    const { findings } = await targetOf(node.url, token, () => {}).client.call('runCheck', { body: {} });
    this.wrong.push(...findings.map((finding) => `check: ${JSON.stringify(finding)}`));
    for (const each of nodes) this.#notePeak(each);
    console.log(`most memory of a node: ${this.#peakMb} MB`);
    if (this.#peakMb > mostMemoryMb) this.wrong.push(`a node took ${this.#peakMb} MB`);
    for (const each of nodes) await each.end('SIGTERM');
    await this.#lookForLeftOvers();
  }

  async #lookForLeftOvers(): Promise<void> {
    const { servers } = this.#topology;
    const s3 = servers.get('s3');
    if (s3 === undefined) throw new Error('no S3');
    const blobs = await openStore(urlOn({ ...s3, url: s3.directUrl }, 'test'));
    const sql = await openUrl(servers.get(kind)?.directUrl ?? '');
    try {
      const stored = async (): Promise<Map<string, number>> => {
        const list = new Map<string, number>();
        for await (const { key, size } of blobs.list()) list.set(key, size);
        return list;
      };
      const before = await stored();
      // As the duty does, but for the hours of grace.
      const done = await collect({ sql, blobs, clock: systemClock, inFlight: new Set() }, 0);
      const left = await stored();
      const size = [...left.values()].reduce((sum, each) => sum + each, 0);
      const rows = await sql.reader.all(allChunks, {});
      const parts = await sql.reader.all(allParts, {});
      console.log(
        `one turn of the collector: ${JSON.stringify(done)}, ${before.size} objects before, ${left.size} after, ${size} bytes`,
      );
      if (rows.length !== left.size || rows.some(({ id }) => !left.has(id)))
        this.wrong.push(`${rows.length} chunks, ${left.size} objects`);
      if (size !== total) this.wrong.push(`the bucket holds ${size} bytes, not ${total}`);
      if (parts.length > 0) this.wrong.push(`${parts.length} parts of uploads are left`);
      const swept = await blobs.sweep(0);
      if (swept > 0) this.wrong.push(`${swept} multipart uploads were left by the collector`);
    } finally {
      await sql.close();
      await blobs.close();
    }
  }
}

const define = queriesOf<{ chunks: { id: string }; upload_parts: { part_id: string } }>();
const allChunks = define<Record<string, never>, { id: string }>((db) => db.selectFrom('chunks').select('id'));
const allParts = define<Record<string, never>, { part_id: string }>((db) =>
  db.selectFrom('upload_parts').select('part_id'),
);

function mb(count: number): number {
  return Math.round(count / mebibyte);
}

/** The most that a process has had in memory; 0 where there is no /proc. */
function peakMb(pid: number): number {
  try {
    return Math.round(Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024);
  } catch {
    return 0;
  }
}

console.log(`an upload of ${values.gib} GiB on ${kind}, seed ${seed}`);
const topology = await startTopology(kind);
try {
  const random = generator(seed + 1);
  const count = Number(values.kills);
  const kills = Array.from({ length: count }, (_, at) => Math.floor(((at + random()) * total) / count));
  const upload = new LargeUpload(topology);
  await upload.run(kills);
  await upload.verify();
  for (const each of upload.wrong) console.error(`WRONG ${each}`);
  console.log(upload.wrong.length === 0 ? 'nothing wrong' : `${upload.wrong.length} wrong`);
  process.exitCode = upload.wrong.length === 0 ? 0 : 1;
} finally {
  await topology.stop();
}
