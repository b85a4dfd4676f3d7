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
  assert.ok((await load(text)).every((line) => line.outcome === 'unchanged'));
  assert.equal((await node.identity.user(bob?.id ?? '')).displayName, '=1+1');
  assert.equal(await saved(), text);
});

test('a file as Excel writes it in German or French is read, each faulty line by itself', async () => {
  await prepare();
  for (const [sign, yes] of [
    [';', 'WAHR'],
    ['\t', 'oui'],
  ] as const) {
    const name = `x${sign.charCodeAt(0)}`;
    const lines = [
      ['login', 'displayName', 'roles', 'disabled'],
      [name, '"Baker, Ann"', '"Editors;Readers"', yes],
      [`${name}a`, 'one', '', '', 'too many'],
      [`${name}b`, 'too few'],
      [`${name}c`, 'Ünal', '', '', ''],
      [name.toUpperCase(), 'again', '', ''],
    ];
    const loaded = await load(`\uFEFF${lines.map((cells) => cells.join(sign)).join('\r\n')}\r\n`);
    assert.deepEqual(
      loaded.map((each) => each.outcome),
      ['created', 'failed', 'failed', 'created', 'failed'],
    );
    assert.match(loaded[1]?.problem ?? '', /5 cells, for 4 columns/);
    assert.match(loaded[4]?.problem ?? '', /in line 2 already/);
    const made = await node.identity.userByLogin(name);
    assert.deepEqual([made?.displayName, made?.disabled], ['Baker, Ann', true]);
    assert.equal((await node.identity.userByLogin(`${name}c`))?.displayName, 'Ünal');
    assert.equal(await node.identity.userByLogin(`${name}a`), null);
  }
});

test('attributes go in and out by columns of their own, and need a proof, as roles go by them', async () => {
  const first = await load('login,attribute:department,attribute:cost.centre\nann,Sales,\nbob,,=1\n');
  assert.deepEqual(
    first.map((each) => each.outcome),
    ['created', 'created'],
  );
  await node.identity.updateUser(admin, (await node.identity.userByLogin('bob'))?.id ?? '', {
    attributes: { 'cost.centre': '=1', floor: '3' },
  });
  const text = await saved();
  assert.match(text, /,quota,attribute:cost\.centre,attribute:department,attribute:floor\r\n/);
  assert.match(text, /^ann,.*,,Sales,\r\n/m);
  assert.match(text, /^bob,.*,'=1,,3\r\n/m);
  assert.ok((await load(text)).every((line) => line.outcome === 'unchanged'));
  const moved = await load('login;attribute:department\nbob;IT\nann;Sales\n');
  assert.deepEqual(
    moved.map((each) => each.outcome),
    ['changed', 'unchanged'],
  );
  const bob = await node.identity.userByLogin('bob');
  assert.deepEqual(bob?.attributes, { 'cost.centre': '=1', department: 'IT', floor: '3' });
  cluster.clock.time += 11 * 60_000;
  const late = { csv: 'login,attribute:department\nbob,Sales\n', dryRun: false, offset: 0, limit: 1 };
  await assert.rejects(node.identity.transfer.import(admin, late), (error) =>
    isAppError(error, 'step_up_required'),
  );
});

test('a line is told as an editor counts it, after empty lines and cells with breaks in them', async () => {
  await prepare();
  for (const end of ['\n', '\r\n', '\r']) {
    const file = [
      'login,group',
      '',
      ' ',
      'x,"no',
      '',
      'where"',
      '',
      'y,nowhere',
      '"z",nowhere',
      '',
      'Y,',
      '',
    ];
    const loaded = await load(file.join(end), true);
    assert.deepEqual(
      loaded.map(({ login, line, outcome }) => [login, line, outcome]),
      [
        ['x', 4, 'failed'],
        ['y', 8, 'failed'],
        ['z', 9, 'failed'],
        ['Y', 11, 'failed'],
      ],
    );
    assert.match(loaded[3]?.problem ?? '', /in line 8 already/);
  }
});

test('what says nothing new changes nothing; a role with an end that a line gives for good does', async () => {
  await prepare();
  await load('login,roles\nann,Editors\n');
  const id = (await node.identity.userByLogin('ann'))?.id ?? '';
  const again = async (line: string) =>
    (await load(`login,displayName,roles,admin,password\n${line}\n`))[0]?.outcome;
  const before = cluster.journal.length;
  assert.equal(await again('ANN,ann,Editors,no,'), 'unchanged');
  assert.equal(cluster.journal.length, before);
  assert.equal(await again('ann,Ann,,,'), 'changed');
  assert.equal(await again('ann,,Editors;Readers,,'), 'changed');
  assert.equal(await again('ann,,,,correct horse 2'), 'changed', 'nobody knows whether it is the same');
  const editors = (await node.identity.roles.list(admin)).find((role) => role.label === 'Editors');
  const expiresAt = cluster.clock.time + 1e9;
  await node.identity.roles.assign(admin, editors?.id ?? '', { subjectId: id, kind: 'user', expiresAt });
  assert.equal(await again('ann,,Editors,,'), 'changed');
  assert.equal(await again('ann,,Editors,,'), 'unchanged');
});

test('files of other kinds and other columns are refused, admins asked', async () => {
  await node.identity.createUser(admin, { login: 'ann', password: 'correct horse 1' });
  const ann = contextOf((await node.identity.login('ann', 'correct horse 1', client, false)).principal);
  const once = { dryRun: false, offset: 0, limit: 10 };
  const columns = ['name\nx', 'login,passwordHash\nx,y', 'login,login\nx,y', 'login,attribute:\nx,y'];
  for (const text of ['', ...columns, 'login,admin\n"x'])
    await assert.rejects(node.identity.transfer.import(admin, { csv: text, ...once }), (error) =>
      isAppError(error, 'invalid_input'),
    );
  const forbidden = (error: unknown) => isAppError(error, 'forbidden');
  await assert.rejects(node.identity.transfer.import(ann, { csv: 'login\nx', ...once }), forbidden);
  await assert.rejects(async () => {
    for await (const _ of node.identity.transfer.export(ann));
  }, forbidden);
});
