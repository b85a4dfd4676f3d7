/**
 * Every named crash point x {error, hang, exit}: the operation that passes it is cut there. Nothing acknowledged is lost, nothing is
 * half-done, others are served meanwhile, the client may do the same again, `check` finds nothing and the collector removes every orphan.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import '../../packages/server/src/boot/node.ts'; // declares the points
import { listPoints } from '../../packages/server/src/kernel/fault-points.ts';
import { startServer, type Fault, type ServerProcess } from '../harness/server-process.ts';
import { makeTemplate, type Template } from '../harness/template.ts';
import { attempt } from './attempt.ts';
import { copyOfMany } from './copy-operation.ts';
import { operations, type Operation, prepare, type State } from './operations.ts';

const faults = ['error', 'hang', 'exit'] as const;
/** Points inside single stores, which the stores' own tests run. */
const covered = listPoints().filter((point) => !/^(?:vault|config|sql)\./.test(point));
/** Points inside a transaction: there the database ends what hangs, and refuses it. */
const watched = new Set(['tree.put.before-commit']);
type States = Readonly<Record<Fault, State>>;

test('every crash point is passed by an operation of this test', () => {
  const passed = new Set([...operations, copyOfMany].flatMap((operation) => operation.points));
  assert.deepEqual([...passed].sort(), covered, 'no more and no less');
});

describe('cut operations', { concurrency: 3 }, () => {
  let template: Template<States>;
  before(async () => {
    template = await makeTemplate(async (server) => ({
      error: await prepare(server, 'error'),
      hang: await prepare(server, 'hang'),
      exit: await prepare(server, 'exit'),
    }));
  });
  after(() => template.remove());

  for (const operation of [copyOfMany, ...operations]) {
    for (const point of operation.points) {
      test(`${operation.name}, cut at ${point}`, { timeout: 180_000 }, () => cut(template, operation, point));
    }
  }
});

/** On one data folder: refused, then hung and killed, then killed at the point; each in a folder of its own. */
async function cut(template: Template<States>, operation: Operation, point: string): Promise<void> {
  const data = await template.copy();
  let server = await startServer(data);
  try {
    await operation.setUp?.(server);
    for (const fault of faults) {
      const state = { ...template.state[fault] };
      const acknowledged = await strike(server, operation, state, point, fault);
      if (fault !== 'error') {
        await server.kill('SIGKILL');
        server = await startServer(data);
      }
      await operation.verify(server, state, acknowledged);
      await prove(server, data.folder, operation, state, acknowledged);
      await operation.retry?.(server, state);
      assert.deepEqual((await server.client.call('runCheck', { body: { deep: true } })).findings, []);
    }
  } finally {
    await server.kill('SIGKILL');
    await data.remove();
  }
}

/** What is expected to answer may take its time: to undo a large copy, on a busy machine. */
const silenceMs = { hung: 1_200, refused: 30_000, died: 30_000 };

/** @returns whether it was acknowledged */
async function strike(
  server: ServerProcess,
  operation: Operation,
  state: State,
  point: string,
  fault: Fault,
): Promise<boolean> {
  await operation.before?.(server, state);
  const refused = fault === 'error' || (fault === 'hang' && watched.has(point));
  const expected = refused ? 'refused' : fault === 'hang' ? 'hung' : 'died';
  await server.arm(point, fault);
  const outcome = await attempt(server, silenceMs[expected], () => operation.act(server, state));
  assert.equal(outcome, expected, `${fault}: the point was not reached, or the fault was swallowed`);
  if (fault !== 'exit') {
    const other = await server.request('PUT', `/dav/common/other-${fault}`, { body: 'served meanwhile' });
    assert.ok(other.ok, `${fault}: others are not served`);
  }
  return false;
}

async function prove(
  server: ServerProcess,
  folder: string,
  operation: Operation,
  state: State,
  acknowledged: boolean,
): Promise<void> {
  await server.collect();
  const report = await server.client.call('runCheck', { body: { deep: true } });
  assert.deepEqual(report.findings, []);
  assert.deepEqual(await server.collect(), { orphans: 0, removed: 0 }, 'the first collection left nothing');
  await operation.settled?.(server, folder);
  await operation.verify(server, state, acknowledged);
}
