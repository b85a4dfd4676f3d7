/**
 * Uploads as fast as they go while the process is killed, again and again: every one that was answered with 201 is there afterwards, byte by
 * byte, and what was not answered is wholly there or absent. VOLVOX_TEST_UPLOADS sets how many are acknowledged (a million takes half an hour).
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import http from 'node:http';
import { test } from 'node:test';
import { makeDataFolder } from '../harness/data-folder.ts';
import { startServer, type ServerProcess } from '../harness/server-process.ts';

const wanted = Number(process.env['VOLVOX_TEST_UPLOADS'] ?? 6_000);
const lives = Math.max(4, Math.ceil(wanted / 50_000));
const clients = 16;
const perFolder = 5_000;

/** A text of its own for each, of some 100 to 300 bytes. */
const contentOf = (index: number): string =>
  createHash('sha256')
    .update(String(index))
    .digest('hex')
    .repeat(2 + (index % 4));
const placeOf = (index: number): string => `/dav/common/f${Math.floor(index / perFolder)}/${index}.txt`;

interface Answer {
  readonly status: number;
  readonly text: string;
}

/** One request on a kept connection; null where the server was killed before it answered. */
function ask(
  server: ServerProcess,
  agent: http.Agent,
  method: string,
  target: string,
  body?: string,
): Promise<Answer | null> {
  const { authorization } = server;
  return new Promise((resolve) => {
    const request = http.request(`${server.url}${target}`, { method, agent, headers: { authorization } });
    request.on('response', (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (piece: string) => (text += piece));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }));
      answer.on('error', () => resolve(null));
    });
    request.on('error', () => resolve(null));
    request.end(body);
  });
}

/** `work` for every number that `next` gives, by all clients at once. */
async function byAll(next: () => number | null, work: (index: number) => Promise<void>): Promise<void> {
  const one = async (): Promise<void> => {
    for (let index = next(); index !== null; index = next()) await work(index);
  };
  await Promise.all(Array.from({ length: clients }, one));
}

test(
  `of ${wanted} acknowledged uploads in ${lives} lives of a process none is lost or altered`,
  { timeout: 60 * 60_000 },
  async (t) => {
    const data = await makeDataFolder();
    const agent = new http.Agent({ keepAlive: true, maxSockets: clients });
    const acknowledged: boolean[] = [];
    let count = 0;
    let server = await startServer(data);
    try {
      for (let life = 1; life <= lives; life += 1) {
        const enough = Math.ceil((wanted * life) / lives);
        let killed: Promise<void> | null = null;
        const made = new Set<number>();
        const send = async (index: number): Promise<void> => {
          const folder = Math.floor(index / perFolder);
          if (!made.has(folder)) {
            made.add(folder);
            await ask(server, agent, 'MKCOL', `/dav/common/f${folder}`);
          }
          let answer = await ask(server, agent, 'PUT', placeOf(index), contentOf(index));
          // The folder was being made.
          for (let again = 0; answer?.status === 409 && again < 50; again += 1)
            answer = await ask(server, agent, 'PUT', placeOf(index), contentOf(index));
          acknowledged[index] = answer !== null;
          if (answer === null) return;
          assert.equal(answer.status, 201, `${placeOf(index)}: ${answer.text}`);
          if (++count === enough && life < lives) killed = server.kill('SIGKILL');
        };
        const next = (): number | null =>
          killed !== null || count >= enough ? null : acknowledged.push(false) - 1;
        await byAll(next, send);
        if (life === lives) break;
        await killed;
        server = await startServer(data);
      }
      let [index, unsure] = [0, 0];
      await byAll(
        () => (index < acknowledged.length ? index++ : null),
        async (at) => {
          const answer = await ask(server, agent, 'GET', placeOf(at));
          if (acknowledged[at] !== true && answer?.status === 404) unsure += 1;
          else assert.deepEqual(answer, { status: 200, text: contentOf(at) }, placeOf(at));
        },
      );
      t.diagnostic(
        `${count} acknowledged, ${unsure} of ${acknowledged.length - count} without an answer are absent`,
      );
      const { total } = await server.client.call('runCheck', { body: {} });
      assert.equal(total, 0, 'the check finds nothing');
    } finally {
      agent.destroy();
      await server.kill('SIGKILL');
      await data.remove();
    }
  },
);
