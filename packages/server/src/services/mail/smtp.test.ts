import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import net from 'node:net';
import tls from 'node:tls';
import { after, afterEach, before, test, type TestContext } from 'node:test';
import type { SMTPServerOptions } from 'smtp-server';
import { isAppError } from '../../kernel/errors.ts';
import { makeCertificates, type Certificates } from '../../testing/certificates.ts';
import { openTestMail, startMailServer, type TestMail, type TestMailServer } from './testing.ts';

const password = 'pa55-w0rd';
let certificates: Certificates | null;
const trusted = tls.getCACertificates('default');
before(() => {
  certificates = makeCertificates();
  if (certificates !== null)
    tls.setDefaultCACertificates([...trusted, readFileSync(certificates.ca, 'utf8')]);
});
after(() => {
  tls.setDefaultCACertificates(trusted);
  certificates?.remove();
});

let ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.toReversed()) await end();
  ends = [];
});

async function open(options: SMTPServerOptions): Promise<{ server: TestMailServer; mail: TestMail }> {
  const server = await startMailServer(options);
  const mail = await openTestMail(server.port);
  ends.push(server.close, mail.close);
  return { server, mail };
}

function keys(t: TestContext): { key: Buffer; cert: Buffer } | null {
  if (certificates !== null)
    return { key: readFileSync(certificates.serverKey), cert: readFileSync(certificates.serverCert) };
  t.skip('there is no openssl on this machine');
  return null;
}

const checkPassword: SMTPServerOptions['onAuth'] = (auth, _session, callback) =>
  auth.username === 'volvox' && auth.password === password
    ? callback(null, { user: auth.username })
    : callback(Object.assign(new Error(`wrong: ${auth.password}`), { responseCode: 535 }));

test('speaks TLS from the start, logs in, and checks the certificate', async (t) => {
  const files = keys(t);
  if (files === null) return;
  const { server, mail } = await open({ ...files, secure: true, authOptional: false, onAuth: checkPassword });
  mail.set('mail.tls', 'implicit');
  mail.set('mail.auth', 'password');
  mail.set('mail.user', 'volvox');
  const { api } = await mail.node();
  await assert.rejects(api.test('ada@example.org', 'fr'), /not in the vault/);
  await api.setSecrets({ password });
  await api.test('ada@example.org', 'fr');
  assert.deepEqual([server.received[0]?.secure, server.received[0]?.user], [true, 'volvox']);
  assert.match(
    server.received[0]?.source ?? '',
    /Message d=E2=80=99essai|Subject: Message d'essai|=\?UTF-8\?/,
  );
  tls.setDefaultCACertificates(trusted);
  mail.set('mail.replyTo', 'help@example.org');
  await assert.rejects(api.test('ada@example.org', null), (e) => isAppError(e, 'unavailable'));
  tls.setDefaultCACertificates([...trusted, readFileSync(certificates?.ca ?? '', 'utf8')]);
});

test('insists on STARTTLS where that is set: a server (or somebody between) that does not offer it gets nothing', async (t) => {
  const files = keys(t);
  if (files === null) return;
  const { server, mail } = await open({ ...files });
  mail.set('mail.tls', 'starttls');
  await (await mail.node()).api.test('ada@example.org', null);
  assert.equal(server.received[0]?.secure, true);
  const stripped = await open({});
  stripped.mail.set('mail.tls', 'starttls');
  await assert.rejects((await stripped.mail.node()).api.test('ada@example.org', null), /did not take it/);
  assert.equal(stripped.server.received.length, 0);
});

test('a wrong password shows nowhere, though the server repeats it', async () => {
  const { mail } = await open({ authOptional: false, allowInsecureAuth: true, onAuth: checkPassword });
  mail.set('mail.auth', 'password');
  mail.set('mail.user', 'volvox');
  const { api } = await mail.node();
  await api.setSecrets({ password: 'wrong-but-secret' });
  assert.deepEqual(await api.secrets(), {
    password: true,
    clientSecret: false,
    refreshToken: false,
    elsewhere: false,
  });
  const message = await api.test('ada@example.org', null).then(
    () => '',
    (error: unknown) => String(error),
  );
  assert.match(message, /refused the log-in \(535\)/);
  await mail.sql.transaction((tx) =>
    api.enqueue(tx, {
      to: 'ada@example.org',
      template: 'test',
      locale: null,
      data: { server: 's', at: mail.now },
    }),
  );
  let queued = (await api.queue({ limit: 1 })).items[0];
  while (queued?.lastError === null) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    queued = (await api.queue({ limit: 1 })).items[0];
  }
  // Not the message's fault: it is tried again when somebody has mended the settings.
  assert.equal(queued?.state, 'waiting');
  assert.doesNotMatch(`${message}${queued?.lastError}${mail.logged.join()}`, /wrong-but-secret/);
});

