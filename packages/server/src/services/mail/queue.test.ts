import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { isAppError } from '../../kernel/errors.ts';
import { queriesOf } from '../../stores/sql/query.ts';
import type { MailMessage, MailService, QueuedMail } from './api.ts';
import { pauses } from './sender.ts';
import type { MailTables } from './tables.ts';
import { openTestMail, startMailServer, type TestMail, type TestMailServer } from './testing.ts';
import { untilIs } from '../../testing/expectations.ts';

const minute = 60_000;
const token = 'sEcReT-tOkEn';
const define = queriesOf<MailTables>();
const rowsOf = define<Record<string, never>, MailTables['mail_queue']>((db) =>
  db.selectFrom('mail_queue').selectAll().orderBy('id'),
);
const dataOf = define<Record<string, never>, { data: string | null }>((db) =>
  db.selectFrom('mail_queue').select('data'),
);

let server: TestMailServer;
let mail: TestMail;
let refuse: { at: 'rcpt' | 'data' | 'drop'; code: number; text: string } | null;

beforeEach(async () => {
  refuse = null;
  server = await startMailServer({
    onRcptTo: (_address, _session, callback) =>
      refuse?.at === 'rcpt'
        ? callback(Object.assign(new Error(refuse.text), { responseCode: refuse.code }))
        : callback(),
  });
  mail = await openTestMail(server.port);
});
afterEach(async () => {
  await mail.close();
  await server.close();
});

const reset = (to: string): MailMessage => ({
  to,
  template: 'password-reset',
  locale: 'de-AT',
  data: { name: 'Ada', link: `https://files.example.org/reset#${token}`, minutes: 30 },
});

const put = (service: MailService, message: MailMessage): Promise<void> =>
  mail.sql.transaction((tx) => service.enqueue(tx, message));

/** The first mail, when it is as wanted. */
async function until(service: MailService, wanted: (mail: QueuedMail) => boolean): Promise<QueuedMail> {
  const [first] = await untilIs(
    async () => (await service.queue({ limit: 1 })).items,
    ([mail]) => mail !== undefined && wanted(mail),
    String(wanted),
  );
  assert.ok(first);
  return first;
}

test('sends after the commit, in the language of the recipient, and forgets what could let somebody in', async () => {
  const { api } = await mail.node();
  await put(api, reset('ada@example.org'));
  const sent = await until(api, ({ state }) => state === 'sent');
  assert.deepEqual([sent.attempts, sent.sentAt, sent.lastError], [1, mail.now, null]);
  const [received] = server.received;
  assert.deepEqual([received?.from, received?.to], ['files@example.org', ['ada@example.org']]);
  assert.match(received?.source ?? '', /Auto-Submitted: auto-generated/);
  assert.match(received?.source ?? '', /Neues Passwort setzen/);
  assert.match(received?.source ?? '', new RegExp(`Message-ID: <${sent.id}@example.org>`, 'i'));
  assert.deepEqual(await mail.sql.reader.all(dataOf, {}), [{ data: null }]);
  assert.doesNotMatch(mail.logged.join(), new RegExp(token));
});

test('sends nothing of a transaction that is rolled back', async () => {
  const { api } = await mail.node();
  const undone = mail.sql.transaction(async (tx) => {
    await api.enqueue(tx, reset('ada@example.org'));
    throw new Error('no');
  });
  await assert.rejects(undone, /no/);
  await put(api, reset('bob@example.org'));
  await until(api, ({ state }) => state === 'sent');
  assert.deepEqual(
    server.received.map(({ to }) => to),
    [['bob@example.org']],
  );
});

test('waits until there is a mail server to send by', async () => {
  mail.set('mail.host', '');
  const { api } = await mail.node();
  assert.equal(api.configured(), false);
  await put(api, reset('ada@example.org'));
  assert.equal((await until(api, () => true)).state, 'waiting');
  mail.set('mail.host', '127.0.0.1');
  await until(api, ({ state }) => state === 'sent');
});

