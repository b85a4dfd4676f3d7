/** Configuration, secrets and registry, each alone, while all else stays: what was in them is the same, and nodes on the old place give way. */
import assert from 'node:assert/strict';
import { after, before, describe, test, type TestContext } from 'node:test';
import { skipReason } from '../../packages/server/src/testing/servers/index.ts';
import { problemOf } from '../faults/problem.ts';
import { admin, startServer, type ServerProcess } from '../harness/server-process.ts';
import { makePlaces, type Column } from '../harness/stores.ts';
import { makeTemplate, type Template } from '../harness/template.ts';
import { runMigrate } from './run-migrate.ts';

const skip = skipReason('etcd') || skipReason('vault');

interface Kept {
  readonly cookie: string;
}

/** The token of forms is made with a secret of the cluster, so it tells whether that is the same. */
async function formToken({ url }: ServerProcess, cookie: string): Promise<string> {
  const answer = await fetch(`${url}/api/v1/session`, { headers: { cookie } });
  assert.equal(answer.status, 200);
  return ((await answer.json()) as { csrfToken: string }).csrfToken;
}

async function settingsOf({ client }: ServerProcess): Promise<unknown> {
  return (await client.call('listSettings')).items.map(({ key, value }) => ({ key, value }));
}

const put = (server: ServerProcess, name: string): Promise<Response> =>
  server.request('PUT', `/dav/common/${name}`, { body: name });

const setKeepDays = (server: ServerProcess, value: number): Promise<Response> =>
  server.request('PUT', '/api/v1/admin/settings/trash.keepDays', {
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ value }),
  });

// A node on a new registry waits a minute for those on the old one, which it cannot see.
describe('small stores', { skip, timeout: 300_000, concurrency: true }, () => {
  let template: Template<Kept>;
  before(async () => {
    template = await makeTemplate(async (server) => {
      assert.equal((await setKeepDays(server, 17)).status, 200);
      assert.equal((await put(server, 'kept.txt')).status, 201);
      const answer = await fetch(`${server.url}/api/v1/session`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ ...admin, remember: true }),
      });
      return { cookie: answer.headers.getSetCookie()[0]?.split(';')[0] ?? '' };
    });
  });
  after(() => template.remove());

  interface Moved {
    /** On the old place, after the move. */
    readonly old: ServerProcess;
    /** On the new one; the old one is ended, and did not start again. */
    next(): Promise<ServerProcess>;
    readonly seen: Readonly<Record<'settings' | 'token', unknown>>;
    readonly stages: ReadonlySet<string>;
  }

  async function move(t: TestContext, column: Column, variable: string): Promise<Moved> {
    const [data, places] = [await template.copy(), await makePlaces(column)];
    const running: ServerProcess[] = [];
    t.after(async () => {
      for (const server of running) await server.kill('SIGKILL');
      await places.remove();
      await data.remove();
    });
    const serve = async (env: Readonly<Record<string, string>>): Promise<ServerProcess> => {
      const server = await startServer(data, env);
      running.push(server);
      return server;
    };
    const old = await serve({});
    const { cookie } = template.state;
    const seen = { settings: await settingsOf(old), token: await formToken(old, cookie) };
    const stages = new Set<string>();
    const run = await runMigrate(
      { folder: data.folder, environment: {} },
      { folder: '', environment: places.environment },
      { onStage: (stage) => void stages.add(stage) },
    );
    assert.equal(run.code, 0, run.errors);
    const { state, moved, tables } = JSON.parse(run.output) as Record<string, unknown>;
    assert.deepEqual([state, moved, tables], ['done', [variable], []]);
    return {
      ...{ old, seen, stages },
      async next() {
        await old.kill('SIGTERM');
        await assert.rejects(serve({}), new RegExp(`${variable} was moved to`));
        const next = await serve(places.environment);
        assert.equal((await put(next, 'after.txt')).status, 201);
        assert.equal(await (await next.request('GET', '/dav/common/kept.txt')).text(), 'kept.txt');
        assert.deepEqual((await next.client.call('runCheck', { body: { deep: true } })).findings, []);
        return next;
      },
    };
  }

  async function requireHeld(old: ServerProcess): Promise<void> {
    for (const refused of [await put(old, 'late.txt'), await setKeepDays(old, 5)])
      assert.deepEqual([refused.status, (await problemOf(refused)).code], [503, 'read_only']);
  }

  test('settings alone go to etcd, and are changed there', async (t) => {
    const { old, seen, next } = await move(t, { config: 'etcd' }, 'VOLVOX_CONFIG');
    await requireHeld(old);
    const moved = await next();
    assert.deepEqual(await settingsOf(moved), seen.settings);
    assert.equal((await setKeepDays(moved, 18)).status, 200);
    assert.notDeepEqual(await settingsOf(moved), seen.settings);
  });

  test('secrets alone go to Vault: sessions and what was signed with them hold', async (t) => {
    const { old, seen, next } = await move(t, { vault: 'vault' }, 'VOLVOX_VAULT');
    await requireHeld(old);
    const moved = await next();
    assert.equal(await formToken(moved, template.state.cookie), seen.token);
    assert.deepEqual(await settingsOf(moved), seen.settings);
  });

  test('the registry alone goes to etcd, and nobody is kept from writing', async (t) => {
    const { old, seen, next, stages } = await move(t, { registry: 'etcd' }, 'VOLVOX_REGISTRY');
    assert.equal(stages.has('read-only'), false);
    assert.equal((await put(old, 'until-the-end.txt')).status, 201);
    const moved = await next();
    assert.equal(
      await (await moved.request('GET', '/dav/common/until-the-end.txt')).text(),
      'until-the-end.txt',
    );
    assert.deepEqual(await settingsOf(moved), seen.settings);
    assert.equal((await moved.client.call('status')).nodes.length, 1);
  });
});
