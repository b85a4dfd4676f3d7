/** `volvox login`: a device signs in by a code that its person types in a browser. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { logIn } from './browser-session.ts';
import { makeFolder, spawnVolvox, startServer } from './harness.ts';

const server = await startServer();
const folder = await makeFolder();
const file = path.join(folder, 'volvox', 'logins.json');

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly error: string;
}

async function volvox(args: readonly string[], onError: (text: string) => void = () => {}): Promise<Ended> {
  const child = spawnVolvox(args, folder, { XDG_CONFIG_HOME: folder });
  child.stdin?.end();
  let [out, error] = ['', ''];
  child.stdout?.on('data', (data: Buffer) => (out += data.toString()));
  child.stderr?.on('data', (data: Buffer) => {
    error += data.toString();
    onError(error);
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, out, error };
}

test('a device is let in, works with the server, goes on after its access has run out, and is let out', async () => {
  const { client, me } = await logIn(server.url, 'admin');
  const csrf = { 'x-csrf-token': me.csrfToken ?? '' };
  let typed: Promise<unknown> | null = null;
  const login = await volvox(['login', '--admin', '--server', server.url], (text) => {
    const userCode = /type ([A-Z0-9-]+)\n/.exec(text)?.[1];
    if (userCode === undefined || typed !== null) return;
    typed = client.call('decideDevice', { body: { userCode, allow: true }, headers: csrf });
  });
  await typed;
  assert.equal(login.code, 0, login.error);
  assert.match(login.out, /signed in at .* as admin/);
  assert.equal((await stat(file)).mode & 0o777, 0o600);

  const listed = await volvox(['user', 'list', '--json', '--server', server.url]);
  assert.equal(listed.code, 0, listed.error);

  const kept = JSON.parse(await readFile(file, 'utf8')) as Record<
    string,
    { expiresAt: number; refreshToken: string }
  >;
  const [[origin, before] = ['', { expiresAt: 0, refreshToken: '' }]] = Object.entries(kept);
  const { accessToken } = kept[origin] as unknown as { accessToken: string };
  const authorization = `Bearer ${accessToken}`;
  const folderOf = (method: string) =>
    fetch(`${server.url}/dav/common/${method === 'MKCOL' ? 'by-token' : ''}`, {
      method,
      headers: { authorization, depth: '0' },
    });
  assert.equal((await folderOf('PROPFIND')).status, 207);
  assert.equal((await folderOf('MKCOL')).status, 201);
  await writeFile(file, JSON.stringify({ [origin]: { ...before, expiresAt: 0 } }), { mode: 0o600 });
  // Both find it run out; only one may refresh.
  const both = await Promise.all(
    [1, 2].map(() => volvox(['user', 'list', '--json', '--server', server.url])),
  );
  assert.deepEqual(
    both.map((each) => [each.code, each.error]),
    [
      [0, ''],
      [0, ''],
    ],
  );
  const after = JSON.parse(await readFile(file, 'utf8')) as typeof kept;
  assert.notEqual(after[origin]?.refreshToken, before.refreshToken);

  const connections = await client.call('listConnections');
  assert.deepEqual(
    connections.items.map((item) => item.clientId),
    ['volvox-cli'],
  );
  assert.equal((await volvox(['logout', '--server', server.url])).code, 0);
  assert.deepEqual((await client.call('listConnections')).items, []);
  const refused = await volvox(['user', 'list', '--server', server.url]);
  assert.equal(refused.code, 2);
  assert.match(refused.error, /volvox login/);
});
