/** Two nodes of a cluster, people writing on both, while its stores are moved: nothing that was acknowledged is lost, and none writes afterwards. */
import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { skipReason } from '../../packages/server/src/testing/servers/index.ts';
import { problemOf } from '../faults/problem.ts';
import { atEnd } from '../harness/at-end.ts';
import { makeDataFolder } from '../harness/data-folder.ts';
import { startServer, type ServerProcess } from '../harness/server-process.ts';
import { columnOf, makePlaces, type Column } from '../harness/stores.ts';
import { runMigrate, type Side } from './run-migrate.ts';

const skip =
  [...new Set([...Object.values(columnOf('external')), 'mariadb' as const])]
    .map((kind) => skipReason(kind))
    .find((reason) => reason !== false) ?? false;

/** Where nodes of this column lie; without one in a folder. Removed after the test. */
async function side(t: TestContext, column: Column): Promise<Side> {
  const [data, places] = [await makeDataFolder(), await makePlaces(column)];
  atEnd(t, () => Promise.all([data.remove(), places.remove()]));
  return { folder: data.folder, environment: places.environment };
}

async function serve(t: TestContext, { folder, environment }: Side, name: string): Promise<ServerProcess> {
  const server = await startServer(folder, { ...environment, VOLVOX_NODE_NAME: name });
  atEnd(t, () => server.kill('SIGKILL'));
  return server;
}

interface Writer {
  readonly acknowledged: readonly string[];
  readonly refused: () => number;
  stop(): Promise<void>;
}

/** Several at once, until told to stop; a refusal must say that the server is read-only. */
function writeOn(node: ServerProcess, name: string): Writer {
  const acknowledged: string[] = [];
  let [refused, running, next] = [0, true, 0];
  const one = async (): Promise<void> => {
    while (running) {
      const file = `${name}-${next++}.txt`;
      const answer = await node.request('PUT', `/dav/common/${file}`, { body: `content of ${file}` });
      if (answer.status === 201) {
        acknowledged.push(file);
        continue;
      }
      assert.deepEqual([answer.status, (await problemOf(answer)).code], [503, 'read_only']);
      refused += 1;
    }
  };
  const all = Promise.all([one(), one(), one()]);
  // Told by stop; not an unhandled failure before.
  all.catch(() => undefined);
  return {
    acknowledged,
    refused: () => refused,
    async stop() {
      running = false;
      await all;
    },
  };
}

async function filesOf(node: ServerProcess): Promise<readonly string[]> {
  const answer = await node.request('PROPFIND', '/dav/common/', { headers: { depth: '1' } });
  return [...(await answer.text()).matchAll(/common\/([^<]+\.txt)</g)].map(([, name]) => name ?? '').sort();
}

/** Every acknowledged file with its content, and no file more than the old side has. */
async function requireAll(moved: ServerProcess, written: readonly string[]): Promise<void> {
  const there = await filesOf(moved);
  assert.deepEqual(
    written.filter((name) => !there.includes(name)),
    [],
    'acknowledged, but not there',
  );
  for (const name of written) {
    const answer = await moved.request('GET', `/dav/common/${name}`);
    assert.equal(await answer.text(), `content of ${name}`);
  }
  assert.deepEqual((await moved.client.call('runCheck', { body: { deep: true } })).findings, []);
}

/** Moves under writers on both nodes. @returns what was acknowledged */
async function moveUnderLoad(nodes: readonly ServerProcess[], from: Side, to: Side): Promise<string[]> {
  const writers = nodes.map((node, i) => writeOn(node, `node${i}`));
  const run = await runMigrate(from, to);
  assert.equal(run.code, 0, run.errors);
  for (const writer of writers) await writer.stop();
  for (const writer of writers) assert.ok(writer.acknowledged.length > 0 && writer.refused() > 0);
  for (const node of nodes) {
    const late = await node.request('PUT', '/dav/common/too-late.txt', { body: 'x' });
    assert.deepEqual([late.status, (await problemOf(late)).code], [503, 'read_only']);
  }
  return writers.flatMap((writer) => writer.acknowledged);
}

describe('two nodes that are written to', { skip, timeout: 600_000 }, () => {
  for (const [what, source, target] of [
    ['a cluster moves to another cluster', 'external', 'external-mariadb'],
    ['a cluster moves back to a standalone server', 'external-mariadb', 'embedded'],
  ] as const)
    test(what, async (t) => {
      const [from, to] = [await side(t, columnOf(source)), await side(t, columnOf(target))];
      const nodes = [await serve(t, from, 'a'), await serve(t, from, 'b')];
      const written = await moveUnderLoad(nodes, from, to);
      const left = await filesOf(nodes[0] as ServerProcess);
      for (const node of nodes) await node.kill('SIGTERM');
      const moved = await serve(t, to, 'new');
      assert.deepEqual(await filesOf(moved), left);
      await requireAll(moved, written);
    });

  test('contents move to another bucket: a node on it takes over, and those on the old one end by themselves', async (t) => {
    const from = await side(t, columnOf('external'));
    const bucket = await side(t, { blobs: 's3' });
    const nodes = [await serve(t, from, 'a'), await serve(t, from, 'b')];
    const written = await moveUnderLoad(nodes, from, { ...bucket, folder: '' });
    // Only what a further node needs: the vault knows of the new place.
    const { VOLVOX_CONFIG = '', VOLVOX_VAULT = '', VAULT_TOKEN = '' } = from.environment;
    const environment = { VOLVOX_CONFIG, VOLVOX_VAULT, VAULT_TOKEN };
    const moved = await serve(t, { folder: bucket.folder, environment }, 'new');
    for (const node of nodes) await node.exited;
    await requireAll(moved, written);
    const put = await moved.request('PUT', '/dav/common/after.txt', { body: 'content of after.txt' });
    assert.equal(put.status, 201);
    await assert.rejects(serve(t, from, 'old'), /VOLVOX_BLOBS was moved to s3:/);
    await moved.kill('SIGTERM');

    // Given up, the vault knows of the old place again.
    const aborted = await runMigrate(from, null, { flags: ['--abort'] });
    assert.equal(aborted.code, 0, aborted.errors);
    const [old, told] = [
      await serve(t, from, 'old'),
      await serve(t, { folder: bucket.folder, environment }, 'told'),
    ];
    assert.equal((await old.request('PUT', '/dav/common/back.txt', { body: 'back' })).status, 201);
    assert.equal(await (await told.request('GET', '/dav/common/back.txt')).text(), 'back');
  });
});
