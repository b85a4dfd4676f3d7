import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { after, before, test } from 'node:test';
import type { Context, Principal } from '../../kernel/context.ts';
import { newId } from '../../kernel/ids.ts';
import { contextOf, setUp } from '../identity/testing.ts';
import { nodeOf, openSharing, visitor, type SharingCluster, type SharingNode } from './testing.ts';

let cluster: SharingCluster;
let nodes: SharingNode[];
let first: SharingNode;
let ann: Context;
const folder = newId();

before(async () => {
  cluster = await openSharing();
  await setUp(cluster);
  first = await cluster.node();
  nodes = [first, await cluster.node(), await cluster.node()];
  ann = await cluster.owner(first, 'ann', folder);
});
after(() => cluster.close());

const code = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    (error: { code?: string }) => error.code ?? String(error),
  );
const whole = { nodeId: folder, versionId: 'v', resumes: false };

test('fifty downloads at once from three nodes take the ten that are left, and no more', async () => {
  const { token, id } = await first.sharing.create(ann, { roots: [folder], maxDownloads: 10 });
  const asked = Array.from({ length: 50 }, async (_, n) => {
    const node = nodes[n % nodes.length] ?? first;
    const principal = await node.enter(token);
    return code(node.sharing.countDownload(principal, `visitor ${n}`, whole));
  });
  const answers = await Promise.all(asked);
  assert.equal(answers.filter((answer) => answer === 'done').length, 10);
  assert.equal(answers.filter((answer) => answer === 'gone').length, 40);
  assert.equal((await first.sharing.get(ann, id)).downloads, 10);
});

test('a download goes on for an hour, and then is another one', async () => {
  const { token } = await first.sharing.create(ann, { roots: [folder], maxDownloads: 2 });
  const take = async (node: SharingNode, who: string, resumes: boolean) =>
    code(node.sharing.countDownload(await node.enter(token), who, { ...whole, resumes }));
  const [one, two] = [nodes[0] ?? first, nodes[1] ?? first];
  assert.equal(await take(one, 'a', false), 'done');
  assert.equal(await take(two, 'a', true), 'done', 'on another node');
  assert.equal(await take(two, 'a', true), 'done');
  cluster.clock.time += 3_600_001;
  assert.equal(await take(one, 'a', true), 'done', 'counted again');
  assert.equal(await take(one, 'b', true), 'gone', 'nothing of it was had before');
});

test('what is taken away on one node is gone on the others at the next request', async () => {
  const second = nodes[1] ?? first;
  const { token, id } = await first.sharing.create(ann, { roots: [folder] });
  await second.enter(token);
  await first.sharing.update(ann, id, { disabled: true });
  assert.equal(await code(second.enter(token)), 'not_found');
  assert.equal(await code(second.sharing.open(token, null)), 'not_found');
  await first.sharing.update(ann, id, { disabled: false });
  const principal = await second.enter(token);
  await first.sharing.revoke(ann, [id]);
  assert.equal(await code(second.enter(token)), 'not_found');
  const inside = cluster.sql.transaction((tx) => second.access.current(tx, contextOf(principal)));
  assert.equal(await code(inside), 'unauthenticated', 'nor does a write under way go on');
});

test('an end that is reached closes a link without anything having run', async () => {
  const { token } = await first.sharing.create(ann, {
    roots: [folder],
    expiresAt: cluster.clock.time + 1000,
  });
  const principal = await first.enter(token);
  const placed = { ...principal, circumstances: { address: '192.0.2.9', client: 'link' as const } };
  assert.equal(
    (await first.sharing.visitOf(placed)).link.id,
    principal.confined?.linkId,
    'a copy for policies',
  );
  cluster.clock.time += 1000;
  assert.equal(await code(first.sharing.visitOf(principal)), 'gone');
  assert.equal(await code(first.enter(token)), 'gone');
});

