import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { User } from '@volvox/api';
import type { Context } from '../../kernel/context.ts';
import { queriesOf } from '../../stores/sql/query.ts';
import { insertGroup } from './group-queries.ts';
import type { IdentityTables } from './tables.ts';
import { client, contextOf, openCluster, setUp, type TestCluster, type TestNode } from './testing.ts';
import { insertUser } from './user-queries.ts';
import { indexMissing } from './words.ts';
import { statementsOf } from '../../testing/counted-sql.ts';

const secret = 'correct horse 1';
let cluster: TestCluster;
let node: TestNode;
let admin: Context;
let ann: Context;
before(async () => {
  cluster = await openCluster();
  ({ node, admin } = await setUp(cluster));
  await create('ann', 'Ann Baker', 'ann@hidden.example');
  await create('anna.lund@mail.example', 'Änna Lund');
  await create('joanna', 'Jo Anna');
  await create('gone', 'Anna Gone');
  const gone = await node.identity.userByLogin('gone');
  await node.identity.updateUser(admin, gone?.id ?? '', { disabled: true });
  await node.identity.createGroup(admin, 'Annual report', null);
  ann = contextOf((await node.identity.login('ann', secret, client, false)).principal);
  await node.identity.teams.create(ann, { name: 'Team Anna' });
});
after(() => cluster.close());

const create = (login: string, displayName: string, email: string | null = null): Promise<User> =>
  node.identity.createUser(admin, { login, password: secret, displayName, email });
const names = async (q: string, by = ann): Promise<readonly string[]> =>
  (await node.identity.people.search(by, q, 20)).map((each) => each.name);

test('finds by beginnings of words, without case and accents, best first; not oneself, not who is shut out', async () => {
  assert.deepEqual(await names('ANNA'), ['Änna Lund', 'Jo Anna', 'Team Anna']);
  assert.deepEqual(await names('ann'), ['Annual report', 'Änna Lund', 'Jo Anna', 'Team Anna']);
  assert.deepEqual(await names('lu an'), ['Änna Lund']);
  assert.deepEqual(await names('nna'), []);
  assert.deepEqual(await names('%'), []);
  assert.deepEqual(await names(' '), []);
});

test('mail addresses are neither found nor shown, unless the setting says so', async () => {
  const other = contextOf((await node.identity.login('joanna', secret, client, false)).principal);
  assert.deepEqual(await names('hidden', other), []);
  assert.deepEqual(await names('mail', other), []);
  const shown = JSON.stringify(await node.identity.people.search(other, 'ann', 20));
  assert.ok(!shown.includes('@'), shown);
  cluster.settings['people.showEmail'] = true;
  assert.deepEqual(await names('hidden', other), ['Ann Baker']);
  cluster.settings['people.showEmail'] = false;
});

test('what was made by an earlier version is indexed later', async () => {
  const user = await bareUser('late', 'Late Comer');
  await cluster.sql.transaction((tx) => tx.run(insertUser, user));
  assert.deepEqual(await names('comer'), []);
  const index = () => indexMissing(cluster.sql.background, (work) => cluster.sql.transaction(work));
  assert.equal(await index(), 1);
  assert.equal(await index(), 0);
  assert.deepEqual(await names('comer'), ['Late Comer']);
});

/** A row as it was before people had words. */
async function bareUser(login: string, displayName: string) {
  const root = (await node.identity.groups(admin)).find((group) => group.parentId === null);
  return {
    ...{ id: crypto.randomUUID(), roleId: crypto.randomUUID(), login, displayName, email: null },
    ...{ passwordHash: '', admin: 0, disabled: 0, groupId: root?.id ?? '', quota: null, folded: login },
    ...{
      kind: 'person' as const,
      locale: null,
      expiresAt: null,
      source: '',
      externalId: null,
      invitedBy: null,
      at: 1,
    },
  };
}

test('10,000 users and 1,000 groups cost the statements that a few do, and do not hold the event loop', async () => {
  const work: Record<string, () => Promise<unknown>> = {
    login: () => node.identity.login('ann', secret, client, false),
    list: () => node.identity.users(admin, { limit: 100 }),
    find: () => node.identity.users(admin, { limit: 100, q: 'an' }),
    people: () => node.identity.people.search(ann, 'per', 20),
    rare: () => node.identity.people.search(ann, 'person7777', 20),
    several: () => node.identity.people.search(ann, 'person 77 group', 20),
    listed: () => node.identity.users(admin, { limit: 100, q: 'lu an' }),
    groups: () => node.identity.groups(admin),
    principal: () => node.identity.principalOf(ann.principal.userId ?? ''),
  };
  for (const each of Object.values(work)) await each();
  const small = await countEach(work);
  const base = await bareUser('x', 'x');
  const groups = Array.from({ length: 1000 }, (_, i) => ({
    ...{ id: crypto.randomUUID(), parentId: base.groupId, name: `Group ${i}` },
    ...{ roleId: crypto.randomUUID(), source: '', externalId: null },
  }));
  const users = Array.from({ length: 10_000 }, (_, i) => ({
    ...base,
    ...{ id: crypto.randomUUID(), roleId: crypto.randomUUID(), login: `p${i}` },
    ...{ displayName: `Person ${i} Person${i}`, groupId: groups[i % 1000]?.id ?? '' },
  }));
  await cluster.sql.transaction(async (tx) => {
    await tx.runMany(insertGroup, groups);
    await tx.runMany(insertUser, users);
  });
  await indexMissing(cluster.sql.background, (run) => cluster.sql.transaction(run));
  assert.equal((await cluster.sql.reader.get(countWords, {}))?.count, 10_000 + 1000);
  for (const each of Object.values(work)) await each();
  assert.deepEqual(await countEach(work), small);
  assert.deepEqual(await names('person7777'), ['Person 7777 Person7777']);
  assert.equal((await names('per')).length, 20);
  // Everybody has the longer word, few the other; then nobody has both; then everybody has both.
  assert.deepEqual(await names('person 7777'), ['Person 7777 Person7777']);
  assert.deepEqual(await names('group 777'), ['Group 777']);
  assert.deepEqual(await names('group p7'), []);
  const listed = async (q: string, limit: number): Promise<readonly string[]> =>
    (await node.identity.users(admin, { limit, q })).items.map(({ login }) => login);
  assert.deepEqual(await listed('person 777', 100), [
    'p777',
    ...Array.from({ length: 10 }, (_, i) => `p777${i}`),
  ]);
  assert.deepEqual(await listed('person perso', 3), ['p0', 'p1', 'p10']);
  assert.deepEqual(await listed('person group', 3), []);
});

async function countEach(work: Record<string, () => Promise<unknown>>): Promise<Record<string, number>> {
  const counted: Record<string, number> = {};
  for (const [name, each] of Object.entries(work)) counted[name] = await statementsOf(cluster.sql, each);
  return counted;
}

const countWords = queriesOf<IdentityTables>()<Record<string, never>, { count: number }>((db) =>
  db
    .selectFrom('user_words')
    .select((f) => f.fn.count<number>('subject_id').distinct().as('count'))
    .where((on) => on.or([on('word', '=', 'person'), on('word', '=', 'group')])),
);
