/**
 * Every named crash point x {exit, error, hang}: the operation that passes it is cut there, the node is started again, and nothing
 * acknowledged is lost, nothing is half-done, `check` finds nothing and the collector removes every orphan.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isApiError } from '@volvox/client';
import '../../packages/server/src/boot/services.ts'; // declares the points
import { listPoints } from '../../packages/server/src/kernel/fault-points.ts';
import { makeDataFolder, startServer, type Fault, type ServerProcess } from '../harness/server-process.ts';
import { operations, type Operation, prepare } from './operations.ts';

const faults: readonly Fault[] = ['exit', 'error', 'hang'];
/** Points inside single stores, which the stores' own tests run. */
const covered = listPoints().filter((point) => !point.startsWith('vault.') && !point.startsWith('config.'));

test('every crash point is passed by an operation of this test', () => {
  const passed = new Set(operations.flatMap((operation) => operation.points));
  assert.deepEqual(
    covered.filter((point) => !passed.has(point)),
    [],
  );
  assert.deepEqual(
    [...passed].filter((point) => !covered.includes(point)),
    [],
    'and no operation names one that is gone',
  );
});

for (const operation of operations) {
  for (const point of operation.points) {
    for (const fault of faults) {
      test(`${operation.name}, ${fault} at ${point}`, { timeout: 60_000 }, () =>
        run(operation, point, fault),
      );
    }
  }
}

async function run(operation: Operation, point: string, fault: Fault): Promise<void> {
  const data = await makeDataFolder();
  try {
    const server = await startServer(data.folder);
    const state = await prepare(server);
    await operation.before?.(server, state);
    await server.arm(point, fault);
    const answered = await attempt(server, () => operation.act(server, state));
    if (fault === 'exit') assert.equal(answered, 'died', 'the point was not reached');
    if (fault === 'hang') assert.equal(answered, 'hung', 'the point was not reached');
    if (fault === 'error')
      assert.equal(answered, 'refused', 'the point was not reached, or its error was swallowed');
    await server.kill('SIGKILL');

    const again = await startServer(data.folder);
    await operation.verify(again, state, answered === 'acknowledged');
    await again.collect();
    const report = await again.client.call('runCheck', { body: { deep: true } });
    assert.deepEqual(report.findings, []);
    const left = await again.collect();
    assert.deepEqual(left, { orphans: 0, removed: 0 }, 'the first collection left nothing');
    await operation.verify(again, state, answered === 'acknowledged');
    await again.kill('SIGTERM');
  } finally {
    await data.remove();
  }
}

type Outcome = 'acknowledged' | 'refused' | 'died' | 'hung';

async function attempt(server: ServerProcess, act: () => Promise<boolean>): Promise<Outcome> {
  let timer: NodeJS.Timeout | undefined;
  const hung = new Promise<Outcome>((resolve) => {
    timer = setTimeout(() => resolve('hung'), 1_500);
  });
  const died = server.exited.then((): Outcome => 'died');
  const acted = act().then(
    (good): Outcome => (good ? 'acknowledged' : 'refused'),
    // A problem document is a refusal; a broken connection belongs to a node that is dying.
    async (error: unknown): Promise<Outcome> => (isRefusal(error) ? 'refused' : Promise.race([died, hung])),
  );
  try {
    return await Promise.race([acted, died, hung]);
  } finally {
    clearTimeout(timer);
  }
}

function isRefusal(error: unknown): boolean {
  return (
    (isApiError(error) && error.code !== 'unavailable') ||
    (error instanceof Error && error.message.includes('fault injected'))
  );
}
