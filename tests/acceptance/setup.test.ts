import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClient } from '@volvox/client';
import { admin, asAdmin, refused, startServer } from './harness.ts';

const session = { kind: 'session' } as const;

test('until set-up is done nothing but set-up, probes and pages is served; the printed link sets up once', async () => {
  const server = await startServer({ setUp: false });
  const client = createClient({ baseUrl: server.url });
  assert.deepEqual((await client.call('getSetup')).required, true);
  await refused('setup_required', client.call('login', { body: admin }));
  await refused('setup_required', server.client().call('listWorkspaces'));
  assert.equal((await server.fetch('PROPFIND', '/dav/common/')).status, 503);
  assert.equal((await server.fetch('POST', '/api/v1/uploads')).status, 503);
  assert.equal((await server.fetch('GET', '/healthz', { as: session })).status, 200);
  assert.equal((await server.fetch('GET', '/readyz', { as: session })).status, 200);

  const link = /Set it up here, once: (\S+)/.exec(server.output())?.[1];
  assert.ok(link !== undefined && server.nodes.includes(new URL(link).origin), server.output());
  const key = new URL(link).searchParams.get('key') ?? '';
  assert.equal((await fetch(link, { headers: { accept: 'text/html' } })).status, 200);

  await refused('unauthenticated', client.call('runSetup', { body: { key: 'guess', ...admin } }));
  await refused('invalid_input', client.call('runSetup', { body: { key, ...admin, login: 'no good' } }));
  await refused(
    'invalid_input',
    client.call('runSetup', { body: { key, login: 'admin', password: 'admin' } }),
  );
  const me = await client.call('runSetup', { body: { key, ...admin, displayName: 'The Boss' } });
  assert.equal(me.user.displayName, 'The Boss');
  assert.ok(me.user.admin && me.csrfToken !== null);
  assert.equal((await client.call('getSetup')).required, false);
  await refused('conflict', client.call('runSetup', { body: { key, ...admin, login: 'second' } }));
  const { items } = await server.client().call('listUsers');
  assert.deepEqual(
    items.map((user) => user.login),
    ['admin'],
  );
  assert.equal((await server.fetch('PROPFIND', '/dav/common/', { headers: { depth: '0' } })).status, 207);
});

test('the link stays the same over a restart, and is gone after set-up', async () => {
  const first = await startServer({ setUp: false });
  const linkOf = (output: string): string | undefined => /key=(\S+)/.exec(output)?.[1];
  const key = linkOf(first.output());
  assert.ok(key);
  assert.equal(await first.stop(), 0);
  const second = await startServer({ setUp: false, data: first.data });
  assert.equal(linkOf(second.output()), key);
  await createClient({ baseUrl: second.url }).call('runSetup', {
    body: { key: decodeURIComponent(key), ...admin },
  });
  await second.stop();
  const third = await startServer({ setUp: false, data: first.data });
  assert.equal(linkOf(third.output()), undefined);
  assert.equal((await third.client().call('getSetup')).required, false);
});

test('the variables set up once, and change nothing later', async () => {
  const first = await startServer();
  assert.equal((await first.client().call('listUsers')).items.length, 1);
  await first.stop();
  const second = await startServer({
    data: first.data,
    env: { VOLVOX_ADMIN_LOGIN: 'other', VOLVOX_ADMIN_PASSWORD: 'something-else-9' },
  });
  const { items } = await second.client(asAdmin).call('listUsers');
  assert.deepEqual(
    items.map((user) => user.login),
    ['admin'],
  );
});
