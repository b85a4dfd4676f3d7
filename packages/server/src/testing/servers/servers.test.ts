import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { type TestContext, afterEach, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { alive } from './family.ts';
import { type ServerKind, serverKinds, sharedServer, skipReason, startServer } from './index.ts';
import { keepers } from './keepers.fixtures.ts';
import { recipes } from './recipes.ts';
import { type Running, run } from './running.ts';
import { until } from '../expectations.ts';

async function own(kind: ServerKind, t: TestContext) {
  const recipe = recipes.get(kind);
  const program = recipe?.find();
  assert.ok(recipe && program);
  const server = await run(recipe, program);
  t.after(() => server.stop());
  const answers = () => recipe.answers(server.port, server.folder).catch(() => false);
  const environment = recipe.environment?.(server.folder) ?? {};
  return { server, answers, access: { url: recipe.url(server.port), environment } };
}

const isGone = ({ pid, folder }: Pick<Running, 'pid' | 'folder'>) => !alive(pid) && !existsSync(folder);

for (const kind of serverKinds) {
  test(
    `${kind}: answers, is killed, comes back with its data, and leaves nothing`,
    { skip: skipReason(kind) },
    async (t) => {
      const { server, answers, access } = await own(kind, t);
      assert.equal(await answers(), true);
      const keeper = keepers[kind];
      await keeper?.write(access, 'kept');

      const { pid, folder } = server;
      await server.kill();
      assert.equal(alive(pid), false);
      assert.equal(await answers(), false);

      await server.start();
      assert.notEqual(server.pid, pid);
      assert.equal(await answers(), true);
      if (keeper) assert.equal(await keeper.read(access), 'kept');

      const second = server.pid;
      await server.stop();
      assert.ok(isGone({ pid: second, folder }));
    },
  );
}

test(
  'postgres: a frozen server stops its open connections too',
  { skip: skipReason('postgres') },
  async (t) => {
    const { server, answers, access } = await own('postgres', t);
    const client = new pg.Client({ connectionString: access.url });
    await client.connect();
    server.freeze();
    let answered = false;
    const query = client.query('select 1').then(() => (answered = true));
    assert.equal(await answers(), false);
    assert.equal(answered, false);
    server.thaw();
    await query;
    assert.equal(await answers(), true);
    await client.end();
  },
);

describe('the end of a test process', { skip: skipReason('redis') || skipReason('postgres') }, () => {
  const started = async (
    t: TestContext,
    ...more: string[]
  ): Promise<{ child: ChildProcess; servers: Running[] }> => {
    const program = fileURLToPath(new URL('./servers.child.ts', import.meta.url));
    const child = spawn(process.execPath, ['--no-warnings', program, 'redis', 'postgres', ...more], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    t.after(() => child.kill('SIGKILL'));
    let text = '';
    for await (const chunk of child.stdout) {
      text += String(chunk);
      if (text.endsWith('\n')) break;
    }
    return { child, servers: JSON.parse(text) as Running[] };
  };

  test('ends its servers when it is killed', async (t) => {
    const { child, servers } = await started(t);
    assert.ok(servers.length === 2 && servers.every(({ pid, folder }) => alive(pid) && existsSync(folder)));
    child.kill('SIGKILL');
    await until(() => servers.every(isGone), 'servers outlive the process that started them');
  });

  test('leaves nothing of a server that it had killed before', async (t) => {
    const { child, servers } = await started(t, 'killed');
    assert.ok(servers.every(({ pid, folder }) => pid === 0 && existsSync(folder)));
    child.kill('SIGKILL');
    await until(() => servers.every(({ folder }) => !existsSync(folder)), 'its folder stays');
  });

  test('is not held up by them, and ends them when it has nothing more to do', async (t) => {
    const { child, servers } = await started(t);
    child.stdin?.end();
    const [code] = await once(child, 'exit');
    assert.equal(code, 0);
    await until(() => servers.every(isGone), 'servers outlive the process that started them');
  });
});

describe('a shared server', () => {
  const names = ['VOLVOX_TEST_REDIS', 'VOLVOX_TEST_SERVERS', 'CI'];
  const saved = Object.fromEntries(names.map((name) => [name, process.env[name]]));
  afterEach(() => {
    for (const name of names)
      if (saved[name] === undefined) delete process.env[name];
      else process.env[name] = saved[name];
  });

  test('is the one that the environment names', async () => {
    delete process.env['VOLVOX_TEST_SERVERS'];
    process.env['VOLVOX_TEST_REDIS'] = '{"url":"redis://10.0.0.1:6379/0","environment":{"A":"b"}}';
    const expected = { kind: 'redis', url: 'redis://10.0.0.1:6379/0', environment: { A: 'b' } };
    assert.deepEqual(await sharedServer('redis'), expected);
    process.env['VOLVOX_TEST_REDIS'] = '{"environment":{}}';
    await assert.rejects(sharedServer('redis'), /VOLVOX_TEST_REDIS/);
  });

  test('is none where none is wanted, even where CI is set', async () => {
    process.env['VOLVOX_TEST_SERVERS'] = 'none';
    process.env['CI'] = '1';
    assert.equal(await sharedServer('redis'), null);
    await assert.rejects(startServer('redis'), /none/);
  });

  test('is started once per process', { skip: skipReason('redis') }, async () => {
    delete process.env['VOLVOX_TEST_REDIS'];
    const [one, two] = await Promise.all([sharedServer('redis'), sharedServer('redis')]);
    assert.ok(one);
    assert.equal(one, two);
  });
});
