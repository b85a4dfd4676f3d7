import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import type { ImportLine } from '@volvox/api';
import type { Context } from '../../kernel/context.ts';
import { isAppError } from '../../kernel/errors.ts';
import { client, contextOf, openCluster, setUp, type TestCluster, type TestNode } from './testing.ts';

let cluster: TestCluster;
let node: TestNode;
let admin: Context;
beforeEach(async () => {
  cluster = await openCluster();
  ({ node, admin } = await setUp(cluster));
});
afterEach(() => cluster.close());

async function load(csv: string, dryRun = false): Promise<ImportLine[]> {
  const lines: ImportLine[] = [];
  let offset: number | null = 0;
  while (offset !== null) {
    const part = await node.identity.transfer.import(admin, { csv, dryRun, offset, limit: 2 });
    lines.push(...part.lines);
    offset = part.next;
  }
  return lines;
}
async function saved(): Promise<string> {
  let text = '';
  for await (const part of node.identity.transfer.export(admin)) text += part;
  return text;
}

const csv = [
  'login,displayName,email,group,roles,admin,password',
  'ann,"Baker, Ann",ann@mail.example,staff/inner,Editors; Readers,no,correct horse 1',
  'bob,Bob,,,,,',
  'bad login,x,,,,,',
  'cid,Cid,,nowhere,,,',
  'dora,Dora,,,Nobody,,',
  'eve,Eve,,,,maybe,',
  'fay,Fay,,,,,short',
].join('\n');

async function prepare(): Promise<void> {
  const staff = await node.identity.createGroup(admin, 'staff', null);
  await node.identity.createGroup(admin, 'inner', staff.id);
  await node.identity.roles.create(admin, { label: 'Editors' });
  await node.identity.roles.create(admin, { label: 'Readers' });
}

test('each line by itself: made, changed or failed, and a dry run tells the same without doing it', async () => {
  await prepare();
  const outcomes = (lines: readonly ImportLine[]) => lines.map((each) => `${each.line} ${each.outcome}`);
  const expected = ['2 created', '3 created', '4 failed', '5 failed', '6 failed', '7 failed', '8 failed'];
  assert.deepEqual(outcomes(await load(csv, true)), expected);
  assert.equal(await node.identity.userByLogin('ann'), null);
  const lines = await load(csv);
  assert.deepEqual(outcomes(lines), expected);
  assert.match(lines[3]?.problem ?? '', /no group "nowhere"/);
  const ann = await node.identity.userByLogin('ann');
  assert.deepEqual([ann?.displayName, ann?.email, ann?.admin], ['Baker, Ann', 'ann@mail.example', false]);
  assert.equal((await node.identity.roles.ofUser(admin, ann?.id ?? '')).length, 5);
  await node.identity.login('ann', 'correct horse 1', client, false);
  assert.deepEqual(outcomes(await load('login,email\nANN,new@mail.example\n')), ['2 changed']);
  const changed = await node.identity.user(ann?.id ?? '');
  assert.deepEqual([changed.email, changed.displayName], ['new@mail.example', 'Baker, Ann']);
});

test('what comes out goes in again, and no cell is a formula', async () => {
  await prepare();
  await load(csv);
  const bob = await node.identity.userByLogin('bob');
  await node.identity.updateUser(admin, bob?.id ?? '', { displayName: '=1+1', email: '+1@x.example' });
  const text = await saved();
  assert.match(text, /^bob,'=1\+1,'\+1@x\.example,/m);
  assert.match(text, /^ann,"Baker, Ann",ann@mail\.example,staff\/inner,Editors;Readers,false,false,/m);
  assert.ok(!text.includes('correct horse') && !text.includes('password'));
  assert.ok((await load(text)).every((line) => line.outcome === 'changed'));
  assert.equal((await node.identity.user(bob?.id ?? '')).displayName, '=1+1');
  assert.equal(await saved(), text);
});

test('files of other kinds and other columns are refused, admins asked', async () => {
  await node.identity.createUser(admin, { login: 'ann', password: 'correct horse 1' });
  const ann = contextOf((await node.identity.login('ann', 'correct horse 1', client, false)).principal);
  const once = { dryRun: false, offset: 0, limit: 10 };
  for (const text of ['', 'name\nx', 'login,passwordHash\nx,y', 'login,admin\n"x'])
    await assert.rejects(node.identity.transfer.import(admin, { csv: text, ...once }), (error) =>
      isAppError(error, 'invalid_input'),
    );
  const forbidden = (error: unknown) => isAppError(error, 'forbidden');
  await assert.rejects(node.identity.transfer.import(ann, { csv: 'login\nx', ...once }), forbidden);
  await assert.rejects(async () => {
    for await (const _ of node.identity.transfer.export(ann));
  }, forbidden);
});