test('two nodes share the work, and never send one message twice', async () => {
  mail.set('mail.host', '');
  const { api } = await mail.node();
  await mail.node();
  for (let i = 0; i < 60; i++) await put(api, reset(`user${i}@example.org`));
  mail.set('mail.host', '127.0.0.1');
  const deadline = Date.now() + 20_000;
  while ((await api.queue({ state: 'sent', limit: 100 })).items.length < 60) {
    assert.ok(Date.now() < deadline, 'waited in vain');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const to = server.received.flatMap((received) => received.to).toSorted();
  assert.equal(to.length, 60);
  assert.equal(new Set(to).size, 60);
});

test('tries again after growing pauses where the server can not take it now, and gives up in the end', async () => {
  refuse = { at: 'rcpt', code: 451, text: 'come back later' };
  const { api } = await mail.node();
  await put(api, reset('ada@example.org'));
  for (const [i, pause] of pauses.entries()) {
    const { nextAt, lastError } = await until(api, (m) => m.attempts === i + 1 && m.nextAt !== null);
    assert.equal(nextAt, mail.now + pause);
    assert.match(lastError ?? '', /come back later/);
    mail.now += pause;
    mail.set('mail.replyTo', ''); // wakes the sender, whose timers go by the real clock
  }
  const last = await until(api, ({ state }) => state === 'failed');
  assert.equal(last.attempts, pauses.length + 1);
  assert.equal(mail.failed.length, 1);
  assert.equal(server.received.length, 0);
});

test('gives up at once where the recipient is refused for good; sends by hand when that has been mended', async () => {
  refuse = { at: 'rcpt', code: 550, text: 'no such user' };
  const { api } = await mail.node();
  await put(api, reset('nobody@example.org'));
  const failed = await until(api, ({ state }) => state === 'failed');
  assert.equal(failed.attempts, 1);
  assert.match(failed.lastError ?? '', /no such user/);
  refuse = null;
  await api.retry(failed.id);
  await until(api, ({ state }) => state === 'sent');
  await assert.rejects(api.retry(failed.id), (e) => isAppError(e, 'conflict'));
  await api.remove(failed.id);
  await assert.rejects(api.remove(failed.id), (e) => isAppError(e, 'not_found'));
});

test('what a dead node had claimed is sent by another when the claim has run out', async () => {
  mail.set('mail.host', '');
  const { api } = await mail.node();
  await put(api, reset('ada@example.org'));
  const claim = define<{ until: number }>((db, p) =>
    db.updateTable('mail_queue').set({ claim: 'of-a-dead-node', next_at: p.until }),
  );
  await mail.sql.transaction((tx) => tx.run(claim, { until: mail.now + 5 * minute }));
  mail.set('mail.host', '127.0.0.1');
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.equal((await until(api, () => true)).state, 'sending');
  mail.now += 5 * minute;
  mail.set('mail.replyTo', '');
  await until(api, ({ state }) => state === 'sent');
});

test('refuses what is no address, or would be more than one, or a header', async () => {
  const { api } = await mail.node();
  for (const to of ['', 'ada', 'a@b, c@d', 'a@b\r\nBcc: c@d', '<a@b>', 'a b@c', `${'x'.repeat(65)}@b`])
    await assert.rejects(put(api, reset(to)), (e) => isAppError(e, 'invalid_input'), to);
});

test('gives up what nobody took for a week, and removes old records', async () => {
  mail.set('mail.host', '');
  const { api } = await mail.node();
  await put(api, reset('ada@example.org'));
  mail.now += 8 * 24 * 60 * minute;
  assert.equal(await api.expire(), 1);
  const old = await until(api, ({ state }) => state === 'failed');
  await assert.rejects(api.retry(old.id), (e) => isAppError(e, 'conflict'));
  mail.now += 31 * 24 * 60 * minute;
  assert.equal(await api.expire(), 1);
  assert.deepEqual((await api.queue({ limit: 10 })).items, []);
});

test('what a failed message said is kept for a week, in which it may be sent by hand, not as long as its record', async () => {
  refuse = { at: 'rcpt', code: 550, text: 'no such user' };
  const { api } = await mail.node();
  await put(api, reset('ada@example.org'));
  const { id } = await until(api, ({ state }) => state === 'failed');
  mail.now += 6 * 24 * 60 * minute;
  assert.equal(await api.expire(), 0);
  assert.notEqual((await mail.sql.reader.get(dataOf, {}))?.data, null);
  mail.now += 2 * 24 * 60 * minute;
  assert.equal(await api.expire(), 0);
  assert.equal((await mail.sql.reader.get(dataOf, {}))?.data, null);
  await assert.rejects(api.retry(id), (e) => isAppError(e, 'conflict'));
  assert.equal((await api.queue({ limit: 10 })).items[0]?.state, 'failed');
});

const waiting = async (): Promise<void> => mail.set('mail.host', '');
const go = (): void => mail.set('mail.host', '127.0.0.1');
const allSent = async (service: MailService, count: number): Promise<void> => {
  const deadline = Date.now() + 20_000;
  while ((await service.queue({ state: 'sent', limit: 100 })).items.length < count) {
    assert.ok(Date.now() < deadline, JSON.stringify((await service.queue({ limit: 100 })).items));
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};

test('what waits is sealed, for its recipient; any node opens it', async () => {
  await waiting();
  const { api } = await mail.node();
  await put(api, reset('ada@example.org'));
  await put(api, reset('bob@example.org'));
  const rows = await mail.sql.reader.all(rowsOf, {});
  assert.doesNotMatch(JSON.stringify(rows), new RegExp(`${token}|files.example|Ada`));
  assert.deepEqual(
    rows.map((row) => row.key_id),
    [1, 1],
  );
  // Whoever can write to the database has somebody else's link sent nowhere.
  const redirect = define<{ to: string }>((db, p) =>
    db.updateTable('mail_queue').set({ recipient: p.to }).where('recipient', '=', 'ada@example.org'),
  );
  await mail.sql.transaction((tx) => tx.run(redirect, { to: 'eve@example.org' }));
  const other = await mail.node();
  go();
  await allSent(other.api, 1);
  const deadline = Date.now() + 20_000;
  let error: string | null = null;
  while (error === null) {
    assert.ok(Date.now() < deadline, 'waited in vain');
    error = (await api.queue({ state: 'waiting', limit: 1 })).items[0]?.lastError ?? null;
  }
  assert.match(error, /opens this message/);
  assert.deepEqual(
    server.received.map(({ to }) => to),
    [['bob@example.org']],
  );
});

test('what an older version had put into the queue goes out', async () => {
  await waiting();
  const { api } = await mail.node();
  await put(api, reset('ada@example.org'));
  const old = define<{ data: string }>((db, p) =>
    db.updateTable('mail_queue').set({ data: p.data, key_id: null }),
  );
  await mail.sql.transaction((tx) => tx.run(old, { data: JSON.stringify(reset('').data) }));
  go();
  await allSent(api, 1);
  assert.match(server.received[0]?.source ?? '', new RegExp(token));
});

test('a vault that can no longer be reached keeps no message from going in or out', async () => {
  const { api } = await mail.node();
  mail.sealed = true;
  await put(api, reset('ada@example.org'));
  await allSent(api, 1);
  assert.match(server.received[0]?.source ?? '', new RegExp(token));
});

test('a further key seals from the next start on; nodes that have not ended since open what it sealed', async () => {
  await waiting();
  const old = await mail.node();
  await put(old.api, reset('ada@example.org'));
  mail.vault.set('mail/queue-key-2', 'another secret of at least two hundred and fifty-six bits');
  const fresh = await mail.node();
  await put(fresh.api, reset('bob@example.org'));
  const keys = (await mail.sql.reader.all(rowsOf, {})).map((row) => row.key_id);
  assert.deepEqual(keys, [1, 2]);
  await fresh.stop();
  go();
  await allSent(old.api, 2);
  assert.equal(server.received.filter(({ source }) => source.includes(token)).length, 2);
});
