/** The command line as it is called: at a running node, without one, and at another server by its address. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import type { TeamDetails, Token, User } from '@volvox/api';
import {
  admin,
  asUser,
  makeFolder,
  refused,
  spawnVolvox,
  startServer,
  storesOf,
  testWhere,
  usesFolder,
  type Environment,
} from './harness.ts';
import { column } from '../harness/stores.ts';

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly error: string;
}

interface Run {
  readonly env?: Environment;
  readonly input?: string;
}

async function volvox(args: readonly string[], { env = {}, input = '' }: Run = {}): Promise<Ended> {
  const child = spawnVolvox(args, await folder, env);
  child.stdin?.on('error', () => {}); // it need not read
  child.stdin?.end(input);
  let [out, error] = ['', ''];
  child.stdout?.on('data', (data: Buffer) => (out += data.toString()));
  child.stderr?.on('data', (data: Buffer) => (error += data.toString()));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, out, error })));
}

const folder = makeFolder();
const server = await startServer();
/** What tells a command of this data folder, and of the stores that go with it. */
const on = async (data: string): Promise<Environment> => ({ ...(await storesOf(data)), VOLVOX_DATA: data });
const running = await on(server.data);
const stopped = await on(path.join(await folder, 'stopped'));
{
  const made = await volvox(['setup'], {
    env: { ...stopped, VOLVOX_ADMIN_LOGIN: admin.login, VOLVOX_ADMIN_PASSWORD: admin.password },
  });
  assert.equal(made.code, 0, made.error);
}
const { secret } = await server.client().call('createToken', {
  body: { kind: 'access_token', label: 'cli', scopes: ['admin', 'account', 'files:write'] },
});

/** The three ways in which a command reaches Volvox. */
const ways: readonly [string, readonly string[], Environment][] = [
  ['a running node', [], running],
  ['no running node', [], stopped],
  ['another server', ['--server', server.url], { VOLVOX_TOKEN: secret }],
];

