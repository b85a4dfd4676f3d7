import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Context } from '../../kernel/context.ts';
import { newId } from '../../kernel/ids.ts';
import { contextOf } from '../identity/testing.ts';
import { openNodes, outcome, visitor, type SharingCluster, type SharingNode } from './testing.ts';
import { statementsOf } from '../../testing/counted-sql.ts';

const folder = newId();
let cluster: SharingCluster;
let nodes: readonly SharingNode[];
let first: SharingNode;
let ann: Context;
before(async () => {
  ({ cluster, nodes, first, ann } = await openNodes(folder));
});
after(() => cluster.close());

const whole = { nodeId: folder, versionId: 'v', resumes: false };

test('fifty downloads at once from three nodes take the ten that are left, and no more', async () => {
  const { token, id } = await first.sharing.create(ann, { roots: [folder], maxDownloads: 10 });
  const asked = Array.from({ length: 50 }, async (_, n) => {
    const node = nodes[n % nodes.length] ?? first;
    const principal = await node.enter(token);
    return outcome(node.sharing.countDownload(principal, `visitor ${n}`, whole));
  });
  const answers = await Promise.all(asked);
  assert.equal(answers.filter((answer) => answer === 'done').length, 10);
  assert.equal(answers.filter((answer) => answer === 'gone').length, 40);
  assert.equal((await first.sharing.get(ann, id)).downloads, 10);
});

test('a download goes on for an hour, and then is another one', async () => {
  const { token } = await first.sharing.create(ann, { roots: [folder], maxDownloads: 2 });
  const take = async (node: SharingNode, who: string, resumes: boolean) =>
    outcome(node.sharing.countDownload(await node.enter(token), who, { ...whole, resumes }));
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
  assert.equal(await outcome(second.enter(token)), 'not_found');
  assert.equal(await outcome(second.sharing.open(token, null)), 'not_found');
  await first.sharing.update(ann, id, { disabled: false });
  const principal = await second.enter(token);
  await first.sharing.revoke(ann, [id]);
  assert.equal(await outcome(second.enter(token)), 'not_found');
  const inside = cluster.sql.transaction((tx) => second.access.current(tx, contextOf(principal)));
  assert.equal(await outcome(inside), 'unauthenticated', 'nor does a write under way go on');
});

test('an address is what was said of it, to the sign and the case', async () => {
  await first.sharing.create(ann, { roots: [folder], slug: 'to-the-sign' });
  assert.equal(await outcome(first.sharing.open('to-the-sign', null)), 'done');
  for (const other of ['to-the-sign ', 'To-the-sign', 'to-the-sign\0', 'to-the-sígn', ' to-the-sign'])
    assert.equal(await outcome(first.sharing.open(other, null)), 'not_found', JSON.stringify(other));
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
  assert.equal(await outcome(first.sharing.visitOf(principal)), 'gone');
  assert.equal(await outcome(first.enter(token)), 'gone');
});

test('passwords are guessed as slowly on three nodes as on one', async () => {
  const { token } = await first.sharing.create(ann, { roots: [folder], password: 'right' });
  const answers: string[] = [];
  for (let n = 0; n < 9; n++) {
    const node = nodes[n % nodes.length] ?? first;
    answers.push(await outcome(node.sharing.visit(token, null, { password: `wrong ${n}` }, visitor)));
  }
  assert.deepEqual(answers.slice(0, 5), Array<string>(5).fill('unauthenticated'));
  assert.deepEqual(answers.slice(5), Array<string>(4).fill('too_many_requests'));
  const elsewhere = { address: '203.0.113.9', userAgent: 'x' };
  const cookie = await first.sharing.visit(token, null, { password: 'right' }, elsewhere);
  assert.equal((await nodes[2]?.enter(token, cookie))?.via, 'link', 'a cookie of one node holds on all');
  assert.equal(await outcome(first.enter(token, '')), 'unauthenticated');
});

