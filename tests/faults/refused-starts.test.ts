/** Starts that must be refused: one clear line, the right exit code, nothing changed, and whoever serves goes on. */
import assert from 'node:assert/strict';
import { chmod, readdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { runCli } from '../harness/cli.ts';
import { makeDataFolder } from '../harness/data-folder.ts';
import { startServer } from '../harness/server-process.ts';
import { makeTemplate, type Template } from '../harness/template.ts';

const exit = { failed: 1, usage: 2, unreachable: 3 } as const;
const nobody = 65_534;

describe('starts that are refused', { concurrency: 2 }, () => {
  let template: Template<void>;
  before(async () => {
    template = await makeTemplate(async (server) => {
      assert.equal((await server.request('PUT', '/dav/common/a', { body: 'kept' })).status, 201);
    });
  });
  after(() => template.remove());

  test('a second process on the same data folder', async () => {
    const data = await template.copy();
    const server = await startServer(data);
    try {
      const second = await runCli(data.folder, ['start']);
      assert.equal(second.code, exit.failed, second.errors);
      assert.match(second.errors, /in use by process \d+.*\(conflict\)/);
      assert.match(second.errors, new RegExp(`process ${server.pid}\\b`));
      assert.ok(second.errors.includes(data.folder));
      assert.equal(await (await server.request('GET', '/dav/common/a')).text(), 'kept');
      assert.equal((await server.request('PUT', '/dav/common/b', { body: 'more' })).status, 201);
    } finally {
      await server.kill('SIGKILL');
    }
    const next = await startServer(data);
    assert.equal(await (await next.request('GET', '/dav/common/b')).text(), 'more');
    await next.kill('SIGKILL');
    await data.remove();
  });

  test('a data folder that cannot be written', async () => {
    const data = await makeDataFolder();
    const root = process.getuid?.() === 0;
    // Root writes everywhere, so another user tries; else the folder itself forbids it.
    await chmod(data.folder, root ? 0o755 : 0o500);
    const refused = await runCli(data.folder, ['start'], root ? { user: nobody } : {});
    assert.equal(refused.code, exit.unreachable, refused.errors);
    assert.match(refused.errors, /data folder .* cannot be written \(EACCES\).*\(unavailable\)/);
    assert.deepEqual(await readdir(data.folder), []);
    await data.remove();
  });

  test('a port in use', async () => {
    const data = await template.copy();
    const holder = createServer();
    const port = await new Promise<number>((resolve) =>
      holder.listen(0, '127.0.0.1', () => {
        const address = holder.address();
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      }),
    );
    const refused = await runCli(data.folder, ['start'], { env: { VOLVOX_LISTEN: `127.0.0.1:${port}` } });
    holder.close();
    assert.equal(refused.code, exit.unreachable, refused.errors);
    assert.match(refused.errors, new RegExp(`VOLVOX_LISTEN: 127.0.0.1:${port} is in use.*\\(unavailable\\)`));
    const server = await startServer(data);
    assert.equal(
      await (await server.request('GET', '/dav/common/a')).text(),
      'kept',
      'the folder is free again',
    );
    await server.kill('SIGKILL');
    await data.remove();
  });

  test('wrong variables: every fault at once, no secret among them', async () => {
    const data = await makeDataFolder();
    const env = {
      VOLVOX_LISTEN: 'nowhere',
      VOLVOX_LOG_LEVEL: 'loud',
      VOLVOX_URL: 'ftp://files.example.org',
      VOLVOX_DURABILITY: 'perhaps',
      VOLVOX_TYPO: '1',
      VOLVOX_TLS_CERT: 'cert.pem',
      VOLVOX_SQL: 'oracle://scott:tiger-secret@db/volvox',
      VOLVOX_BLOBS: 'file:blobs?colour=blue',
    };
    const refused = await runCli(data.folder, ['start'], { env });
    assert.equal(refused.code, exit.usage, refused.errors);
    for (const name of Object.keys(env))
      assert.ok(refused.errors.includes(name), `${name} is not named:\n${refused.errors}`);
    assert.ok(!refused.errors.includes('tiger-secret'), refused.errors);
    assert.deepEqual(await readdir(data.folder), [], 'nothing was made');
    await data.remove();
  });

  test('a wrong command, and a server that does not answer', async () => {
    const data = await makeDataFolder();
    const unknown = await runCli(data.folder, ['frobnicate']);
    assert.equal(unknown.code, exit.usage, unknown.errors);
    const env = { VOLVOX_TOKEN: 'of another server' };
    const silent = await runCli(data.folder, ['--server', 'http://127.0.0.1:1', 'status'], { env });
    assert.equal(silent.code, exit.unreachable, silent.errors);
    assert.deepEqual(await readdir(data.folder), []);
    await data.remove();
  });
});