test('passwords are guessed as slowly on three nodes as on one', async () => {
  const { token } = await first.sharing.create(ann, { roots: [folder], password: 'right' });
  const answers: string[] = [];
  for (let n = 0; n < 9; n++) {
    const node = nodes[n % nodes.length] ?? first;
    answers.push(await code(node.sharing.visit(token, null, { password: `wrong ${n}` }, visitor)));
  }
  assert.deepEqual(answers.slice(0, 5), Array<string>(5).fill('unauthenticated'));
  assert.deepEqual(answers.slice(5), Array<string>(4).fill('too_many_requests'));
  const elsewhere = { address: '203.0.113.9', userAgent: 'x' };
  const cookie = await first.sharing.visit(token, null, { password: 'right' }, elsewhere);
  assert.equal((await nodes[2]?.enter(token, cookie))?.via, 'link', 'a cookie of one node holds on all');
  assert.equal(await code(first.enter(token, '')), 'unauthenticated');
});

test('changes, revocations and downloads at once neither hang nor get lost', async () => {
  const made = await Promise.all(
    Array.from({ length: 6 }, () => first.sharing.create(ann, { roots: [folder] })),
  );
  const all = made.map(({ id }) => id);
  await Promise.all(
    made.flatMap(({ id, token }, n) => [
      ...nodes.map((node) => code(node.sharing.update(ann, id, { label: `label ${n}` }))),
      code(first.enter(token).then((who) => first.sharing.countDownload(who, 'x', whole))),
      code(nodes[1]?.sharing.revoke(ann, all.slice(0, 3)) ?? Promise.resolve()),
    ]),
  );
  for (const [n, { id }] of made.entries()) {
    if (n < 3) assert.equal(await code(first.sharing.get(ann, id)), 'not_found');
    else assert.equal((await first.sharing.get(ann, id)).label, `label ${n}`);
  }
});

test('a visit ends after a day', async () => {
  const { token } = await first.sharing.create(ann, { roots: [folder], disclaimer: 'Terms' });
  const cookie = await first.sharing.visit(token, null, { accept: true }, visitor);
  await first.enter(token, cookie);
  cluster.clock.time += 24 * 3_600_000;
  assert.deepEqual((await first.sharing.open(token, cookie)).needs, ['disclaimer']);
});

test('recipients get a key of their own by mail, of which only a hash is kept', async () => {
  const { token, id } = await first.sharing.create(ann, {
    roots: [folder],
    restricted: true,
    recipients: ['Eve@example.org', 'bo@example.org'],
  });
  cluster.mails.length = 0;
  const sent = await first.sharing.send(ann, id, { message: 'Hello' });
  assert.ok(sent.recipients.every(({ sentAt }) => sentAt !== null));
  assert.deepEqual(cluster.mails.map(({ to }) => to).sort(), ['bo@example.org', 'eve@example.org']);
  const keyIn = (n: number): string => /#k=([\w-]{22})/.exec(JSON.stringify(cluster.mails[n]))?.[1] ?? '';
  const cookie = await first.sharing.visit(token, null, { recipientKey: keyIn(1) }, visitor);
  const visit = await first.sharing.visitOf(await first.enter(token, cookie));
  assert.equal(visit.email, cluster.mails[1]?.to, 'by the key, not by what the visitor says');
  const claims = { recipientKey: keyIn(1), email: 'forged@example.org' };
  const forged = await first.sharing.visit(token, null, claims, visitor);
  assert.equal((await first.sharing.visitOf(await first.enter(token, forged))).email, cluster.mails[1]?.to);
  await first.sharing.send(ann, id, { again: true });
  assert.equal(
    await code(first.sharing.visit(token, null, { recipientKey: keyIn(0) }, visitor)),
    'unauthenticated',
  );
  await first.sharing.update(ann, id, { recipients: ['new@example.org'] });
  assert.equal(await code(first.enter(token, cookie)), 'unauthenticated');
});

