/** What an administrator looks at and turns: status, jobs, logs, settings, metrics, the check. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClient } from '@volvox/client';
import {
  asUser,
  eventually,
  makeTestFolder,
  makeUser,
  refused,
  startServer,
  upload,
  workspaceOf,
} from './harness.ts';

// Below `debug` only requests that failed on our side are logged.
const server = await startServer({ env: { VOLVOX_LOG_LEVEL: 'debug' } });
const client = server.client();
await makeUser(server, 'anna');
const anna = server.client(asUser('anna'));

test('status shows every node, every store, the followers and the duties', async () => {
  const status = await client.call('status');
  assert.deepEqual(
    status.nodes.map((node) => `${node.url} ${node.state}`).sort(),
    server.nodes.map((url) => `${url} ready`).sort(),
  );
  assert.equal(status.stores.length, 8);
  assert.ok(status.stores.every((store) => store.ok && store.error === null));
  assert.deepEqual(status.followers.map((follower) => follower.name).sort(), [
    'activity',
    'audit',
    'collaboration',
    'search',
    'sharing',
  ]);
  assert.ok(status.jobs.length >= 10);
  await eventually('the followers catch up', async () =>
    (await client.call('status')).followers.every((follower) => follower.lag === 0),
  );
  await refused('forbidden', anna.call('status'));
});

test('a duty runs when asked, and its run is in the history', async () => {
  const run = await client.call('runJob', { params: { name: 'uploads.expire' } });
  assert.deepEqual([run.job, run.state, run.error], ['uploads.expire', 'done', null]);
  const { items } = await client.call('listRuns', { query: { job: 'uploads.expire' } });
  assert.equal(items[0]?.id, run.id);
  const { jobs } = await client.call('status');
  assert.equal(jobs.find((job) => job.name === 'uploads.expire')?.lastRun?.id, run.id);
  for (const { name } of jobs) {
    const result = await client
      .call('runJob', { params: { name } })
      .catch((error: { code: string }) => error.code);
    if (result !== 'conflict') assert.ok(typeof result === 'object' && result.state === 'done', name);
  }
  const page = await client.call('listRuns', { query: { limit: 2 } });
  assert.ok(page.next !== null);
  const next = await client.call('listRuns', { query: { limit: 2, cursor: page.next } });
  assert.ok(!next.items.some((item) => page.items.some((seen) => seen.id === item.id)));
  await refused('not_found', client.call('runJob', { params: { name: 'nothing.at-all' } }));
  await refused('forbidden', anna.call('runJob', { params: { name: 'uploads.expire' } }));
  await refused('invalid_input', client.call('listRuns', { query: { cursor: 'nonsense' } }));
});

test('the log of one request is found by the id that the answer names', async () => {
  const missing = await server.fetch('GET', '/api/v1/nodes/00000000-0000-7000-8000-0000000000f1');
  const { requestId, code } = (await missing.json()) as { requestId: string; code: string };
  assert.equal(missing.headers.get('x-request-id'), requestId);
  assert.equal(code, 'not_found');
  const other = await server.fetch('PROPFIND', '/dav/nowhere/', { headers: { depth: '0' } });
  for (const [id, status] of [
    [requestId, 404],
    [other.headers.get('x-request-id') ?? '', 404],
  ] as const) {
    const entry = await eventually('the request is logged', async () => {
      const { items } = await client.call('listLogs', { query: { requestId: id } });
      return items[0];
    });
    assert.equal(entry.fields['status'], status);
    assert.equal(entry.fields['user'], 'admin');
  }
  await refused('forbidden', anna.call('listLogs'));
});

test('logs are filtered, paged, and hold no secret', async () => {
  const { secret } = await client.call('createToken', { body: { kind: 'access_token', label: 'logged?' } });
  await createClient({ baseUrl: server.url, auth: { kind: 'bearer', secret } }).call('listWorkspaces');
  const mark = await server.fetch('GET', '/api/v1/nodes/00000000-0000-7000-8000-0000000000f2');
  const id = mark.headers.get('x-request-id') ?? '';
  await eventually('all is logged', async () => {
    const { items } = await client.call('listLogs', { query: { requestId: id } });
    return items.length > 0;
  });
  const { items } = await client.call('listLogs', { query: { limit: 1000 } });
  assert.ok(!JSON.stringify(items).includes(secret));
  assert.ok(!JSON.stringify(items).includes('correct-horse'));
  assert.ok(!server.output().includes('correct-horse'));
  assert.deepEqual(
    items.map((entry) => entry.at),
    items.map((entry) => entry.at).toSorted((a, b) => b - a),
  );
  const page = await client.call('listLogs', { query: { limit: 1 } });
  assert.ok(page.items.length === 1 && page.next !== null);
  const next = await client.call('listLogs', { query: { limit: 1, cursor: page.next } });
  assert.notEqual(next.items[0]?.id, page.items[0]?.id);
  const future = await client.call('listLogs', { query: { after: Date.now() + 60_000 } });
  assert.deepEqual(future.items, []);
  await refused('invalid_input', client.call('listLogs', { query: { cursor: 'nonsense' } }));
});

test('a setting holds at once, without a restart, and its history is kept', async () => {
  const key = 'dav.infinityLimit';
  const folder = await makeTestFolder(client);
  await upload(client, folder.id, 'f', 'x');
  const listAll = async (): Promise<number> => {
    const target = `/dav/common/${folder.name}/`;
    const answer = await server.fetch('PROPFIND', target, { headers: { depth: 'infinity' } });
    await answer.text();
    return answer.status;
  };
  assert.equal(await listAll(), 207);
  const set = await client.call('setSetting', { params: { key }, body: { value: 0 } });
  assert.deepEqual([set.value, set.default, set.isDefault], [0, 10_000, false]);
  assert.equal(await listAll(), 403);
  await client.call('unsetSetting', { params: { key } });
  assert.equal(await listAll(), 207);
  const { items } = await client.call('settingHistory', { params: { key } });
  assert.ok(items.some((entry) => entry.value === 0 && entry.actor !== null));
  const listed = (await client.call('listSettings')).items.find((setting) => setting.key === key);
  assert.deepEqual([listed?.value, listed?.isDefault], [10_000, true]);
});

test('settings refuse what breaks their rules, and a change of somebody else', async () => {
  const set = (key: string, value: unknown, revision?: number) =>
    client.call('setSetting', {
      params: { key },
      body: { value, ...(revision === undefined ? {} : { revision }) },
    });
  await refused('not_found', set('no.such.setting', 1));
  await refused('invalid_input', set('trash.keepDays', 'thirty'));
  await refused('invalid_input', set('trash.keepDays', -1));
  await refused('invalid_input', set('branding.name', ''));
  const { revision } = await set('branding.name', 'One');
  await set('branding.name', 'Two', revision);
  const stale = await set('branding.name', 'Three', revision).catch((error: { code: string }) => error.code);
  assert.ok(stale === 'conflict' || stale === 'precondition_failed', String(stale));
  await refused(
    'forbidden',
    anna.call('setSetting', { params: { key: 'branding.name' }, body: { value: 'x' } }),
  );
  await refused('forbidden', anna.call('listSettings'));
});

test('a setting survives a restart', async () => {
  const first = await startServer();
  const key = 'branding.name';
  await first.client().call('setSetting', { params: { key }, body: { value: 'Kept' } });
  await first.stop();
  const second = await startServer({ data: first.data });
  const { items } = await second.client().call('listSettings');
  assert.equal(items.find((setting) => setting.key === key)?.value, 'Kept');
});

test('metrics count requests by route, and know followers and stores', async () => {
  await client.call('listWorkspaces');
  await server.fetch('PROPFIND', '/dav/common/', { headers: { depth: '0' } });
  const text = await (await server.fetch('GET', '/metrics', { as: { kind: 'session' } })).text();
  for (const name of [
    'volvox_http_request_duration_seconds_bucket',
    'volvox_http_bytes_total',
    'volvox_follower_lag',
    'volvox_store_duration_seconds_count',
    'volvox_log_entries_dropped_total',
    'volvox_build_info',
    'volvox_event_loop_delay_seconds',
    'process_cpu_seconds_total',
    'process_resident_memory_bytes',
  ])
    assert.ok(
      text.includes(`\n${name}`),
      `${name} lacks; there is:\n${[...new Set(text.match(/^[a-z_]+/gm))].join(' ')}`,
    );
  assert.match(text, /listWorkspaces/);
  assert.doesNotMatch(text, /test-[0-9a-f]{8}-/, 'no addresses in labels: their number has no bound');
});

test('the check finds nothing wrong, deep and shallow, after all sorts of changes', async () => {
  const folder = await makeTestFolder(client);
  const file = await upload(client, folder.id, 'f', 'x'.repeat(100_000));
  await client.call('replaceContent', { params: { id: file.id }, body: 'y' });
  await client.call('copyNode', {
    params: { id: folder.id },
    body: { parentId: folder.parentId ?? '', name: 'copied' },
  });
  await client.call('deleteNode', { params: { id: folder.id } });
  for (const body of [{}, { deep: true }, { deep: true, repair: true }]) {
    const report = await client.call('runCheck', { body });
    assert.deepEqual(report, { findings: [], total: 0, repaired: 0 });
  }
  await refused('forbidden', anna.call('runCheck', { body: {} }));
  assert.ok((await workspaceOf(client, 'common')).used > 0);
});

test('probes need no credentials and tell nothing but states', async () => {
  const ready = await server.fetch('GET', '/readyz', { as: { kind: 'session' } });
  const text = await ready.text();
  assert.equal(ready.status, 200);
  assert.ok(!text.includes(server.data), 'no paths of the machine');
});
