/** Many nodes at the same moment on empty stores, on each SQL server; once more with the one that migrates killed in the middle. */
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { migrations } from '../../packages/server/src/boot/migrations.ts';
import { skipReason } from '../../packages/server/src/testing/servers/index.ts';
import { columnOf, makePlaces, type StorePlaces } from '../harness/stores.ts';
import { endAll, launch, until, type BootingNode } from './nodes.ts';
import { openTransactions, recorded } from './schema.ts';

/** VOLVOX_TEST_NODES raises it. */
const count = Number(process.env['VOLVOX_TEST_NODES'] ?? 5);
/** Of several statements, and neither the first nor the last. */
const middle = '20261122-journal-0001';
const takeoverMs = 30_000;
const waiting = 'waiting: another node migrates the database';
const migrating = 'migrating the database';

for (const column of ['external', 'external-mariadb']) {
  const kinds = [...new Set(Object.values(columnOf(column)))];
  const skip = kinds.map((kind) => skipReason(kind)).find((reason) => reason !== false) ?? false;
  describe(`${count} nodes at once on empty stores: ${column}`, { skip, timeout: 300_000 }, () => {
    let places: StorePlaces;
    before(async () => {
      places = await makePlaces(columnOf(column));
    });
    afterEach(endAll);
    after(() => places.remove());

    test('one migrates and one sets up, and all get ready', async () => {
      const nodes = await Promise.all(Array.from({ length: count }, () => launch(places.environment)));
      await Promise.all(nodes.map((node) => node.ready()));
      await oneCluster(nodes, places);
    });
  });

  describe(`the migrator killed in the middle: ${column}`, { skip, timeout: 300_000 }, () => {
    let places: StorePlaces;
    before(async () => {
      places = await makePlaces(columnOf(column));
    });
    afterEach(endAll);
    after(() => places.remove());

    test('the others wait alive and without a transaction, say so, and one of them goes on', async () => {
      const first = await launch(places.environment, { hangsIn: middle });
      const isIn = (line: Readonly<Record<string, unknown>>): boolean => line['migration'] === middle;
      await until('the first is in the middle', () => first.lines(migrating).some(isIn));
      const others = await Promise.all(Array.from({ length: count - 1 }, () => launch(places.environment)));
      await until('the others wait', () => others.every((node) => node.lines(waiting).length > 0));
      await Promise.all(others.map(isWaiting));
      assert.equal((await first.probe('/readyz'))?.status, 503);
      const sql = places.environment['VOLVOX_SQL'] ?? '';
      // Of the migrator itself on PostgreSQL; MariaDB commits each statement of DDL.
      assert.deepEqual(await openTransactions(sql), sql.startsWith('postgres') ? 1 : 0);
      const left = (await recorded(sql)).filter((row) => row.applied).map((row) => row.name);
      assert.ok(left.length > 0 && !left.includes(middle), `half-way: ${left.join()}`);
      const [leaving, ...staying] = others;
      leaving?.kill('SIGTERM');
      assert.equal(await leaving?.ended, 0, 'whoever waits may leave');

      first.kill('SIGKILL');
      const from = performance.now();
      await Promise.all(staying.map((node) => node.ready()));
      assert.ok(performance.now() - from < takeoverMs, `after ${performance.now() - from} ms`);
      await oneCluster(staying, places);
    });
  });
}

/** Alive, not ready, and balancers are told when to ask again. */
async function isWaiting(node: BootingNode): Promise<void> {
  await until('it answers while it waits', async () => (await node.probe('/healthz'))?.status === 200);
  const ready = await node.probe('/readyz');
  assert.equal(ready?.status, 503);
  assert.deepEqual(JSON.parse(ready.body), { ready: false, state: 'starting', stores: [] });
  assert.equal(ready.headers.get('cache-control'), 'no-store');
  assert.match(ready.headers.get('retry-after') ?? '', /^\d+$/);
  assert.equal(node.lines(waiting).length, 1, 'once, and again only after a while');
}

/** Each step recorded once, one administrator, one common workspace, and every node knows all the others. */
async function oneCluster(nodes: readonly BootingNode[], { environment }: StorePlaces): Promise<void> {
  const rows = await recorded(environment['VOLVOX_SQL'] ?? '');
  assert.deepEqual(
    rows.map((row) => row.name),
    migrations.map((migration) => migration.name),
  );
  assert.ok(rows.every((row) => row.applied));
  const applied = nodes.flatMap((node) => node.lines(migrating).map((line) => line['migration']));
  assert.equal(new Set(applied).size, applied.length, `once each: ${applied.join()}`);
  const setUp = nodes.filter((node) => node.lines('set up from the environment').length > 0);
  assert.equal(setUp.length, 1);
  for (const [i, node] of nodes.entries()) {
    const { items: users } = await node.client.call('listUsers');
    assert.deepEqual(
      users.map((user) => [user.login, user.admin]),
      [['admin', true]],
    );
    const { items: workspaces } = await node.client.call('listWorkspaces');
    assert.deepEqual(workspaces.map((workspace) => workspace.slug).sort(), ['common', 'personal']);
    const common = workspaces.find((workspace) => workspace.slug === 'common');
    await node.client.call('uploadFile', {
      params: { id: common?.rootId ?? '', name: `of ${i}` },
      body: `of ${i}`,
    });
    await until('every node is known', async () => {
      const status = await node.client.call('status');
      return status.nodes.filter(({ state }) => state === 'ready').length === nodes.length;
    });
  }
  await Promise.all(nodes.map((node) => seesAll(node, nodes.length)));
}

async function seesAll(node: BootingNode, files: number): Promise<void> {
  const { items } = await node.client.call('listWorkspaces');
  const { rootId = '' } = items.find((workspace) => workspace.slug === 'common') ?? {};
  const listed = await node.client.call('listChildren', { params: { id: rootId } });
  assert.deepEqual(
    listed.items.map((item) => item.name).sort(),
    Array.from({ length: files }, (_, i) => `of ${i}`),
  );
}
