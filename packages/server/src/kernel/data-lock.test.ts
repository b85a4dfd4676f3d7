import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { lockDataFolder } from './data-lock.ts';

function place(t: TestContext): string {
  const parent = mkdtempSync(join(tmpdir(), 'volvox-data-'));
  t.after(() => rmSync(parent, { recursive: true }));
  return join(parent, 'data');
}

async function holder(folder: string) {
  const script = fileURLToPath(new URL('data-lock.child.ts', import.meta.url));
  const process_ = spawn(process.execPath, ['--conditions=source', script, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(process_.stdout, 'data');
  return process_;
}

test('makes the folder private and holds it against this process too, until released', async (t) => {
  const folder = place(t);
  const lock = await lockDataFolder(join(folder, 'deep'));
  assert.equal(statSync(join(folder, 'deep')).mode & 0o777, 0o700);
  await assert.rejects(lockDataFolder(join(folder, 'deep')), { code: 'conflict' });
  await assert.rejects(
    lockDataFolder(join(folder, 'deep')),
    { code: 'conflict' },
    'a refused attempt does not weaken the lock',
  );
  await lock.release();
  await lock.release();
  const again = await lockDataFolder(join(folder, 'deep'));
  await again.release();
});

test('another process that holds it is named; kill -9 frees it', async (t) => {
  const folder = place(t);
  const child = await holder(folder);
  await assert.rejects(
    lockDataFolder(folder),
    (error: { code: string; message: string; details: unknown }) => {
      assert.equal(error.code, 'conflict');
      assert.ok(
        error.message.includes(folder) && error.message.includes(`process ${child.pid}`),
        error.message,
      );
      assert.deepEqual(error.details, { pid: child.pid });
      return true;
    },
  );
  child.kill('SIGKILL');
  await once(child, 'exit');
  const lock = await lockDataFolder(folder);
  await lock.release();
});

test('a pid file whose pid lives now in another program does not count', async (t) => {
  const folder = place(t);
  mkdirSync(folder);
  writeFileSync(join(folder, 'volvox.pid'), `${process.ppid}\n`);
  const lock = await lockDataFolder(folder);
  const child = spawn(
    process.execPath,
    ['--conditions=source', fileURLToPath(new URL('data-lock.child.ts', import.meta.url)), folder],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  let text = '';
  child.stderr.setEncoding('utf8').on('data', (part: string) => (text += part));
  const [code] = await once(child, 'close');
  assert.equal(code, 1);
  assert.match(text, new RegExp(`in use by process ${process.pid}`));
  await lock.release();
});

test('a folder that cannot be made or written is refused with its name', async (t) => {
  const folder = place(t);
  writeFileSync(folder, 'a file');
  await assert.rejects(lockDataFolder(folder), {
    code: 'unavailable',
    message: /cannot make the folder .*data \(EEXIST\)/,
  });
  await assert.rejects(lockDataFolder(join(folder, 'x')), { code: 'unavailable', message: /ENOTDIR/ });
  if (process.platform === 'linux') {
    await assert.rejects(lockDataFolder('/proc/self/fd'), {
      code: 'unavailable',
      message: /\/proc\/self\/fd cannot be written/,
    });
  }
});