for (const [way, flags, env] of ways) {
  const stoppedIsTheSame = way === 'no running node' && !usesFolder;
  const testOfWay = (name: string, run: () => Promise<void>): void =>
    testWhere(
      !stoppedIsTheSame,
      'commands open the stores themselves, whether a node runs or not',
      name,
      run,
    );
  const login = `via-${way.replaceAll(' ', '-')}`;

  const json = async <T>(args: readonly string[], input = ''): Promise<T> => {
    const ended = await volvox([...flags, '--json', ...args], { env, input });
    assert.equal(ended.code, 0, `${args.join(' ')}: ${ended.error}`);
    return JSON.parse(ended.out) as T;
  };
  const text = async (...args: readonly string[]): Promise<string> => {
    const ended = await volvox([...flags, ...args], { env });
    assert.equal(ended.code, 0, `${args.join(' ')}: ${ended.error}`);
    assert.doesNotMatch(ended.out, /\u001b/, 'no colours where there is no terminal');
    return ended.out;
  };
  const fails = async (code: number, pattern: RegExp, ...args: readonly string[]): Promise<void> => {
    const ended = await volvox([...flags, ...args], { env });
    assert.deepEqual([ended.code, ended.out], [code, ''], `${args.join(' ')}: ${ended.error}`);
    assert.match(ended.error, pattern);
    assert.doesNotMatch(ended.error, /\n\s+at /, 'no stack');
  };

  testOfWay(`status, check and duties of ${way}`, async () => {
    const status = await json<{ nodes: unknown[]; stores: { ok: boolean }[]; jobs: unknown[] }>(['status']);
    assert.equal(status.stores.filter((store) => store.ok).length, 8);
    assert.equal(status.nodes.length, way === 'no running node' ? 0 : server.nodes.length);
    assert.match(await text('status'), way === 'no running node' ? /no node is running/ : /ready/);
    assert.match(await text('check'), /everything is consistent/);
    assert.deepEqual(await json(['check', '--deep', '--repair']), { findings: [], total: 0, repaired: 0 });
    assert.ok(Array.isArray(await json(['job', 'history'])));
    // Where nodes know each other a command runs duties under the same leases as they do.
    if (way === 'no running node' && column.registry === undefined)
      return fails(1, /no node is running/, 'job', 'run', 'uploads.expire');
    assert.match(await text('job', 'list'), /uploads\.expire/);
    assert.match(await text('job', 'run', 'uploads.expire'), /uploads\.expire: done/);
    await fails(
      2,
      /unknown duty uploads\.expir \(did you mean uploads\.expire\?\)/,
      'job',
      'run',
      'uploads.expir',
    );
  });

  testOfWay(`settings of ${way}`, async () => {
    assert.match(await text('config', 'list'), /trash\.keepDays +30 +yes/);
    assert.equal((await json<{ value: number }>(['config', 'set', 'trash.keepDays', '7'])).value, 7);
    assert.equal(await text('config', 'get', 'trash.keepDays'), '7\n');
    assert.equal(await json(['config', 'get', 'trash.keepDays']), 7);
    await text('config', 'unset', 'trash.keepDays');
    assert.equal(await text('config', 'get', 'trash.keepDays'), '30\n');
    assert.match(await text('config', 'validate'), /^valid: \d+ settings/);
    await text('config', 'set', 'branding.name', 'Our files');
    assert.equal(await text('config', 'get', 'branding.name'), 'Our files\n');
    await fails(2, /did you mean trash\.keepDays\?/, 'config', 'get', 'trash.keepDay');
    await fails(2, /did you mean trash\.keepDays\?/, 'config', 'set', 'trash.keepdays', '1');
    await fails(2, /unknown setting/, 'config', 'unset', 'nonsense');
    await fails(2, /keepDays/, 'config', 'set', 'trash.keepDays', 'soon');
  });

  testOfWay(`users, groups and workspaces of ${way}`, async () => {
    const made = await json<User>(
      ['user', 'add', login, '--name', 'Some One', '--quota', '1GiB'],
      'long-password-1\n',
    );
    assert.deepEqual(
      [made.login, made.displayName, made.quota, made.admin],
      [login, 'Some One', 2 ** 30, false],
    );
    assert.match(await text('user', 'list'), new RegExp(`${login} +Some One`));
    await text('user', 'disable', login);
    assert.ok((await json<User[]>(['user', 'list'])).find((user) => user.login === login)?.disabled);
    await text('user', 'enable', login);
    const changed = await json<User>(['user', 'password', login], 'other-password-2');
    assert.deepEqual([changed.disabled, changed.id], [false, made.id]);
    await fails(2, /no user has the login nobody/, 'user', 'disable', 'nobody');
    await fails(2, /no password on standard input/, 'user', 'add', 'silent');
    await fails(2, /bytes/, 'user', 'add', 'x', '--quota', 'much');
    await fails(1, /conflict/, 'user', 'remove', admin.login);
    await text('group', 'add', 'Sales');
    await text('group', 'add', 'North', '--below', 'Sales');
    assert.match(await text('group', 'list'), /North +Sales/);
    await fails(1, /conflict/, 'group', 'remove', 'Sales');
    await text('group', 'remove', 'North');
    await text('group', 'remove', 'Sales');
    await fails(2, /no group Sale/, 'group', 'remove', 'Sale');
    await text('workspace', 'add', login, '--name', 'Made here', '--quota', '5GB');
    assert.match(await text('workspace', 'list'), /Made here +shared +0 +5000000000/);
    assert.match(await text('workspace', 'quota', login, 'none'), /none/);
    await fails(2, /no workspace/, 'workspace', 'quota', 'nowhere', '1');
    await text('user', 'remove', login);
  });

  testOfWay(`teams of ${way}`, async () => {
    const [crew, mate] = [`Crew ${login}`, `mate-${login}`];
    await json<User>(['user', 'add', mate, '--name', 'First Mate'], 'long-password-1\n');
    if (flags.length === 0) await fails(2, /say whose with --owner/, 'team', 'create', crew);
    const owner = flags.length === 0 ? ['--owner', admin.login] : [];
    const made = await json<TeamDetails>(['team', 'create', crew, ...owner, '--description', 'all hands']);
    assert.deepEqual([made.name, made.description, made.members.length], [crew, 'all hands', 1]);
    assert.match(await text('team', 'list'), new RegExp(`${crew} .*${made.id}`));
    await text('team', 'add-member', crew, mate, '--manager');
    assert.match(await text('team', 'show', crew), /First Mate +manager/);
    await text('team', 'rename', crew, `${crew} II`);
    await fails(2, /no team/, 'team', 'show', crew);
    await text('team', 'remove-member', made.id, mate);
    const shown = await json<TeamDetails>(['team', 'show', made.id]);
    assert.deepEqual([shown.name, shown.members.map((each) => each.role)], [`${crew} II`, ['owner']]);
    await fails(2, /no user has the login nobody/, 'team', 'add-member', made.id, 'nobody');
    await fails(1, /conflict/, 'team', 'remove-member', made.id, admin.login);
    assert.match(await text('team', 'delete', `${crew} II`), /deleted/);
    assert.doesNotMatch(await text('team', 'list'), new RegExp(made.id));
    await text('user', 'remove', mate);
  });

  testOfWay(`tokens of ${way}`, async () => {
    const user = ['--user', admin.login];
    const made = await json<{ token: Token; secret: string }>([
      'token',
      'add',
      'script',
      ...user,
      '--days',
      '1',
    ]);
    assert.deepEqual([made.token.scopes, made.token.label], [['files:read', 'files:write'], 'script']);
    assert.ok((made.token.expiresAt ?? 0) > Date.now());
    const app = await text('token', 'add', 'phone', ...user, '--app-password');
    if (way !== 'no running node') {
      await server.client({ kind: 'bearer', secret: made.secret }).call('listWorkspaces');
      await server.client(asUser(admin.login, app.trim())).call('listWorkspaces');
    }
    assert.match(await text('token', 'list', ...user), /script/);
    await text('token', 'revoke', made.token.id, ...user);
    if (way !== 'no running node')
      await refused('unauthenticated', server.client({ kind: 'bearer', secret: made.secret }).call('me'));
    await fails(1, /not_found/, 'token', 'revoke', made.token.id, ...user);
    await fails(1, /no user nobody/, 'token', 'list', '--user', 'nobody');
    await fails(2, /one of files:read/, 'token', 'add', 'x', ...user, '--scope', 'everything');
    await fails(2, /required option/, 'token', 'list');
  });
}

