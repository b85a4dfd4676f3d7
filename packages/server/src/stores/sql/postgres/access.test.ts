/** Passwords and certificates, against a server that asks for them. */
import assert from 'node:assert/strict';
import { chmod, chown, copyFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { inspect } from 'node:util';
import pg from 'pg';
import { isAppError } from '../../../kernel/errors.ts';
import { makeCertificates, type Certificates } from '../../../testing/certificates.ts';
import { startServer, type OwnServer } from '../../../testing/servers/index.ts';
import { postgres as recipe } from '../../../testing/servers/postgres.ts';
import { openUrl } from '../testing.ts';

const skip = recipe.find() === null ? 'no PostgreSQL on this machine' : false;
const password = 'p@ss/w:ord%';

describe('postgres: passwords and certificates', { skip }, () => {
  let server: OwnServer;
  let certificates: Certificates | null;
  let port: string;

  before(async () => {
    server = await startServer('postgres');
    port = new URL(server.url).port;
    certificates = makeCertificates();
    const admin = new pg.Client(server.url);
    await admin.connect();
    await admin.query(`create role volvox login password '${password}'`);
    await admin.query('create database volvox owner volvox');
    if (certificates !== null) await serveTls(admin, certificates);
    const { rows } = await admin.query<{ hba_file: string }>('show hba_file');
    await writeFile(
      rows[0]?.hba_file ?? '',
      'host all postgres 127.0.0.1/32 trust\nhostssl all volvox 127.0.0.1/32 scram-sha-256\n',
    );
    await admin.query('select pg_reload_conf()');
    await admin.end();
  });
  after(async () => {
    certificates?.remove();
    await server.stop();
  });

  const url = (parameters: string, secret = password): string =>
    `postgres://volvox:${encodeURIComponent(secret)}@127.0.0.1:${port}/volvox?${parameters}`;
  const refused = (text: RegExp) => (error: unknown) => {
    assert.ok(isAppError(error, 'unavailable'), inspect(error));
    assert.match(error.message, text);
    const shown = inspect(error, { depth: 20, showHidden: true });
    for (const form of [password, encodeURIComponent(password), 'wrong-one'])
      assert.ok(!shown.includes(form));
    return true;
  };

  test('speaks TLS with a server whose certificate it trusts, and logs in with an odd password', async (t) => {
    if (certificates === null) return t.skip('no openssl');
    const sql = await openUrl(url(`tls=true&tlsCA=${certificates.ca}`));
    assert.match((await sql.ping()).version ?? '', /^\d+/);
    await sql.migrate([]);
    await sql.close();
  });

  test('refuses a certificate of another authority, unless told not to look', async (t) => {
    if (certificates === null) return t.skip('no openssl');
    await assert.rejects(
      openUrl(url(`tls=true&tlsCA=${certificates.otherCa}`)),
      refused(/cannot be trusted/),
    );
    const sql = await openUrl(url('tls=true&tlsInsecure=true'));
    await sql.close();
  });

  test('names the server, not the password, when it is refused', async (t) => {
    if (certificates === null) return t.skip('no openssl');
    const tls = `tls=true&tlsCA=${certificates.ca}`;
    await assert.rejects(openUrl(url(tls, 'wrong-one')), refused(/refuses this user or password/));
    await assert.rejects(openUrl(url('')), refused(/refuses this user or password/));
  });
});

async function serveTls(admin: pg.Client, { serverCert, serverKey }: Certificates): Promise<void> {
  const { rows } = await admin.query<{ data_directory: string }>('show data_directory');
  const folder = rows[0]?.data_directory ?? '';
  const { uid, gid } = await stat(folder);
  for (const [from, name] of [
    [serverCert, 'server.crt'],
    [serverKey, 'server.key'],
  ] as const) {
    const to = join(folder, name);
    await copyFile(from, to);
    await chown(to, uid, gid);
    await chmod(to, 0o600);
  }
  await admin.query('alter system set ssl = on');
}