test('the owner hears once of what was uploaded, the uploader gets a receipt once an hour', async () => {
  await first.identity.updateProfile(ann, { email: 'ann@example.org' });
  const { token } = await first.sharing.create(ann, {
    kind: 'request',
    roots: [folder],
    label: 'Papers',
    askEmail: 'required',
  });
  assert.equal(await code(first.enter(token)), 'unauthenticated', 'the address is needed first');
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
  assert.equal(await code(first.sharing.sendReceipt(principal, key)), 'too_many_requests');
  const other = await first.sharing.visit(token, null, { email: 'spy@example.org' }, visitor);
  const spy = await first.enter(token, other);
  const seen = await first.sharing.receipt(spy, first.sharing.visitorKey(spy, visitor));
  assert.deepEqual(seen.items, [], 'nobody sees what others brought');
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
  const { principal, key } = await uploaderOf(token, 'up@example.org');
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
    (await first.sharing.receipt(principal, key)).items.map((item) => [item.name, item.sha256, item.pending]);
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
    return code(node.sharing.sendReceipt(await node.enter(token, cookie), key));
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

test('the links that lead to a place are found on every database, page by page', async () => {
  const place = newId();
  const eve = await cluster.owner(first, 'eve', place);
  const made: string[] = [];
  for (let n = 0; n < 3; n++) made.unshift((await first.sharing.create(eve, { roots: [place] })).id);
  const page = await first.sharing.leadingTo(eve, [place], { limit: 2 });
  const rest = await first.sharing.leadingTo(eve, [place], { limit: 2, cursor: page.next ?? '' });
  assert.deepEqual(
    [...page.items, ...rest.items].map((link) => [link.id, link.rootId, link.mine]),
    made.map((id) => [id, place, true]),
  );
  assert.deepEqual((await first.sharing.leadingTo(eve, [newId()], { limit: 2 })).items, []);
});

test('who takes over has the links; without anybody they end', async () => {
  const bob = await cluster.owner(first, 'bob', folder);
  const carl = await cluster.owner(first, 'carl', folder);
  const root = (await first.identity.userByLogin('root'))?.id ?? '';
  const admin = contextOf(await first.identity.principalOf(root));
  const kept = await first.sharing.create(bob, { roots: [folder] });
  await first.identity.deleteUser(admin, bob.principal.userId ?? '', { handTo: carl.principal.userId });
  assert.equal((await first.enter(kept.token)).confined?.ownerId, carl.principal.userId);
  await first.identity.deleteUser(admin, carl.principal.userId ?? '');
  assert.equal(await code(first.enter(kept.token)), 'not_found');
});

test('opening one of ten thousand links costs as many statements as opening one of few', async () => {
  const make = () => first.sharing.create(ann, { roots: [folder] });
  const cost = async (token: string): Promise<number> => {
    const before = cluster.sql.statistics().statements;
    const principal = await first.enter(token);
    await first.sharing.open(token, null);
    await first.sharing.roots(contextOf(principal));
    await first.sharing.countVisit(principal, newId());
    return cluster.sql.statistics().statements - before;
  };
  const few = await cost((await make()).token);
  const { id } = await make();
  await fill(id, 10_000);
  const many = await cost((await make()).token);
  assert.equal(many, few);
  const before = cluster.sql.statistics().statements;
  const page = await first.sharing.list(ann, { limit: 50 }, false);
  assert.equal(page.items.length, 50);
  assert.ok(cluster.sql.statistics().statements - before < 20);
  const next = await first.sharing.list(ann, { limit: 50, cursor: page.next ?? '' }, false);
  assert.ok(next.items.every((link) => !page.items.some((other) => other.id === link.id)));
});

/** Copies of a link, straight into the tables. */
async function fill(id: string, count: number): Promise<void> {
  const queries = await import('./queries.ts');
  await cluster.sql.transaction(async (tx) => {
    const row = await tx.get(queries.linkById, { id });
    assert.ok(row !== undefined);
    const rows = Array.from({ length: count }, () => ({ ...row, id: newId(), token: newId() }));
    await tx.runMany(queries.insertLink, rows);
    await tx.runMany(
      queries.insertRoot,
      rows.map((link) => ({ link_id: link.id, node_id: folder, position: 0 })),
    );
  });
}
