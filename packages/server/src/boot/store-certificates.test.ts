/** A server with a certificate that we trust, but of another address (it is for 127.0.0.1), is told nothing: by no driver (MySQL: access.test.ts). */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { after, test } from 'node:test';
import { createSecureContext, TLSSocket } from 'node:tls';
import { systemClock } from '../kernel/clock.ts';
import { silentLogger } from '../kernel/logger.ts';
import { parseStoreUrl } from '../kernel/store-url.ts';
import { makeCertificates } from '../testing/certificates.ts';
import type { StoreKind } from './bootstrap.ts';
import { openStore } from './stores.ts';

const certificates = makeCertificates();
after(() => certificates?.remove());
const skip = certificates === null ? 'no openssl on this machine' : false;
type Before = (socket: Socket) => Promise<void>;
/** What comes before TLS. */
const atOnce: Before = async () => {};
const asked: Before = async (socket) => {
  await once(socket, 'readable');
  socket.read();
  socket.write('S');
};
const greeting: Before = async (socket) => {
  socket.write(
    'INFO {"server_id":"x","version":"2.10.0","proto":1,"tls_required":true,"max_payload":1048576}\r\n',
  );
};
const drivers: readonly (readonly [StoreKind, string, Before])[] = [
  ['config', 'etcd://u:p@HOST/p?tls=true', atOnce],
  ['vault', 'vault://HOST/secret/x?tls=true', atOnce],
  ['broker', 'nats://u:p@HOST?tls=true', greeting],
  ['cache', 'redis://u:p@HOST/0?tls=true', atOnce],
  ['sql', 'postgres://u:p@HOST/d?tls=true', asked],
  ['documents', 'mongodb://u:p@HOST/d?tls=true', atOnce],
  ['blobs', 's3://id:p@bucket/p?region=x&endpoint=https://HOST', atOnce],
];

for (const [kind, url, begin] of drivers)
  test(`${url.split(':')[0]}: speaks only to the address that the certificate is for`, { skip }, async () => {
    assert.ok(
      (await heardAt('127.0.0.1', kind, url, begin)) > 0,
      'this server is spoken to where it belongs',
    );
    assert.equal(await heardAt('127.0.0.2', kind, url, begin), 0);
  });

/** Bytes that came out of TLS. */
async function heardAt(host: string, kind: StoreKind, url: string, begin: Before): Promise<number> {
  assert.ok(certificates);
  const { serverCert, serverKey, ca } = certificates;
  const secureContext = createSecureContext({ cert: readFileSync(serverCert), key: readFileSync(serverKey) });
  const sockets = new Set<Socket>();
  let heard = 0;
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}));
    void begin(socket).then(() => {
      const safe = new TLSSocket(socket, {
        isServer: true,
        secureContext,
        ALPNProtocols: ['h2', 'http/1.1'],
      });
      safe
        .on('error', () => {})
        .on('data', (bytes: Buffer) => {
          heard += bytes.length;
          safe.destroy();
        });
    });
  }).listen(0, host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const store = parseStoreUrl(`${url.replace('HOST', `${host}:${port}`)}&tlsCA=${ca}`);
  const vaultLogin = { token: 't', roleId: '', secretId: '' };
  const deps = { log: silentLogger, clock: systemClock, durability: 'full', vaultLogin } as const;
  await assert.rejects(openStore(kind, store, deps), { code: 'unavailable' });
  for (const socket of sockets) socket.destroy();
  server.close();
  return heard;
}
