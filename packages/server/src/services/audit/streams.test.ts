import assert from 'node:assert/strict';
import dgram from 'node:dgram';
import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { afterEach, beforeEach, test } from 'node:test';
import type { AuditRow, AuditService } from './api.ts';
import { openTestAudit, requestOf, type TestAudit } from './testing.ts';
import { streamOf } from './queries.ts';
import { openWebhook, parseWebhook, refuseInsider, signatureOf } from './webhook.ts';
import { parseSyslog } from './syslog.ts';
import { until } from '../../testing/expectations.ts';

let t: TestAudit;
let ends: (() => void)[];
beforeEach(async () => {
  t = await openTestAudit();
  ends = [];
});
afterEach(async () => {
  for (const end of ends) end();
  await t.close();
});

const record = async (audit: AuditService, i: number): Promise<void> => {
  audit.record(requestOf('ada'), { kind: 'link.created', details: { i } });
  await audit.settled();
};
const begun = (audit: AuditService): Promise<boolean> =>
  until(async () => (await audit.status()).streams.length === 1);

/** Somebody who takes datagrams. */
async function listenByUdp(): Promise<{ readonly url: string; readonly got: readonly string[] }> {
  const got: string[] = [];
  const socket = dgram.createSocket('udp4');
  socket.on('message', (message) => got.push(message.toString()));
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  ends.push(() => socket.close());
  return { url: `udp://127.0.0.1:${socket.address().port}`, got };
}

test('streams to syslog over TCP: framed by length, in order, again after a broken connection, once in the cluster', async () => {
  let text = '';
  let sockets: net.Socket[] = [];
  const server = net.createServer((socket) => {
    sockets.push(socket);
    socket.on('data', (bytes) => (text += bytes.toString()));
    socket.on('error', () => undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ends.push(
    () => server.close(),
    () => sockets.forEach((socket) => socket.destroy()),
  );
  const [one, two] = [await t.node(), await t.node()];
  await record(one.audit, 0); // before there was a stream
  t.set('audit.syslog', `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`);
  await begun(one.audit);
  await record(two.audit, 1);
  await record(one.audit, 2);
  await until(() => text.includes('"i":2'));
  sockets.forEach((socket) => socket.destroy());
  sockets = [];
  await record(one.audit, 3);
  await until(() => text.includes('"i":3'));
  assert.doesNotMatch(text, /"i":0/);
  const frames: string[] = [];
  for (let rest = Buffer.from(text); rest.length > 0;) {
    const blank = rest.indexOf(0x20);
    const length = Number(rest.subarray(0, blank).toString());
    frames.push(rest.subarray(blank + 1, blank + 1 + length).toString());
    rest = rest.subarray(blank + 1 + length);
  }
  assert.match(
    frames[0] ?? '',
    /^<109>1 2026-11-22T10:00:00\.000Z node-1 volvox - link\.created \[audit@32473 seq="2" hash="[0-9a-f]{64}"\] \ufeff\{"/,
  );
  assert.deepEqual([...new Set(frames.map((frame) => /"i":(\d)/.exec(frame)?.[1]))], ['1', '2', '3']);
});

test('a stream that is switched off leaves no row, on whichever node it ran; switched on again it begins anew', async () => {
  const { url, got } = await listenByUdp();
  const [{ audit }] = [await t.node(), await t.node()];
  const left = () => t.sql.reader.get(streamOf, { name: 'syslog' });
  t.set('audit.syslog', url);
  await begun(audit);
  t.set('audit.syslog', '');
  await until(async () => (await left()) === undefined);
  await record(audit, 1);
  t.set('audit.syslog', url);
  await begun(audit);
  await record(audit, 2);
  await until(() => got.length > 0);
  assert.deepEqual(
    got.map((message) => /"i":(\d)/.exec(message)?.[1]),
    ['2'],
  );
});

test('streams to syslog over UDP, a datagram each', async () => {
  const { url, got } = await listenByUdp();
  const { audit } = await t.node();
  t.set('audit.syslog', url);
  await begun(audit);
  await record(audit, 1);
  await record(audit, 2);
  await until(() => got.length === 2);
  assert.ok(got.every((message) => message.startsWith('<109>1 ')));
});

test('posts to a webhook, signed, and again until it is taken', async () => {
  const secret = 'a secret of more than sixteen';
  const seen: { body: string; signature: string }[] = [];
  let refusing = 2;
  const server = http.createServer((request, answer) => {
    let body = '';
    request.on('data', (part) => (body += String(part)));
    request.on('end', () => {
      if (refusing-- > 0)
        return answer.writeHead(refusing === 0 ? 503 : 302, { location: '/elsewhere' }).end();
      seen.push({ body, signature: String(request.headers['x-volvox-signature']) });
      return answer.writeHead(204).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ends.push(() => server.close());
  const { audit } = await t.node();
  t.set('audit.webhookInside', true);
  await audit.setWebhookSecret(secret);
  t.set('audit.webhook', `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`);
  await begun(audit);
  await record(audit, 1);
  await until(() => seen.length === 1);
  const [first] = seen;
  const rows = (JSON.parse(first?.body ?? '') as { events: AuditRow[] }).events;
  assert.deepEqual(
    rows.map((row) => row.details),
    [{ i: 1 }],
  );
  assert.equal(first?.signature, signatureOf(secret, Math.floor(t.now / 1000), first?.body ?? ''));
  await until(async () => (await audit.status()).streams[0]?.lag === 0);
  assert.equal((await audit.status()).streams[0]?.error, null);
});

test('a webhook never leads into a private network, by address, by name or by redirect, unless that is allowed', async () => {
  for (const address of [
    '127.0.0.1',
    '10.1.2.3',
    '169.254.169.254',
    '::1',
    'fd00::1',
    '::ffff:192.168.0.1',
    '0.0.0.0',
  ])
    assert.throws(() => refuseInsider(address), /private network/, address);
  refuseInsider('93.184.216.34');
  for (const url of [
    'http://example.org/',
    'https://user:pass@example.org/',
    'ftp://example.org',
    'nonsense',
  ])
    assert.throws(() => parseWebhook(url, false), /webhook is an https address/, url);
  const clock = { now: () => t.now, monotonic: () => 0 };
  const signal = AbortSignal.timeout(5_000);
  for (const host of ['127.0.0.1', '[::1]', 'localhost', '2130706433']) {
    const sink = openWebhook({ url: `https://${host}:1/`, secret: 's', clock, insidersAllowed: false });
    await assert.rejects(sink.deliver([], signal), /private network/, host);
  }
});

test('tells a syslog address from what is none', () => {
  assert.deepEqual(parseSyslog('tls://logs.example.org'), {
    transport: 'tls',
    host: 'logs.example.org',
    port: 6514,
  });
  assert.deepEqual(parseSyslog('udp://[::1]:5140'), { transport: 'udp', host: '::1', port: 5140 });
  for (const text of ['logs.example.org', 'http://x', 'tcp://a b', 'tcp://x:999999x'])
    assert.throws(() => parseSyslog(text), /written as/);
});
