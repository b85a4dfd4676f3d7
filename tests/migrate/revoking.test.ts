/** Access can be taken away while everything is being moved, and what was taken away does not come back on the other side. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test, type TestContext } from 'node:test';
import { ApiError } from '@volvox/client';
import { problemOf } from '../faults/problem.ts';
import { atEnd } from '../harness/at-end.ts';
import { makeDataFolder } from '../harness/data-folder.ts';
import { startServer, type ServerProcess } from '../harness/server-process.ts';
import { makeTemplate, type Template } from '../harness/template.ts';
import { annaPassword, populate, type Kept } from './populate.ts';
import { runMigrate, type Side } from './run-migrate.ts';

let template: Template<Kept>;
before(async () => {
  template = await makeTemplate(async (server) => {
    const kept = await populate(server);
    // The keys of the provider are made when somebody asks for them first: not while secrets can only be read.
    assert.deepEqual(await askForDevice(server), [200, '']);
    return kept;
  });
});
after(() => template.remove());

interface World {
  readonly from: Side;
  readonly to: Side;
  readonly server: ServerProcess;
  /** After the move. */
  moved(): Promise<ServerProcess>;
}

/** A server whose move was killed in the part in which nothing may be changed. */
async function frozen(t: TestContext): Promise<World> {
  const [source, folder] = [await template.copy(), await makeDataFolder()];
  atEnd(t, () => Promise.all([source.remove(), folder.remove()]));
  const serve = async (side: Side): Promise<ServerProcess> => {
    const token = source.token ?? '';
    const server = await startServer({ folder: side.folder, token, remove: async () => {} });
    atEnd(t, () => server.kill('SIGKILL'));
    return server;
  };
  const from = { folder: source.folder, environment: {} };
  const to = { folder: path.join(folder.folder, 'data'), environment: {} };
  const server = await serve(from);
  const killed = await runMigrate(from, to, {
    onStage: (stage, kill) => {
      if (stage === 'secrets') kill();
    },
  });
  assert.equal(killed.code, null, killed.errors);
  assert.equal((await server.request('PUT', '/dav/files/new.txt', { body: 'x' })).status, 503);
  return {
    ...{ from, to, server },
    async moved() {
      const run = await runMigrate(from, to);
      assert.equal(run.code, 0, run.errors);
      return serve(to);
    },
  };
}

/** Anna's token, app password, session and password. */
async function lettingIn({ url }: ServerProcess): Promise<readonly number[]> {
  const { token, appPassword, cookie } = template.state;
  const basic = (secret: string): string => `Basic ${Buffer.from(`anna:${secret}`).toString('base64')}`;
  const answers = await Promise.all([
    fetch(`${url}/api/v1/workspaces`, { headers: { authorization: `Bearer ${token}` } }),
    fetch(`${url}/dav/`, {
      method: 'PROPFIND',
      headers: { authorization: basic(appPassword), depth: '0' },
    }),
    fetch(`${url}/api/v1/session`, { headers: { cookie } }),
    fetch(`${url}/api/v1/workspaces`, { headers: { authorization: basic(annaPassword) } }),
  ]);
  return answers.map(({ status }) => status);
}

/** Asks for a code by which a device would be let in: [status, code of the refusal]. */
async function askForDevice({ url }: ServerProcess): Promise<readonly [number, string]> {
  const discovered = await fetch(`${url}/.well-known/openid-configuration`);
  const { device_authorization_endpoint: endpoint } = (await discovered.json()) as Record<string, string>;
  const answer = await fetch(new URL(new URL(endpoint ?? '').pathname, url), {
    method: 'POST',
    body: new URLSearchParams({ client_id: 'volvox-cli', scope: 'openid offline_access' }),
  });
  const { error = '' } = (await answer.json()) as { error?: string };
  return [answer.status, error];
}

const readOnly = (error: unknown): boolean => error instanceof ApiError && error.code === 'read_only';

test('a token and a session that end while nothing else may be changed have ended on the other side', async (t) => {
  const { server, moved } = await frozen(t);
  assert.deepEqual(await lettingIn(server), [200, 207, 200, 200]);
  const { client } = server;
  const tokens = (await client.call('adminListTokens', { params: { login: 'anna' } })).items;
  const idOf = (kind: string): string => tokens.find((token) => token.kind === kind)?.id ?? '';
  const revoke = (kind: string): Promise<unknown> =>
    client.call('adminRevokeToken', { params: { login: 'anna', id: idOf(kind) } });
  await revoke('access_token');
  const { csrfToken } = (await (
    await fetch(`${server.url}/api/v1/session`, { headers: { cookie: template.state.cookie } })
  ).json()) as { csrfToken: string };
  const ended = await fetch(`${server.url}/api/v1/session`, {
    method: 'DELETE',
    headers: { cookie: template.state.cookie, 'x-csrf-token': csrfToken },
  });
  assert.equal(ended.status, 204, await ended.clone().text());
  assert.deepEqual(await lettingIn(server), [401, 207, 401, 200]);

  assert.deepEqual(await askForDevice(server), [200, '']);
  const target = await moved();
  assert.deepEqual(await lettingIn(target), [401, 207, 401, 200]);
  // What apps are given here, and what is taken from them, is known on the other side only.
  assert.deepEqual(await askForDevice(server), [503, 'temporarily_unavailable']);
  assert.deepEqual(await askForDevice(target), [200, '']);
  // Here it would hold for nobody: who asks is told so.
  await assert.rejects(revoke('app_password'), readOnly);
  await target.client.call('adminRevokeToken', { params: { login: 'anna', id: idOf('app_password') } });
  assert.deepEqual(await lettingIn(target), [401, 401, 401, 200]);
});

test('to lock an account at once the move is given up, and taken up again', async (t) => {
  const { from, server, moved } = await frozen(t);
  const users = (await server.client.call('listUsers', { query: {} })).items;
  const id = users.find(({ login }) => login === 'anna')?.id ?? '';
  const lock = (): Promise<unknown> =>
    server.client.call('updateUser', { params: { id }, body: { disabled: true } });
  await assert.rejects(lock(), readOnly);
  const aborted = await runMigrate(from, null, { flags: ['--abort'] });
  assert.equal(aborted.code, 0, aborted.errors);
  await lock();
  assert.deepEqual(await lettingIn(server), [401, 401, 401, 401]);
  const target = await moved();
  assert.deepEqual(await lettingIn(target), [401, 401, 401, 401]);
  const refused = await server.request('PUT', '/dav/files/new.txt', { body: 'x' });
  assert.deepEqual([refused.status, (await problemOf(refused)).code], [503, 'read_only']);
});
