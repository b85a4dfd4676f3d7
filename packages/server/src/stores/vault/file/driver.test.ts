import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import { systemClock } from '../../../kernel/clock.ts';
import { AppError } from '../../../kernel/errors.ts';
import { armPoint } from '../../../kernel/fault-points.ts';
import { silentLogger, type Logger } from '../../../kernel/logger.ts';
import { parseStoreUrl } from '../../../kernel/store-url.ts';
import { vaultFileDriver } from './driver.ts';

const base64Key = Buffer.alloc(32, 7).toString('base64');

interface Place {
  readonly folder: string;
  readonly vault: string;
  readonly keyring: string;
}

function place(t: TestContext): Place {
  const folder = mkdtempSync(join(tmpdir(), 'volvox-vault-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return { folder, vault: join(folder, 'vault.json'), keyring: join(folder, 'vault.keyring') };
}

const open = (path: string, vaultKey?: string, log: Logger = silentLogger) =>
  vaultFileDriver.open(parseStoreUrl(`file:${path}`), {
    log,
    clock: systemClock,
    durability: 'full',
    ...(vaultKey === undefined ? {} : { vaultKey }),
  });

async function child(path: string, times: number, point?: string): Promise<number | NodeJS.Signals> {
  const script = fileURLToPath(new URL('driver.child.ts', import.meta.url));
  const extra = point === undefined ? [] : [point];
  const process_ = spawn(process.execPath, ['--conditions=source', script, path, `${times}`, ...extra], {
    stdio: 'inherit',
  });
  const [code, signal] = await once(process_, 'exit');
  return signal ?? code;
}

function keyCount(keyring: string): number {
  const parsed: unknown = JSON.parse(readFileSync(keyring, 'utf8'));
  return Number(Reflect.get(Reflect.get(Object(parsed), 'keys'), 'length'));
}

for (const point of ['durable-file.before-rename', 'vault.rotate.key-added', 'vault.rotate.resealed']) {
  test(`a rotation cut off at ${point} leaves everything readable and can be done again`, async (t) => {
    const { folder, vault, keyring } = place(t);
    const before = await open(vault);
    for (let i = 0; i < 4; i++) await before.put(`k${i}`, `value ${i}`);
    assert.equal(await child(vault, 1, point), 'SIGKILL');
    for (const store of [before, await open(vault)]) {
      for (let i = 0; i < 4; i++) assert.equal(await store.get(`k${i}`), `value ${i}`);
    }
    await before.put('k4', 'value 4');
    armPoint(point);
    await assert.rejects(before.rotate());
    for (let i = 0; i < 5; i++) assert.equal(await before.get(`k${i}`), `value ${i}`);
    await before.rotate();
    assert.equal(keyCount(keyring), 1);
    for (let i = 0; i < 5; i++) assert.equal(await before.get(`k${i}`), `value ${i}`);
    assert.deepEqual(readdirSync(folder).sort(), ['vault.json', 'vault.json.lock', 'vault.keyring']);
  });
}

test('rotations in another process lose no put and no secret of this one', async (t) => {
  const { vault } = place(t);
  const store = await open(vault);
  const exit = child(vault, 10);
  for (let i = 0; i < 40; i++) {
    await store.put(`k${i}`, `value ${i}`);
    assert.equal(await store.get(`k${i}`), `value ${i}`);
  }
  assert.equal(await exit, 0);
  for (let i = 0; i < 40; i++) assert.equal(await store.get(`k${i}`), `value ${i}`);
});

test('rotation makes a new key and seals everything anew', async (t) => {
  const { vault, keyring } = place(t);
  const store = await open(vault);
  await store.put('a', 'value');
  const [oldVault, oldKeyring] = [readFileSync(vault), readFileSync(keyring)];
  await store.rotate();
  assert.notDeepEqual(readFileSync(vault), oldVault);
  writeFileSync(keyring, oldKeyring);
  await assert.rejects(store.get('a'), { code: 'unauthenticated' }, 'the old key opens nothing any more');
});

for (const vaultKey of [undefined, base64Key, 'a phrase to pass']) {
  test(`no value and no key shows on the disk, in errors or in logs (${vaultKey ?? 'keyring'})`, async (t) => {
    const { folder, vault } = place(t);
    const logged: unknown[] = [];
    const log: Logger = {
      ...silentLogger,
      info: (...all) => void logged.push(all),
      warn: (...all) => void logged.push(all),
    };
    const store = await open(vault, vaultKey, log);
    const value = 'hush-hush-hush-hush';
    await store.put('name', value);
    await store.rotate();
    await store.put('other', value);
    const shown: unknown[] = [logged, store];
    const results = await Promise.allSettled([
      store.put('name', value, { createOnly: true }),
      store.put('name', value.repeat(9_999)),
      store.put('bad name', value),
    ]);
    for (const result of results) shown.push(result.status === 'rejected' ? result.reason : null);
    writeFileSync(vault, readFileSync(vault, 'utf8').replace('"sealed":"', '"sealed":"AAAA'));
    shown.push(await store.get('name').catch((error: unknown) => error));
    assert.equal(shown.filter((item) => item instanceof AppError).length, 4);
    const text = [
      ...readdirSync(folder).map((name) => readFileSync(join(folder, name), 'latin1')),
      inspect(shown, { depth: 20, showHidden: true }),
    ].join();
    for (const secret of [
      value,
      Buffer.from(value).toString('base64').slice(0, 20),
      Buffer.from(value).toString('hex'),
    ]) {
      assert.ok(!text.includes(secret));
    }
    if (vaultKey !== undefined) assert.ok(!text.includes(vaultKey));
  });
}

test('a value is bound to its name: moved under another, it is corrupt', async (t) => {
  const { vault } = place(t);
  const store = await open(vault);
  await store.put('admin', 'a');
  await store.put('guest', 'b');
  writeFileSync(vault, readFileSync(vault, 'utf8').replace('"admin"', '"x"').replace('"guest"', '"admin"'));
  await assert.rejects(store.get('admin'), { code: 'corrupt', message: /"admin"/ });
  await assert.rejects(store.get('x'), { code: 'corrupt' });
});

test('a damaged secret is corrupt, the others stay readable, and nothing is overwritten', async (t) => {
  const { vault, keyring } = place(t);
  const store = await open(vault);
  await store.put('good', 'g');
  await store.put('bad', 'b');
  const damaged = readFileSync(vault, 'utf8').replace(
    /("name":"bad".*"sealed":")(.)/,
    (_all, head: string, first: string) => head + (first === 'A' ? 'B' : 'A'),
  );
  writeFileSync(vault, damaged);
  const keys = readFileSync(keyring, 'utf8');
  await assert.rejects(store.get('bad'), {
    code: 'corrupt',
    message: /vault\.json is damaged: the secret "bad"/,
  });
  await assert.rejects(store.rotate(), { code: 'corrupt' });
  assert.equal(await store.get('good'), 'g');
  assert.deepEqual([readFileSync(vault, 'utf8'), readFileSync(keyring, 'utf8')], [damaged, keys]);
  await store.put('bad', 'again');
  assert.equal(await store.get('bad'), 'again');
});

test('damaged files are refused with file and position and left as they are', async (t) => {
  const { vault, keyring } = place(t);
  const store = await open(vault);
  await store.put('a', 'x');
  for (const path of [vault, keyring]) {
    const whole = readFileSync(path, 'utf8');
    const twice = whole.replace(/^(\{"(?:name|id)".*)$/m, '$1,\n$1');
    const broken = [
      '',
      whole.slice(0, -9),
      whole.replace('"format":1', '"format":"1"'),
      '[]',
      whole.replace(/"(sealed|secret)"/, '"other"'),
    ];
    for (const text of path === vault ? [...broken, twice] : broken) {
      writeFileSync(path, text);
      const refused = (error: AppError): boolean => error.code === 'corrupt' && error.message.includes(path);
      await assert.rejects(open(vault), refused, text);
      await assert.rejects(store.get('a'), refused);
      await assert.rejects(store.put('a', 'y'), refused);
      await assert.rejects(store.rotate(), refused);
      assert.equal(readFileSync(path, 'utf8'), text);
    }
    writeFileSync(path, whole.replace('"format":1', '"format":2'));
    await assert.rejects(open(vault), { code: 'unsupported' });
    writeFileSync(path, whole);
    assert.equal(await store.get('a'), 'x');
  }
});

test('a missing or foreign keyring is refused and never replaced', async (t) => {
  const [mine, other] = [place(t), place(t)];
  const store = await open(mine.vault);
  await store.put('a', 'x');
  await (await open(other.vault)).put('a', 'x');
  const whole = readFileSync(mine.keyring);
  rmSync(mine.keyring);
  await assert.rejects(open(mine.vault), { code: 'corrupt', message: /vault\.keyring is missing/ });
  await assert.rejects(store.put('b', 'x'), { code: 'corrupt' });
  assert.ok(!readdirSync(mine.folder).includes('vault.keyring'));
  writeFileSync(mine.keyring, readFileSync(other.keyring), { mode: 0o600 });
  await assert.rejects(open(mine.vault), { code: 'unauthenticated', message: /is not the keyring of/ });
  writeFileSync(mine.keyring, whole);
  assert.equal(await store.get('a'), 'x');
});

test('an unprotected keyring that others may read is refused; a protected one may lie open', async (t) => {
  const { vault, keyring } = place(t);
  const store = await open(vault);
  await store.put('a', 'x');
  assert.deepEqual([statSync(vault).mode & 0o777, statSync(keyring).mode & 0o777], [0o600, 0o600]);
  for (const mode of [0o644, 0o640, 0o604]) {
    chmodSync(keyring, mode);
    await assert.rejects(open(vault), { code: 'forbidden', message: /vault\.keyring.*chmod 600/ });
  }
  chmodSync(keyring, 0o600);
  await open(vault, base64Key);
  chmodSync(keyring, 0o644);
  assert.equal(await (await open(vault, base64Key)).get('a'), 'x');
});

test('VOLVOX_VAULT_KEY given later protects the keyring from then on', async (t) => {
  const { vault, keyring } = place(t);
  const plain = await open(vault);
  await plain.put('a', 'x');
  const before = readFileSync(keyring, 'utf8');
  const key = /"secret":"([^"]+)"/.exec(before)?.[1] ?? '';
  const store = await open(vault, 'a phrase to pass');
  assert.equal(await store.get('a'), 'x');
  assert.ok(key.length > 40 && !readFileSync(keyring, 'utf8').includes(key));
  await assert.rejects(open(vault), { code: 'unauthenticated', message: /set VOLVOX_VAULT_KEY/ });
  await assert.rejects(plain.get('a'), { code: 'unauthenticated' });
  await assert.rejects(open(vault, base64Key), {
    code: 'unauthenticated',
    message: /protected by a passphrase/,
  });
  await assert.rejects(open(vault, 'too short'), { code: 'invalid_input', message: /too short/ });
  assert.equal(await (await open(vault, 'a phrase to pass')).get('a'), 'x');
});

test('the keyring may lie elsewhere', async (t) => {
  const { folder, vault } = place(t);
  const store = await open(`${vault}?keyring=${encodeURIComponent(`${folder}/other disk/keys`)}`);
  await store.put('a', 'x');
  assert.deepEqual(readdirSync(folder).sort(), ['other disk', 'vault.json', 'vault.json.lock']);
  assert.deepEqual(readdirSync(join(folder, 'other disk')), ['keys']);
});