test('the kept password follows to no other server, user or weaker protection', async () => {
  const guessed: string[] = [];
  const options: SMTPServerOptions = {
    authOptional: false,
    allowInsecureAuth: true,
    onAuth: (auth, session, callback) => {
      guessed.push(auth.password ?? '');
      checkPassword(auth, session, callback);
    },
  };
  const { mail, server } = await open(options);
  const evil = await startMailServer(options);
  ends.push(evil.close);
  mail.set('mail.auth', 'password');
  mail.set('mail.user', 'volvox');
  mail.set('mail.tls', 'starttls');
  const { api } = await mail.node();
  await api.setSecrets({ password, for: { tls: 'none' } });
  const moved = (error: unknown): boolean =>
    isAppError(error, 'unavailable') && /type it in again/.test(error.message);
  assert.equal((await api.secrets()).elsewhere, false, 'better protected than it was meant for');
  mail.set('mail.tls', 'none');
  await api.test('ada@example.org', null);
  assert.equal(guessed.length, 1);
  mail.set('mail.port', evil.port);
  await assert.rejects(api.test('ada@example.org', null), moved);
  mail.set('mail.port', server.port);
  mail.set('mail.host', 'localhost');
  await assert.rejects(api.test('ada@example.org', null), moved);
  mail.set('mail.host', '127.0.0.1');
  mail.set('mail.user', 'somebody');
  await assert.rejects(api.test('ada@example.org', null), moved);
  mail.set('mail.user', 'volvox');
  await api.setSecrets({ password, for: { tls: 'implicit' } });
  await assert.rejects(api.test('ada@example.org', null), moved);
  assert.deepEqual([(await api.secrets()).password, (await api.secrets()).elsewhere], [true, true]);
  assert.equal(guessed.length, 1, 'told nobody since');
  assert.doesNotMatch(mail.logged.join(), new RegExp(password));
  // Typed in for what the settings are about to be.
  await api.setSecrets({ password, for: { port: evil.port } });
  await assert.rejects(api.test('ada@example.org', null), moved);
  mail.set('mail.port', evil.port);
  await api.test('ada@example.org', null);
  assert.deepEqual([evil.received.length, (await api.secrets()).elsewhere], [1, false]);
});

test('a password that an earlier version kept as plain text is asked for again, and shows nowhere', async () => {
  const { mail } = await open({ authOptional: false, allowInsecureAuth: true, onAuth: checkPassword });
  mail.set('mail.auth', 'password');
  mail.set('mail.user', 'volvox');
  for (const old of ['hunter2', '12345', 'null', '{"a":1}']) {
    mail.vault.set('mail/password', old);
    const { api } = await mail.node();
    assert.deepEqual([(await api.secrets()).password, (await api.secrets()).elsewhere], [true, true], old);
    const failed = (error: unknown): boolean =>
      isAppError(error, 'unavailable') &&
      /type it in again/.test(error.message) &&
      !error.message.includes(old);
    await assert.rejects(api.test('ada@example.org', null), failed);
  }
  assert.doesNotMatch(mail.logged.join(), /hunter2/);
});

test('a secret that was mended on another node is taken up here', async () => {
  const { mail, server } = await open({
    authOptional: false,
    allowInsecureAuth: true,
    onAuth: checkPassword,
  });
  mail.set('mail.auth', 'password');
  mail.set('mail.user', 'volvox');
  const [here, there] = [await mail.node(), await mail.node()];
  await here.api.setSecrets({ password: 'wrong' });
  await assert.rejects(here.api.test('ada@example.org', null), /refused the log-in/);
  await there.api.setSecrets({ password });
  await here.api.test('ada@example.org', null);
  assert.equal(server.received.length, 1);
});