test('names every wrong setting at once, whatever the command, and touches nothing', async () => {
  const env = {
    ...stopped,
    VOLVOX_LISTEN: 'nowhere',
    VOLVOX_SQL: 'oracle:x',
    VOLVOX_TYPO: '1',
    VOLVOX_TRUST_PROXY: 'all',
  };
  for (const command of [['start'], ['status'], ['config', 'validate'], ['setup']]) {
    const ended = await volvox(command, { env: { ...env, VOLVOX_DATA: path.join(await folder, 'never') } });
    assert.equal(ended.code, 2);
    for (const name of ['VOLVOX_LISTEN', 'VOLVOX_SQL', 'VOLVOX_TYPO', 'VOLVOX_TRUST_PROXY'])
      assert.match(ended.error, new RegExp(name), command.join(' '));
  }
  assert.ok(!existsSync(path.join(await folder, 'never')));
});

test('looking makes no data folder', async () => {
  const env = { VOLVOX_DATA: path.join(await folder, 'nothing') };
  const ended = await volvox(['user', 'list'], { env });
  assert.deepEqual([ended.code, /there is no data folder/.test(ended.error)], [1, true], ended.error);
  assert.equal((await volvox(['config', 'validate'], { env })).code, 0);
  assert.ok(!existsSync(env.VOLVOX_DATA));
});

testWhere(
  usesFolder,
  'nothing lies in the data folder, so nodes may share it',
  'a second node on the same data says what is in the way',
  async () => {
    const second = await volvox(['start', '--listen', '127.0.0.1:0'], { env: running });
    assert.equal(second.code, 1);
    assert.match(second.error, new RegExp(`in use by process ${server.pid}`));
  },
);

test('a node on a taken port says what is in the way', async () => {
  const { host } = new URL(server.url);
  const taken = await volvox(['start', '--listen', host], { env: stopped });
  assert.equal(taken.code, 3);
  assert.match(taken.error, /VOLVOX_LISTEN.*in use/);
});

test('a server that is not there, or that refuses the token', async () => {
  const status = (env: Environment, url = server.url) => volvox(['--server', url, 'status'], { env });
  assert.equal((await status({ VOLVOX_TOKEN: secret }, 'http://127.0.0.1:1')).code, 3);
  assert.deepEqual((await status({ VOLVOX_TOKEN: 'wrong' })).code, 1);
  const without = await status({});
  assert.deepEqual([without.code, /VOLVOX_TOKEN/.test(without.error)], [2, true]);
  assert.equal((await status({ VOLVOX_TOKEN: secret }, 'nonsense')).code, 2);
});

