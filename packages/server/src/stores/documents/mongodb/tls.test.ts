import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import { test } from 'node:test';
import tls from 'node:tls';
import { isAppError } from '../../../kernel/errors.ts';
import { makeCertificates, type Certificates } from '../../../testing/certificates.ts';
import { sharedServer } from '../../../testing/servers/index.ts';
import { searchDocument } from '../contract.suite.ts';
import { freshUrl, openAt, withDatabase } from './fixtures.ts';

const server = await sharedServer('mongodb');

/** Speaks TLS, asks for a certificate of ours, and passes on what it hears to the plain server. */
async function terminator(certificates: Certificates, target: URL): Promise<tls.Server> {
  const options = {
    ca: readFileSync(certificates.ca),
    cert: readFileSync(certificates.serverCert),
    key: readFileSync(certificates.serverKey),
    requestCert: true,
  };
  const listening = tls.createServer(options, (socket) => {
    const inner = net.connect(Number(target.port), target.hostname);
    for (const end of [socket, inner]) end.on('error', () => [socket, inner].forEach((one) => one.destroy()));
    socket.pipe(inner).pipe(socket);
  });
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  return listening;
}

test('speaks TLS both ways, and refuses a server that nobody we trust vouches for', async (t) => {
  const certificates = makeCertificates();
  if (server === null || certificates === null) return t.skip('needs a MongoDB and openssl');
  t.after(() => certificates.remove());
  const plain = freshUrl(server.url);
  const listening = await terminator(certificates, new URL(plain));
  t.after(() => new Promise((resolve) => listening.close(resolve)));
  const address = listening.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const url = (query: string): string => `mongodb://127.0.0.1:${port}${new URL(plain).pathname}?${query}`;
  const ours = `tls=true&tlsCert=${certificates.clientCert}&tlsKey=${certificates.clientKey}`;

  const store = await openAt(url(`${ours}&tlsCA=${certificates.ca}`));
  await store.search.upsert([searchDocument('sealed.txt', { id: 'sealed' })]);
  assert.deepEqual((await store.search.query({ text: 'sealed' }, 10)).items, [{ id: 'sealed' }]);
  await store.close();
  await withDatabase(plain, (db) => db.dropDatabase());

  await assert.rejects(
    openAt(url(`${ours}&tlsCA=${certificates.otherCa}`)),
    (error) => isAppError(error, 'unavailable') && /certificate/.test(error.message),
  );
});
