/** Passwords and certificates, against a server that asks for them. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmod, copyFile, mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { inspect } from 'node:util';
import { isAppError } from '../../../kernel/errors.ts';
import { makeCertificates, type Certificates } from '../../../testing/certificates.ts';
import { mariadb } from '../../../testing/servers/mariadb.ts';
import { run } from '../../../testing/servers/running.ts';
import { asAdmin, openMysql } from './testing.ts';

const program = mariadb.find();
const certificates = program === null ? null : makeCertificates();
const skip = certificates === null ? 'no MariaDB, or no openssl' : false;
const password = 'p@ss/w:ord%';

describe('mysql: passwords and certificates', { skip }, () => {
  let server: Awaited<ReturnType<typeof run>>;
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'volvox-mysql-tls-'));
    await chmod(folder, 0o755);
    const options = await tlsOptions(folder, certificates as Certificates);
    const recipe = {
      ...mariadb,
      arguments: (at: string, port: number) => [...mariadb.arguments(at, port), ...options],
    };
    server = await run(recipe, program ?? []);
    await asAdmin(
      mariadb.url(server.port),
      `create user volvox@'127.0.0.1' identified by '${password}' require ssl`,
    );
    await asAdmin(mariadb.url(server.port), "grant all on volvox.* to volvox@'127.0.0.1'");
  });
  after(async () => {
    certificates?.remove();
    await server.stop();
    await rm(folder, { recursive: true });
  });

  const url = (parameters: string, secret = password, host = '127.0.0.1'): string =>
    `mysql://volvox:${encodeURIComponent(secret)}@${host}:${server.port}/volvox?${parameters}`;
  const refused = (text: RegExp) => (error: unknown) => {
    assert.ok(isAppError(error, 'unavailable'), inspect(error));
    assert.match(error.message, text);
    const shown = inspect(error, { depth: 20, showHidden: true });
    for (const form of [password, encodeURIComponent(password), 'wrong-one'])
      assert.ok(!shown.includes(form));
    return true;
  };

  for (const host of ['127.0.0.1', 'localhost'])
    test(`speaks TLS with ${host}, whose certificate it trusts, and logs in with an odd password`, async () => {
      const store = await openMysql(url(`tls=true&tlsCA=${certificates?.ca}`, password, host));
      assert.match((await store.ping()).version ?? '', /^\d+/);
      await store.migrate([]);
      await store.close();
    });

  test('refuses a certificate of another authority, unless told not to look', async () => {
    await assert.rejects(openMysql(url(`tls=true&tlsCA=${certificates?.otherCa}`)), refused(/certificate/i));
    const store = await openMysql(url('tls=true&tlsInsecure=true'));
    await store.close();
  });

  test('refuses a trusted certificate of another address', async () => {
    const way = createServer((from) => {
      const to = connect(server.port, '127.0.0.1');
      for (const socket of [from, to]) socket.on('error', () => [from, to].forEach((s) => s.destroy()));
      from.pipe(to).pipe(from);
    }).listen(0, '127.0.0.2');
    await once(way, 'listening');
    const { port } = way.address() as AddressInfo;
    const elsewhere = (parameters: string): string =>
      url(parameters, password, '127.0.0.2').replace(`:${server.port}/`, `:${port}/`);
    try {
      await assert.rejects(
        openMysql(elsewhere(`tls=true&tlsCA=${certificates?.ca}`)),
        refused(/certificate/i),
      );
      await (await openMysql(elsewhere('tls=true&tlsInsecure=true'))).close();
    } finally {
      way.close();
    }
  });

  test('says that plain text or the password is refused', async () => {
    await assert.rejects(openMysql(url('')), refused(/refuses us/));
    await assert.rejects(openMysql(url('tls=true&tlsInsecure=true', 'wrong-one')), refused(/refuses us/));
  });
});

/** The server runs under an account of its own, which has to read them. */
async function tlsOptions(folder: string, { ca, serverCert, serverKey }: Certificates): Promise<string[]> {
  const files = { 'ssl-ca': ca, 'ssl-cert': serverCert, 'ssl-key': serverKey };
  const options: string[] = [];
  for (const [name, from] of Object.entries(files)) {
    const file = join(folder, name);
    await copyFile(from, file);
    await chmod(file, 0o644);
    options.push(`--${name}=${file}`);
  }
  return options;
}