test('helps, and suggests what was meant', async () => {
  const help = await volvox(['--help']);
  assert.equal(help.code, 0);
  for (const command of ['start', 'setup', 'status', 'config', 'check', 'user', 'token', 'completion'])
    assert.match(help.out, new RegExp(`\n  ${command}`));
  assert.match((await volvox(['user', 'add', '--help'])).out, /--quota/);
  assert.match((await volvox(['--version'])).out, /^\d+\.\d+\.\d+\n$/);
  for (const [args, meant] of [
    [['statsu'], 'status'],
    [['config', 'lst'], 'list'],
    [['status', '--jsno'], '--json'],
  ] as const) {
    const ended = await volvox(args);
    assert.deepEqual([ended.code, ended.out], [2, '']);
    assert.match(ended.error, new RegExp(`Did you mean ${meant}\\?`));
  }
  for (const shell of ['bash', 'zsh', 'fish'])
    assert.match((await volvox(['completion', shell])).out, /validate/);
  assert.equal((await volvox(['completion', 'tcsh'])).code, 2);
});

test('sets up from a file, all or nothing as far as its settings go', async () => {
  const data = path.join(await folder, 'from-file');
  const env = await on(data);
  const file = path.join(await folder, 'setup.yaml');
  const setup = async (yaml: string): Promise<Ended> => {
    await writeFile(file, yaml);
    return volvox(['--json', 'setup', '--from', file], { env });
  };
  const people = `admin: { login: boss, password: very-long-password }
users:
  - { login: anna, password: another-password, displayName: Anna, quota: 1000 }
`;
  assert.equal((await setup('admin: [')).code, 2);
  assert.equal((await setup('admin: { login: boss }')).code, 2);
  assert.match((await setup(`${people}colour: red`)).error, /unknown colour/);
  assert.match(
    (await setup(`${people}settings: { trash.keepDay: 1 }`)).error,
    /unknown setting trash\.keepDay/,
  );
  assert.equal((await setup(`${people}settings: { trash.keepDays: soon }`)).code, 2);
  const done = await setup(`${people}settings: { trash.keepDays: 3, branding.name: Ours }`);
  assert.deepEqual([done.code, done.error], [0, '']);
  assert.deepEqual(JSON.parse(done.out), { login: 'boss', users: 1, settings: 2 });
  const again = await setup(people);
  assert.deepEqual([again.code, /set up already/.test(again.error)], [1, true]);
  assert.equal((await volvox(['setup', '--from', '/nowhere.yaml'], { env })).code, 2);
  const server = await startServer({ data, setUp: false });
  const boss = server.client(asUser('boss', 'very-long-password'));
  const { items } = await boss.call('listUsers');
  assert.deepEqual(
    items.map((user) => [user.login, user.admin, user.quota]),
    [
      ['anna', false, 1000],
      ['boss', true, null],
    ],
  );
  const { items: settings } = await boss.call('listSettings');
  assert.equal(settings.find((setting) => setting.key === 'trash.keepDays')?.value, 3);
  const { items: made } = await boss.call('listAudit', { query: { kind: 'user.created' } });
  assert.deepEqual(
    made.map(({ after, actorLogin }) => [after?.['login'], actorLogin]),
    [
      ['anna', 'setup'],
      ['boss', 'setup'],
    ],
  );
  const { items: changed } = await boss.call('listAudit', { query: { kind: 'setting.changed' } });
  assert.deepEqual(
    changed.map(({ actorLogin, details, before, after }) => [
      actorLogin,
      details?.['key'],
      before?.['value'],
      after?.['value'],
    ]),
    [
      ['setup', 'branding.name', 'Volvox', 'Ours'],
      ['setup', 'trash.keepDays', 30, 3],
    ],
  );
});

test('a node that was killed leaves no lock behind, and keeps what was acknowledged', async () => {
  const first = await startServer();
  await first.client().call('createUser', { body: { login: 'kept', password: 'long-password-1' } });
  process.kill(first.pid, 'SIGKILL');
  await first.stop();
  const second = await startServer({ data: first.data });
  assert.equal((await second.client().call('listUsers', { query: { q: 'kept' } })).items.length, 1);
});
