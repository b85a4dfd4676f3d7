/** Who hears of uploads: owners, and uploaders by their receipts. */
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { after, before, test } from 'node:test';
import type { Context, Principal } from '../../kernel/context.ts';
import { newId } from '../../kernel/ids.ts';
import { silentLogger } from '../../kernel/logger.ts';
import { parseStoreUrl } from '../../kernel/store-url.ts';
import { registryMemoryDriver } from '../../stores/registry/memory/driver.ts';
import { contextOf } from '../identity/testing.ts';
import type { JobsService } from '../jobs/api.ts';
import { startJobs } from '../jobs/service.ts';
import { nodeOf, openNodes, outcome, visitor, type SharingCluster, type SharingNode } from './testing.ts';

const folder = newId();
let cluster: SharingCluster;
let nodes: readonly SharingNode[];
let first: SharingNode;
let ann: Context;
before(async () => {
  ({ cluster, nodes, first, ann } = await openNodes(folder));
});
after(() => cluster.close());

test('the owner hears once of what was uploaded, the uploader gets a receipt once an hour', async () => {
  await first.identity.updateProfile(ann, { email: 'ann@example.org' });
  const { token } = await first.sharing.create(ann, {
    kind: 'request',
    roots: [folder],
    label: 'Papers',
    askEmail: 'required',
  });
  assert.equal(await outcome(first.enter(token)), 'unauthenticated', 'the address is needed first');
  const cookie = await first.sharing.visit(token, null, { email: 'up@example.org' }, visitor);
  const principal = await first.enter(token, cookie);
  assert.deepEqual(principal.scopes, ['files:drop']);
  const context = contextOf(principal);
  const key = first.sharing.visitorKey(principal, visitor);
  for (const name of ['one.txt', 'two.txt'])
    await first.sharing.uploaded(context, key, nodeOf(newId()), name);
  cluster.mails.length = 0;
  assert.equal(await first.sharing.notify(), 0, 'more may come');
  cluster.clock.time += 3 * 60_000;
  assert.equal(await first.sharing.notify(), 1);
  assert.equal(await nodes[1]?.sharing.notify(), 0);
  assert.deepEqual(
    cluster.mails.map(({ to, template, data }) => [to, template, data]),
    [
      [
        'ann@example.org',
        'link-upload',
        { link: 'https://files.example.org/links', label: 'Papers', files: 2 },
      ],
    ],
  );
  const receipt = await first.sharing.sendReceipt(principal, key);
  assert.deepEqual(
    receipt.items.map(({ name }) => name),
    ['one.txt', 'two.txt'],
  );
  assert.equal(cluster.mails[1]?.to, 'up@example.org');
  assert.equal(await outcome(first.sharing.sendReceipt(principal, key)), 'too_many_requests');
  const other = await first.sharing.visit(token, null, { email: 'spy@example.org' }, visitor);
  const seen = await first.sharing.receipt(token, other, visitor);
  assert.deepEqual(seen.items, [], 'nobody sees what others brought');
});

/** The duty on a node whose registry is its own, as if others had lost their lease. */
async function dutyOf({ sharing }: SharingNode, nodeName: string): Promise<JobsService> {
  const { sql, clock } = cluster;
  const url = parseStoreUrl(`memory:receipts-test-${process.pid}-${nodeName}`);
  const registry = await registryMemoryDriver.open(url, { log: silentLogger, clock, durability: 'full' });
  const jobs = await startJobs({ sql, registry, clock, log: silentLogger, nodeName, quiet: true });
  after(async () => {
    await jobs.stop();
    await registry.close();
  });
  const run = async () => ({ told: await sharing.notify() });
  jobs.api.define({ name: 'links.notify', schedule: '0 0 1 1 *', run });
  return jobs.api;
}

test('the owner hears once, also where the duty slept in the middle and another node did it meanwhile', async () => {
  await first.identity.updateProfile(ann, { email: 'ann@example.org' });
  const { token } = await first.sharing.create(ann, { kind: 'request', roots: [folder] });
  const { principal, key } = await uploaderOf(token, 'up@example.org');
  await first.sharing.uploaded(contextOf(principal), key, nodeOf(newId()), 'one.txt');
  cluster.clock.time += 3 * 60_000;
  cluster.mails.length = 0;
  const sleeper = await cluster.node();
  const [sleeping, awake] = [await dutyOf(sleeper, 'sleeper'), await dutyOf(first, 'awake')];
  const { user } = sleeper.identity;
  const slept: unknown[] = [];
  // Asked for between what is to be told was read and its transaction.
  const late: typeof user = async (id) => {
    if (slept.length === 0) slept.push((await awake.runNow('links.notify')).result);
    return user(id);
  };
  Object.assign(sleeper.identity, { user: late });
  assert.equal((await sleeping.runNow('links.notify')).state, 'failed');
  assert.deepEqual(slept, [{ told: 1 }]);
  assert.deepEqual(
    cluster.mails.map(({ to, template }) => [to, template]),
    [['ann@example.org', 'link-upload']],
  );
});

