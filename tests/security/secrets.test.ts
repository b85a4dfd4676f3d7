/** Where secrets come to rest: file modes, and every byte of the data folder and of the output searched for what must not be there. */
import assert from 'node:assert/strict';
import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import path from 'node:path';
import { after, test } from 'node:test';
import { createClient } from '@volvox/client';
import { makeDataFolder } from '../harness/data-folder.ts';
import { admin, startServer } from '../harness/server-process.ts';

const data = await makeDataFolder();
await chmod(data.folder, 0o755); // as `mkdir` leaves it
const env = { VOLVOX_LOG_LEVEL: 'debug', VOLVOX_VAULT_KEY: 'canary-vault-key-0123456789' };
const server = await startServer(data, env);
after(async () => {
  await server.kill('SIGTERM');
  await data.remove();
});

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.map((entry) => path.join(entry.parentPath, entry.name));
}

test('nothing in the data folder is open to other users of the machine', async () => {
  await server.client.call('createFolder', { params: { id: await commonRoot() }, body: { name: 'x' } });
  await server.client.call('uploadFile', {
    params: { id: await commonRoot(), name: 'large.bin' },
    body: 'x'.repeat(600_000),
  });
  for (const file of await filesIn(data.folder)) {
    const { mode } = await stat(file);
    assert.equal(mode & 0o077, 0, `${path.relative(data.folder, file)} ${(mode & 0o777).toString(8)}`);
  }
});

async function commonRoot(): Promise<string> {
  const { items } = await server.client.call('listWorkspaces');
  return items.find((one) => one.slug === 'common')?.rootId ?? '';
}

test('the control socket speaks for the system, and only to the owner of the data folder', async () => {
  const socketPath = path.join(data.folder, 'control.sock');
  assert.equal((await stat(socketPath)).mode & 0o777, 0o600);
  const status = await new Promise<number>((resolve, reject) => {
    const sent = request({ socketPath, path: '/api/v1/users' }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    sent.on('error', reject).end();
  });
  assert.equal(status, 200);
  const door = await new Promise<number>((resolve, reject) => {
    const sent = request({ socketPath, path: '/dav/common/' }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    sent.on('error', reject).end();
  });
  assert.equal(door, 404);
});

test('no secret is written anywhere in plain text, nor printed, nor shown in a log', async () => {
  const { client, url } = server;
  const secrets: string[] = [admin.password, env.VOLVOX_VAULT_KEY];
  const password = 'canary-password-77';
  await client.call('createUser', { body: { login: 'ann', password } });
  const ann = createClient({ baseUrl: url, auth: { kind: 'basic', login: 'ann', secret: password } });
  secrets.push(
    password,
    (await ann.call('createToken', { body: { kind: 'app_password', label: 'a' } })).secret,
  );
  secrets.push((await ann.call('createToken', { body: { kind: 'access_token', label: 'b' } })).secret);
  const wrong = 'canary-wrong-guess-88';
  secrets.push(wrong);
  const login = (secret: string, target = '/api/v1/session'): Promise<Response> =>
    fetch(url + target, {
      method: 'POST',
      body: JSON.stringify({ login: 'ann', password: secret }),
      headers: { 'content-type': 'application/json' },
    });
  await login(wrong);
  await login(wrong, '/api/v1/session?password=canary-in-address-99');
  secrets.push('canary-in-address-99');
  const opened = await login(password);
  const cookie = opened.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  const { csrfToken } = (await opened.json()) as { csrfToken: string };
  secrets.push(cookie.split('=')[1] ?? '', csrfToken);
  const next = 'canary-next-password-66';
  await fetch(`${url}/api/v1/me/password`, {
    method: 'PUT',
    body: JSON.stringify({ current: password, next }),
    headers: { cookie, 'x-csrf-token': csrfToken, 'content-type': 'application/json' },
  });
  secrets.push(next);
  await fetch(`${url}/api/v1/session?access_token=canary-query-token`, {});
  await fetch(`${url}/dav/common/?token=canary-query-token`, {
    headers: { authorization: `Basic ${Buffer.from(`ann:${wrong}`).toString('base64')}` },
  });
  secrets.push('canary-query-token', Buffer.from(`ann:${wrong}`).toString('base64'));
  await client.call('setSetting', { params: { key: 'branding.name' }, body: { value: 'Files' } });
  await server.settle();
  const logs = JSON.stringify(await client.call('listLogs', { query: { limit: 1000 } }));
  await server.kill('SIGTERM');
  const texts = new Map([
    ['output', Buffer.from(server.output())],
    ['logs', Buffer.from(logs)],
  ]);
  for (const file of await filesIn(data.folder))
    if ((await stat(file)).isFile()) texts.set(file, await readFile(file));
  for (const secret of secrets) {
    assert.ok(secret.length >= 12, 'a canary that could be found');
    for (const [where, bytes] of texts) assert.equal(bytes.indexOf(secret), -1, `${secret} in ${where}`);
  }
});

test('a link in the place of a blob, or of the temporary folder, is not followed out of the data folder', async () => {
  const again = await makeDataFolder();
  const outside = await makeDataFolder();
  try {
    await writeFile(path.join(outside.folder, 'passwd'), 'canary-outside'.padEnd(20_000, '.'));
    const first = await startServer(again);
    const { items } = await first.client.call('listWorkspaces');
    const root = items.find((one) => one.slug === 'common')?.rootId ?? '';
    const before = new Set(await filesIn(again.folder));
    const node = await first.client.call('uploadFile', {
      params: { id: root, name: 'a.txt' },
      body: 'x'.repeat(20_000),
    });
    const blob = (await filesIn(again.folder)).find(
      (file) => file.includes('blobs') && !before.has(file) && !file.endsWith('tmp'),
    );
    assert.ok(blob);
    await first.kill('SIGTERM');
    if ((await stat(blob)).isFile()) {
      const { rm } = await import('node:fs/promises');
      await rm(blob);
      await symlink(path.join(outside.folder, 'passwd'), blob);
      const second = await startServer(again);
      const answer = await second.request('GET', `/api/v1/nodes/${node.id}/content`);
      const text = await answer.text().catch(() => '');
      await second.kill('SIGTERM');
      assert.ok(!text.includes('canary-outside'), text);
    }
    await mkdir(path.join(outside.folder, 'd'));
  } finally {
    await again.remove();
    await outside.remove();
  }
});
