/** What administrators see of mail that waits, and the secret that webhook deliveries are signed with. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';
import type { Routes } from '@volvox/api';
import type { Output } from '@volvox/client';
import { logIn } from './browser-session.ts';
import { asUser, eventually, makeUser, none, refused, startServer, userPassword } from './harness.ts';

type Mail = Output<Routes['listMail']>['items'][number];

const server = await startServer();
const administrator = server.client();
const { id: emmaId } = await makeUser(server, 'emma');
await administrator.call('updateUser', { params: { id: emmaId }, body: { email: 'emma@example.org' } });
await makeUser(server, 'finn');
const finn = server.client(asUser('finn'));

/** A port where nothing listens: one that was just given back. */
async function deadPort(): Promise<number> {
  const listener = createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const address = listener.address();
  listener.close();
  await once(listener, 'close');
  return typeof address === 'object' && address !== null ? address.port : assert.fail();
}

async function set(key: string, value: unknown): Promise<void> {
  await administrator.call('setSetting', { params: { key }, body: { value } });
}

async function waiting(wanted: (mail: Mail) => boolean): Promise<Mail> {
  return eventually('the message is in the queue', async () => {
    const { items } = await administrator.call('listMail', { query: { state: 'waiting' } });
    return items.find(wanted);
  });
}

test('a message that no server takes stays in the queue, is tried again and taken out', async () => {
  await set('mail.port', await deadPort());
  await set('mail.tls', 'none');
  await set('mail.from', 'volvox@example.org');
  await set('mail.host', '127.0.0.1');
  const { client } = await logIn(server.url, 'emma');
  const next = 'a-much-better-one-3';
  await client.call('changePassword', { body: { current: userPassword, next } });
  const tried = await waiting((mail) => mail.template === 'security-notice' && mail.lastError !== null);
  assert.deepEqual([tried.to, tried.attempts], ['emma@example.org', 1]);
  assert.match(tried.lastError ?? '', /ECONNREFUSED|refused|reach/i);
  assert.ok((tried.nextAt ?? 0) > tried.createdAt);
  assert.equal(tried.sentAt, null);
  const sent = await administrator.call('listMail', { query: { state: 'sent' } });
  assert.deepEqual(sent.items, []);

  const before = tried.nextAt;
  await administrator.call('retryMail', { params: { id: tried.id } });
  const again = await waiting(
    ({ id, attempts, nextAt }) => id === tried.id && attempts === 1 && nextAt !== null && nextAt !== before,
  );
  assert.equal(again.lastError, tried.lastError);

  await administrator.call('deleteMail', { params: { id: tried.id } });
  const { items } = await administrator.call('listMail', {});
  assert.ok(!items.some((mail) => mail.id === tried.id));
  await refused('not_found', administrator.call('retryMail', { params: { id: tried.id } }));
  await refused('not_found', administrator.call('deleteMail', { params: { id: none } }));
});

test('the queue is for administrators', async () => {
  await refused('forbidden', finn.call('listMail', {}));
  await refused('forbidden', finn.call('retryMail', { params: { id: none } }));
  await refused('forbidden', finn.call('deleteMail', { params: { id: none } }));
});

test('the secret of the webhook goes in, never comes out, and is noted', async () => {
  const secret = 'signed-with-this-1';
  await refused('forbidden', finn.call('setAuditWebhookSecret', { body: { secret } }));
  await refused('invalid_input', administrator.call('setAuditWebhookSecret', { body: { secret: 'short' } }));
  await administrator.call('setAuditWebhookSecret', { body: { secret } });
  await administrator.call('setAuditWebhookSecret', { body: { secret: null } });
  const noted = await eventually('both are in the audit log', async () => {
    const { items } = await administrator.call('listAudit', { query: { kind: 'setting.changed' } });
    const ours = items.filter((event) => event.details?.['key'] === 'audit.webhook-secret');
    return ours.length === 2 && ours;
  });
  assert.deepEqual(
    noted.map((event) => event.details?.['removed']),
    [true, false],
  );
  const everything = JSON.stringify([
    noted,
    await administrator.call('listSettings', {}),
    await administrator.call('listLogs', { query: { limit: 1000 } }),
    server.output(),
  ]);
  assert.ok(!everything.includes(secret));
});