async function uploaderOf(
  token: string,
  email: string,
): Promise<{ readonly principal: Principal; readonly key: string; readonly cookie: string }> {
  const cookie = await first.sharing.visit(token, null, { email }, visitor);
  const principal = await first.enter(token, cookie);
  return { principal, key: first.sharing.visitorKey(principal, visitor), cookie };
}

test('receipts of files of several chunks get their hash a little later, from what was uploaded', async () => {
  const { token } = await first.sharing.create(ann, { kind: 'request', roots: [folder] });
  const { principal, key, cookie } = await uploaderOf(token, 'up@example.org');
  const bring = (name: string, size: number, sha256: string | null, versionId: string) =>
    first.sharing.uploaded(
      contextOf(principal),
      key,
      { ...nodeOf(newId()), kind: 'file', size, sha256, versionId },
      name,
    );
  const [large, gone] = [newId(), newId()];
  cluster.contents.set(large, ['three ', 'pieces ', 'of it']);
  await bring('small', 1, 'aa', newId());
  await bring('large', 18, null, large);
  await bring('gone', 9, null, gone);
  const seen = async () =>
    (await first.sharing.receipt(token, cookie, visitor)).items.map((item) => [
      item.name,
      item.sha256,
      item.pending,
    ]);
  assert.deepEqual(await seen(), [
    ['small', 'aa', false],
    ['large', null, true],
    ['gone', null, true],
  ]);
  const { signal } = new AbortController();
  assert.equal(await first.sharing.hashReceipts(AbortSignal.abort()), 0);
  assert.equal(await first.sharing.hashReceipts(signal), 1);
  assert.deepEqual(await seen(), [
    ['small', 'aa', false],
    ['large', hash('sha256', 'three pieces of it'), false],
    ['gone', null, false],
  ]);
  assert.equal(await nodes[1]?.sharing.hashReceipts(signal), 0, 'each is read once');
});

test('receipts are mailed once an hour to a visitor, and so many of a link on a day, on all nodes together', async () => {
  cluster.settings['links.receiptsPerDay'] = 3;
  const { token } = await first.sharing.create(ann, { kind: 'request', roots: [folder] });
  const come = async (n: number) => {
    const uploader = await uploaderOf(token, `someone${n}@example.org`);
    await first.sharing.uploaded(contextOf(uploader.principal), uploader.key, nodeOf(newId()), 'a.txt');
    return uploader;
  };
  const send = async ({ key, cookie }: Awaited<ReturnType<typeof come>>, at: number) => {
    const node = nodes[at % nodes.length] ?? first;
    return outcome(node.sharing.sendReceipt(await node.enter(token, cookie), key));
  };
  cluster.mails.length = 0;
  const same = await come(0);
  const twice = await Promise.all([send(same, 0), send(same, 1)]);
  assert.deepEqual(twice.sort(), ['done', 'too_many_requests']);
  const many = await Promise.all([1, 2, 3, 4, 5].map(come));
  const results = await Promise.all(many.map(send));
  assert.equal(results.filter((result) => result === 'done').length, 2);
  assert.equal(cluster.mails.length, 3);
  cluster.clock.time += 3 * 3_600_000;
  const late = await come(6);
  assert.equal(await send(late, 0), 'too_many_requests', 'another address, the same link');
  cluster.clock.time += 22 * 3_600_000;
  assert.equal(await send(await come(7), 0), 'done');
  cluster.settings['links.receiptsPerDay'] = 200;
});

test('a receipt can be read after the deadline by whoever was in before, until the visit ends', async () => {
  const deadline = cluster.clock.time + 3_600_000;
  const { token, id } = await first.sharing.create(ann, {
    kind: 'request',
    roots: [folder],
    askEmail: 'required',
    expiresAt: deadline,
  });
  const { principal, key, cookie } = await uploaderOf(token, 'in@time.example');
  await first.sharing.uploaded(contextOf(principal), key, nodeOf(newId()), 'in time.txt');
  const idle = await first.sharing.visit(token, null, { name: 'gave no address' }, visitor);
  const read = (who: string | null, node = first) => outcome(node.sharing.receipt(token, who, visitor));
  assert.equal(await read(null), 'unauthenticated');
  assert.equal(await read(idle), 'unauthenticated');
  cluster.clock.time = deadline;
  const { items } = await (nodes[1] ?? first).sharing.receipt(token, cookie, visitor);
  assert.deepEqual(
    items.map(({ name }) => name),
    ['in time.txt'],
  );
  assert.equal(await outcome(first.enter(token, cookie)), 'gone', 'nothing else is open');
  assert.equal(await outcome(first.sharing.sendReceipt(principal, key)), 'gone');
  for (const other of [null, 'forged', idle]) assert.equal(await read(other), 'gone', String(other));
  await first.sharing.update(ann, id, { disabled: true });
  assert.equal(await read(cookie), 'not_found', 'switched off');
  await first.sharing.update(ann, id, { disabled: false, password: 'another way in' });
  assert.equal(await read(cookie), 'gone', 'its owner asks for more by now');
  await first.sharing.update(ann, id, { password: null });
  assert.equal(await read(cookie), 'done');
  cluster.clock.time += 24 * 3_600_000;
  assert.equal(await read(cookie), 'gone', 'the visit is over');
  await first.sharing.revoke(ann, [id]);
  assert.equal(await read(cookie), 'not_found');
});
