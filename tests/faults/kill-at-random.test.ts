/**
 * `kill -9` at random moments under load, again and again on the same data: whatever was acknowledged is there afterwards, whatever was
 * not is wholly there or wholly absent, and `check` finds nothing. VOLVOX_TEST_KILLS sets the number of kills, VOLVOX_TEST_SEED the seed.
 */
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { test } from 'node:test';
import { startServer, type ServerProcess } from '../harness/server-process.ts';
import { makeTemplate } from '../harness/template.ts';
import { generator } from './load/generator.ts';
import { Worker } from './load/worker.ts';
import { sizeOf } from './load/world.ts';

const kills = Number(process.env['VOLVOX_TEST_KILLS'] ?? 50);
const seed = Number(process.env['VOLVOX_TEST_SEED'] ?? randomInt(2 ** 31));
const workers = Array.from({ length: 8 }, (_, index) => new Worker(index, seed));
const random = generator(seed);
const changesPerRound = 120;
const longestRoundMs = 3_000;
const acknowledgedByAll = (): number => workers.reduce((sum, worker) => sum + worker.acknowledged, 0);

test(
  `${kills} times kill -9 under load: nothing acknowledged is lost (seed ${seed})`,
  { timeout: 14 * 60_000 },
  async (t) => {
    const template = await makeTemplate(async (server) => {
      for (const worker of workers) await worker.begin(server);
      const { items } = await server.client.call('listWorkspaces');
      return items.find((w) => w.slug === 'common')?.id ?? '';
    });
    const data = await template.copy();
    await template.remove();
    let server = await startServer(data);
    try {
      for (let round = 0; round < kills; round += 1) {
        await verifyAll(server, template.state);
        await loadAndKill(server);
        assert.deepEqual(
          workers.flatMap((worker) => worker.refusals),
          [],
          'nothing was refused',
        );
        server = await startServer(data);
      }
      await verifyAll(server, template.state);
      await verifyWhole(server, template.state);
      t.diagnostic(`${acknowledgedByAll()} changes were acknowledged`);
      assert.ok(acknowledgedByAll() > kills * 10, 'there was load');
    } finally {
      await server.kill('SIGKILL');
      await data.remove();
    }
  },
);

async function verifyAll(server: ServerProcess, commonId: string): Promise<void> {
  const trashed = await trashOf(server, commonId);
  await Promise.all(workers.map((worker) => worker.verify(server, trashed)));
}

/** Node id -> bytes. */
async function trashOf(server: ServerProcess, commonId: string): Promise<Map<string, number>> {
  const sizes = new Map<string, number>();
  for (let cursor: string | null = ''; cursor !== null;) {
    const page: Awaited<ReturnType<typeof trashPage>> = await trashPage(server, commonId, cursor);
    for (const node of page.items) sizes.set(node.id, node.size);
    cursor = page.next;
  }
  return sizes;
}

function trashPage(server: ServerProcess, id: string, cursor: string) {
  const query = { limit: 1000, ...(cursor === '' ? {} : { cursor }) };
  return server.client.call('listTrash', { params: { id }, query });
}

/** After a random number of changes, so that a slow machine is loaded as long as it takes. */
async function loadAndKill(server: ServerProcess): Promise<void> {
  const enough = acknowledgedByAll() + Math.floor(random() * changesPerRound);
  const deadline = Date.now() + longestRoundMs;
  let stopped = false;
  const running = workers.map((worker) => worker.run(server, () => stopped));
  while (acknowledgedByAll() < enough && Date.now() < deadline)
    await new Promise((resolve) => setTimeout(resolve, random() * 10));
  const killed = server.kill('SIGKILL');
  stopped = true;
  await killed;
  await Promise.all(running);
}

/** Usage, search, journal, sizes, blobs. */
async function verifyWhole(server: ServerProcess, commonId: string): Promise<void> {
  // Ends what was interrupted; until then a purge that was cut counts as used.
  await server.collect();
  await server.settle();
  for (const worker of workers) await worker.verifySearch(server);
  const { items } = await server.client.call('listWorkspaces');
  const expected = workers.reduce((sum, { world }) => {
    const trashed = [...world.trash.values()].reduce((bytes, item) => bytes + sizeOf(item.files), 0);
    return sum + sizeOf(world.files) + trashed;
  }, 0);
  assert.equal(items.find((w) => w.id === commonId)?.used, expected, 'usage of the workspace');
  const report = await server.client.call('runCheck', { body: { deep: true } });
  assert.deepEqual(report.findings, [], 'check finds nothing after all kills and one collection');
}