test('changes, revocations and downloads at once neither hang nor get lost', async () => {
  const made = await Promise.all(
    Array.from({ length: 6 }, () => first.sharing.create(ann, { roots: [folder] })),
  );
  const all = made.map(({ id }) => id);
  await Promise.all(
    made.flatMap(({ id, token }, n) => [
      ...nodes.map((node) => outcome(node.sharing.update(ann, id, { label: `label ${n}` }))),
      outcome(first.enter(token).then((who) => first.sharing.countDownload(who, 'x', whole))),
      outcome(nodes[1]?.sharing.revoke(ann, all.slice(0, 3)) ?? Promise.resolve()),
    ]),
  );
  for (const [n, { id }] of made.entries()) {
    if (n < 3) assert.equal(await outcome(first.sharing.get(ann, id)), 'not_found');
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
    await outcome(first.sharing.visit(token, null, { recipientKey: keyIn(0) }, visitor)),
    'unauthenticated',
  );
  await first.sharing.update(ann, id, { recipients: ['new@example.org'] });
  assert.equal(await outcome(first.enter(token, cookie)), 'unauthenticated');
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
  assert.equal(await outcome(first.enter(kept.token)), 'not_found');
});

test('opening one of ten thousand links costs as many statements as opening one of few', async () => {
  const make = () => first.sharing.create(ann, { roots: [folder] });
  const cost = (token: string): Promise<number> =>
    statementsOf(cluster.sql, async () => {
      const principal = await first.enter(token);
      await first.sharing.open(token, null);
      await first.sharing.roots(contextOf(principal));
      await first.sharing.countVisit(principal, newId());
    });
  const few = await cost((await make()).token);
  const { id } = await make();
  await fill(id, 10_000);
  const many = await cost((await make()).token);
  assert.equal(many, few);
  const list = () => first.sharing.list(ann, { limit: 50 }, false);
  const page = await list();
  assert.equal(page.items.length, 50);
  assert.ok((await statementsOf(cluster.sql, list)) < 20);
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

test('a page of links that lead to a place looks at so many, however many of them lead nowhere', async () => {
  const place = newId();
  const owner = await cluster.owner(first, 'lea', place);
  const gone = await cluster.owner(first, 'gus', place);
  const { id: open } = await first.sharing.create(owner, { roots: [place] });
  for (let n = 0; n < 620; n++) await first.sharing.create(gone, { roots: [place] });
  const admin = contextOf(
    await first.identity.principalOf((await first.identity.userByLogin('root'))?.id ?? ''),
  );
  await first.identity.updateUser(admin, gone.principal.userId ?? '', { disabled: true });
  let page = await first.sharing.leadingTo(owner, [place], { limit: 10 });
  assert.deepEqual(page.items, []);
  assert.ok(page.next !== null, 'there is more, but not in this answer');
  const cursor = page.next;
  const spent = await statementsOf(cluster.sql, async () => {
    page = await first.sharing.leadingTo(owner, [place], { limit: 10, cursor });
  });
  assert.deepEqual([page.items.map(({ id }) => id), page.next], [[open], null]);
  assert.ok(spent < 20, `${spent} statements`);
});

test('a page of links of one state looks at so many, however many are of another', async () => {
  const place = newId();
  const owner = await cluster.owner(first, 'max', place);
  const { id: off } = await first.sharing.create(owner, { roots: [place] });
  await first.sharing.update(owner, off, { disabled: true });
  await fill((await first.sharing.create(owner, { roots: [place] })).id, 520);
  let page = await first.sharing.list(owner, { state: 'disabled', limit: 10 }, false);
  assert.deepEqual(page.items, []);
  assert.ok(page.next !== null, 'there is more, but not in this answer');
  const cursor = page.next;
  const spent = await statementsOf(cluster.sql, async () => {
    page = await first.sharing.list(owner, { state: 'disabled', limit: 10 }, false);
  });
  assert.ok(spent <= 2, `${spent} statements`);
  page = await first.sharing.list(owner, { state: 'disabled', limit: 10, cursor }, false);
  assert.deepEqual([page.items.map(({ id }) => id), page.next], [[off], null]);
});

test('where a password is demanded it is one that is worth the name', async (t) => {
  const { id } = await first.sharing.create(ann, { roots: [folder], password: 'x' });
  cluster.settings['links.passwordRequired'] = true;
  t.after(() => (cluster.settings['links.passwordRequired'] = false));
  const made = (password: string) => outcome(first.sharing.create(ann, { roots: [folder], password }));
  assert.deepEqual(
    [await made('seven77'), await made('👩‍👩‍👧12'), await made('eight888')],
    ['forbidden', 'forbidden', 'done'],
  );
  assert.equal(await outcome(first.sharing.update(ann, id, { password: 'short' })), 'forbidden');
  assert.equal(await outcome(first.sharing.update(ann, id, { label: 'as it was' })), 'done');
});
