/** The audit log from outside: every door leaves where a request came from, and an export proves itself on another machine. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import type { Routes } from '@volvox/api';
import type { Output } from '@volvox/client';
import { asUser, makeFolder, makeUser, refused, spawnVolvox, startServer } from './harness.ts';

type Event = Output<Routes['listAudit']>['items'][number];

const server = await startServer();
const administrator = server.client();
await makeUser(server, 'vera');
const folder = makeFolder();

/** Events soon follow what they tell of. */
async function found(
  query: { kind?: string; q?: string },
  wanted: (event: Event) => boolean,
): Promise<Event> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const { items } = await administrator.call('listAudit', { query });
    const event = items.find(wanted);
    if (event !== undefined) return event;
    assert.ok(Date.now() < deadline, `no such event among ${JSON.stringify(items.slice(0, 3))}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function volvox(...args: readonly string[]): Promise<{ code: number | null; out: string }> {
  const child = spawnVolvox(args, await folder, {});
  child.stdin?.end();
  let out = '';
  child.stdout?.on('data', (data: Buffer) => (out += data.toString()));
  child.stderr?.on('data', (data: Buffer) => (out += data.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, out };
}

test('tells of a change by WebDAV and REST who made it, from where and by which program', async () => {
  const headers = { 'user-agent': 'acceptance/1' };
  const as = asUser('vera');
  await server.fetch('PUT', '/dav/common/by-dav.txt', { as, headers, body: 'x' });
  const created = await found({ kind: 'node.created' }, (e) => e.after?.['name'] === 'by-dav.txt');
  assert.deepEqual([created.actorLogin, created.client, created.via], ['vera', 'acceptance/1', 'password']);
  assert.match(created.address ?? '', /^(?:::ffff:)?127\.0\.0\.1$/);

  const { items } = await server.client(as).call('listWorkspaces');
  const common = items.find((workspace) => workspace.slug === 'common');
  const vera = server.client(as);
  await vera.call('createFolder', { params: { id: common?.rootId ?? '' }, body: { name: 'by-rest' } });
  const made = await found({ kind: 'node.created' }, (e) => e.after?.['name'] === 'by-rest');
  assert.deepEqual([made.actorLogin, made.address], ['vera', created.address]);
});

test('tells of users, settings before and after, refusals and exports', async () => {
  await makeUser(server, 'walt');
  const user = await found({ kind: 'user.created' }, (e) => JSON.stringify(e.after).includes('walt'));
  assert.deepEqual([user.actorLogin, user.address === null], ['admin', false]);

  await administrator.call('setSetting', { params: { key: 'trash.keepDays' }, body: { value: 7 } });
  const setting = await found({ kind: 'setting.changed' }, (e) => e.details?.['key'] === 'trash.keepDays');
  assert.deepEqual([setting.before, setting.after], [{ value: 30 }, { value: 7 }]);

  const vera = server.client(asUser('vera'));
  for (const route of ['listAudit', 'auditStatus', 'mailState', 'listMail'] as const)
    await refused('forbidden', vera.call(route, {}));
  await refused('forbidden', vera.call('verifyAudit', {}));
});

test('an export is proved by the command line, without a server; a changed one is not', async () => {
  const answer = await server.fetch('GET', '/api/v1/admin/audit/export');
  assert.equal(answer.status, 200);
  const text = await answer.text();
  assert.ok(text.split('\n').length > 5);
  const file = path.join(await folder, 'audit.jsonl');
  const key = path.join(await folder, 'audit.pem');
  await writeFile(file, text);
  const { keys } = await administrator.call('auditStatus', {});
  await writeFile(key, keys.map((each) => each.publicKey).join(''));
  const fine = await volvox('audit', 'verify', file, '--key', key);
  assert.deepEqual([fine.code, /holds: \d+ events, signed up to \d+/.test(fine.out)], [0, true], fine.out);
  await writeFile(file, text.replace('"by-dav.txt"', '"by-dav.doc"'));
  const broken = await volvox('audit', 'verify', file, '--key', key);
  assert.equal(broken.code, 1);
  assert.match(broken.out, /DOES NOT HOLD: row \d+ was changed/);
  const live = await administrator.call('verifyAudit', {});
  assert.deepEqual([live.ok, live.fault], [true, null]);
  await found({ kind: 'audit.exported' }, (e) => e.details?.['format'] === 'jsonl');
});

test('a CSV comes as an attachment', async () => {
  const answer = await server.fetch('GET', '/api/v1/admin/audit/export?format=csv&kind=setting.*');
  assert.match(answer.headers.get('content-disposition') ?? '', /^attachment; filename="Volvox-audit\.csv"/);
  assert.match(await answer.text(), /^seq,at,kind,.*\r\n\d+,[^\r]*setting\.changed/);
});

test('secrets of mail go in and never come out', async () => {
  assert.deepEqual(await administrator.call('setMailSecrets', { body: { password: 'hush-hush-1' } }), {
    password: true,
    clientSecret: false,
    refreshToken: false,
    elsewhere: false,
  });
  await found({ kind: 'mail.settings' }, (e) => JSON.stringify(e.details) === '{"secrets":["password"]}');
  const everything = JSON.stringify([
    await administrator.call('mailState', {}),
    await administrator.call('listSettings', {}),
    await administrator.call('listAudit', { query: { limit: 1000 } }),
    await administrator.call('listLogs', { query: { limit: 1000 } }),
    server.output(),
  ]);
  assert.doesNotMatch(everything, /hush-hush-1/);
  await refused('invalid_input', administrator.call('testMail', { body: { to: 'ada@example.org' } }));
});
