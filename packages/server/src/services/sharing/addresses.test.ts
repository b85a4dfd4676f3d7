/** An address that a link had is nobody else's for a month. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Context } from '../../kernel/context.ts';
import { newId } from '../../kernel/ids.ts';
import { contextOf } from '../identity/testing.ts';
import { keptAddress } from './queries.ts';
import { openNodes, outcome, type SharingCluster, type SharingNode } from './testing.ts';

const dayMs = 86_400_000;
const [folder, other] = [newId(), newId()];
let cluster: SharingCluster;
let nodes: readonly SharingNode[];
let first: SharingNode;
let ann: Context;
let bob: Context;
before(async () => {
  ({ cluster, nodes, first, ann } = await openNodes(folder));
  bob = await cluster.owner(first, 'bob', other);
});
after(() => cluster.close());

/** `done`, or what is answered to whoever asks for an address that another link has. */
async function take(who: Context, slug: string, node = first): Promise<string> {
  const roots = [who === ann ? folder : other];
  try {
    await node.sharing.create(who, { roots, slug });
    return 'done';
  } catch (error) {
    const { code, message, details } = error as Error & { code: string; details: unknown };
    return JSON.stringify({ code, message, details });
  }
}

const taken = JSON.stringify({
  code: 'conflict',
  message: 'this address is taken',
  details: { reason: 'slug' },
});

test('the address of a revoked link is kept for its owner, and free for all after thirty days', async () => {
  const { id } = await first.sharing.create(ann, { roots: [folder], slug: 'revoked' });
  assert.equal(await take(bob, 'revoked'), taken, 'as long as the link lives');
  await first.sharing.revoke(ann, [id]);
  assert.equal(await take(bob, 'revoked'), taken, 'the same answer');
  assert.equal(await outcome(first.sharing.open('revoked', null)), 'not_found');
  cluster.clock.time += 30 * dayMs - 1;
  assert.equal(await take(bob, 'revoked'), taken);
  assert.equal(await first.sharing.expire(), 0, 'nothing has come to its end');
  cluster.clock.time += 1;
  assert.equal(await take(bob, 'revoked'), 'done', 'without a duty having run');
});

test('its owner may have it again at once, and then nobody else', async () => {
  const { id } = await first.sharing.create(ann, { roots: [folder], slug: 'again' });
  await first.sharing.revoke(ann, [id]);
  assert.equal(await take(ann, 'again'), 'done');
  cluster.clock.time += 40 * dayMs;
  assert.equal(await take(bob, 'again'), taken, 'it has a link');
});

test('a link that gets another address leaves the old one kept; a random one is not', async () => {
  const link = await first.sharing.create(ann, { roots: [folder], slug: 'before' });
  await first.sharing.update(ann, link.id, { slug: 'afterwards' });
  assert.equal(await take(bob, 'before'), taken);
  const bobs = await first.sharing.create(bob, { roots: [other] });
  assert.equal(await outcome(first.sharing.update(bob, bobs.id, { slug: 'before' })), 'conflict');
  assert.equal((await first.sharing.get(bob, bobs.id)).token, bobs.token, 'as it was');
  await first.sharing.update(ann, link.id, { slug: 'before' });
  assert.equal(await take(bob, 'afterwards'), taken);
  await first.sharing.update(ann, link.id, { slug: null });
  assert.equal(await take(bob, 'before'), taken, 'back to a random one');
  await first.sharing.revoke(bob, [bobs.id]);
  assert.equal(await cluster.sql.reader.get(keptAddress, { token: bobs.token }), undefined);
});

test('of many who want an address while its link is revoked, on three nodes, only the owner gets it', async () => {
  for (let round = 0; round < 5; round++) {
    const slug = `race-${round}`;
    const { id } = await first.sharing.create(ann, { roots: [folder], slug });
    const [answers] = await Promise.all([
      Promise.all(Array.from({ length: 9 }, (_, n) => take(bob, slug, nodes[n % nodes.length]))),
      first.sharing.revoke(ann, [id]),
    ]);
    assert.deepEqual(new Set(answers), new Set([taken]));
    assert.equal(await take(ann, slug), 'done');
  }
});

test('whoever takes over from a removed user has the kept addresses too', async () => {
  const admin = contextOf(
    await first.identity.principalOf((await first.identity.userByLogin('root'))?.id ?? ''),
  );
  const carl = await cluster.owner(first, 'carl', folder);
  const make = async (slug: string): Promise<void> => {
    const { id } = await first.sharing.create(carl, { roots: [folder], slug });
    await first.sharing.revoke(carl, [id]);
  };
  await make('inherited');
  const successor = ann.principal.userId;
  await first.identity.deleteUser(admin, carl.principal.userId ?? '', { handTo: successor });
  assert.equal(await take(bob, 'inherited'), taken);
  assert.equal(await take(ann, 'inherited'), 'done');
  const dora = await cluster.owner(first, 'dora', folder);
  await first.sharing.create(dora, { roots: [folder], slug: 'orphaned' });
  await first.identity.deleteUser(admin, dora.principal.userId ?? '');
  assert.equal(await take(bob, 'orphaned'), taken, 'her link went with her');
  cluster.clock.time += 30 * dayMs;
  assert.ok((await first.sharing.expire()) > 0, 'forgotten');
  assert.equal(await take(bob, 'orphaned'), 'done');
});