test('logs in by OAuth2: changes the refresh token for an access token', async () => {
  const asked: URLSearchParams[] = [];
  const provider = http.createServer((request, answer) => {
    let body = '';
    request.on('data', (part) => (body += String(part)));
    request.on('end', () => {
      asked.push(new URLSearchParams(body));
      answer.setHeader('content-type', 'application/json');
      answer.end(JSON.stringify({ access_token: 'fresh-access', expires_in: 3600, token_type: 'Bearer' }));
    });
  });
  provider.listen(0, '127.0.0.1');
  await once(provider, 'listening');
  ends.push(() => new Promise((resolve) => provider.close(resolve)));
  const { server, mail } = await open({
    authOptional: false,
    allowInsecureAuth: true,
    authMethods: ['XOAUTH2'],
    onAuth: (auth, _session, callback) =>
      auth.method === 'XOAUTH2' && auth.accessToken === 'fresh-access'
        ? callback(null, { user: auth.username ?? '' })
        : callback(new Error('no')),
  });
  mail.set('mail.auth', 'oauth2');
  mail.set('mail.user', 'files@example.org');
  mail.set('mail.oauthClientId', 'the-client');
  const url = `http://127.0.0.1:${(provider.address() as AddressInfo).port}/token`;
  mail.set('mail.oauthTokenUrl', url);
  const { api } = await mail.node();
  await api.setSecrets({ refreshToken: 'the-refresh-token', clientSecret: 'the-client-secret' });
  await api.test('ada@example.org', null);
  await api.test('bob@example.org', null);
  assert.equal(server.received[1]?.user, 'files@example.org');
  assert.equal(asked.length, 1, 'the access token is used as long as it lasts');
  const tokenUrl = `http://127.0.0.1:${(provider.address() as AddressInfo).port}/other`;
  for (const [key, before, value] of [
    ['mail.oauthTokenUrl', url, tokenUrl],
    ['mail.oauthClientId', 'the-client', 'another'],
    ['mail.host', '127.0.0.1', 'localhost'],
  ] as const) {
    mail.set(key, value);
    await assert.rejects(api.test('ada@example.org', null), /type it in again/, key);
    mail.set(key, before);
  }
  assert.equal(asked.length, 1, 'told to no other address');
  assert.deepEqual(Object.fromEntries(asked[0] ?? []), {
    client_id: 'the-client',
    client_secret: 'the-client-secret',
    refresh_token: 'the-refresh-token',
    grant_type: 'refresh_token',
  });
});

test('a connection that breaks in the middle of a message puts it off; it arrives once, at the next attempt', async () => {
  const { server, mail } = await open({});
  let breaking = true;
  const between = net.createServer((client) => {
    const upstream = net.connect(server.port, '127.0.0.1');
    client.on('error', () => undefined);
    upstream.on('error', () => undefined);
    upstream.pipe(client);
    client.on('data', (bytes: Buffer) => {
      if (!breaking || !bytes.includes('Subject:')) return void upstream.write(bytes);
      upstream.write(bytes.subarray(0, 60));
      upstream.destroy();
      client.destroy();
    });
    client.on('close', () => upstream.end());
  });
  between.listen(0, '127.0.0.1');
  await once(between, 'listening');
  ends.push(() => new Promise((resolve) => between.close(resolve)));
  mail.set('mail.port', (between.address() as AddressInfo).port);
  const { api } = await mail.node();
  await mail.sql.transaction((tx) =>
    api.enqueue(tx, {
      to: 'ada@example.org',
      template: 'receipt',
      locale: null,
      data: { title: 'T', files: 2, at: mail.now },
    }),
  );
  const state = async (): Promise<string> => {
    const [first] = (await api.queue({ limit: 1 })).items;
    return first?.lastError === null && first.state !== 'sent' ? 'under way' : (first?.state ?? '');
  };
  while ((await state()) === 'under way') await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(await state(), 'waiting');
  assert.equal(server.received.length, 0);
  breaking = false;
  mail.now += 60_000;
  mail.set('mail.replyTo', '');
  while ((await state()) !== 'sent') await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(server.received.length, 1);
});
