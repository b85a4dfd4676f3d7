import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../../kernel/clock.ts';
import { armPoint } from '../../../kernel/fault-points.ts';
import { silentLogger, type Logger } from '../../../kernel/logger.ts';
import { parseStoreUrl } from '../../../kernel/store-url.ts';
import { Watcher } from '../watch.suite.ts';
import { configFileDriver } from './driver.ts';

const open = (path: string, log: Logger = silentLogger) =>
  configFileDriver.open(parseStoreUrl(`file:${path}`), { log, clock: systemClock, durability: 'full' });

function place(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'volvox-config-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return join(folder, 'config.json');
}

async function child(path: string, steps: number, point?: string): Promise<number | NodeJS.Signals> {
  const script = fileURLToPath(new URL('driver.child.ts', import.meta.url));
  const extra = point === undefined ? [] : [point];
  const process_ = spawn(process.execPath, ['--conditions=source', script, path, `${steps}`, ...extra], {
    stdio: 'inherit',
  });
  const [code, signal] = await once(process_, 'exit');
  return signal ?? code;
}

test('three processes that count lose no step, and a watch here sees every one', async (t) => {
  const path = place(t);
  const store = await open(path);
  const watcher = new Watcher(store, '', 0);
  const exits = await Promise.all([child(path, 25), child(path, 25), child(path, 25)]);
  assert.deepEqual(exits, [0, 0, 0]);
  await watcher.until((changes) => changes.length >= 75);
  assert.deepEqual(
    watcher.changes.map((change) => change.value),
    Array.from({ length: 75 }, (_, i) => i + 1),
  );
  assert.equal((await store.get('n'))?.value, 75);
  await watcher.end();
  await store.close();
});

for (const [point, expected] of [
  ['durable-file.before-rename', 1],
  ['durable-file.after-rename', 2],
] as const) {
  test(`a writer killed at ${point} leaves a whole file and no lock`, async (t) => {
    const path = place(t);
    const store = await open(path);
    await store.set('n', 1);
    assert.equal(await child(path, 1, point), 'SIGKILL');
    assert.equal((await store.get('n'))?.value, expected);
    await store.set('n', 10);
    await store.close();
    const again = await open(path);
    assert.equal((await again.get('n'))?.value, 10);
    assert.deepEqual(
      readdirSync(join(path, '..')).sort(),
      ['config.json', 'config.json.lock'],
      'what was left is removed',
    );
    await again.close();
  });
}

test('a write that fails changes nothing and leaves no temporary file', async (t) => {
  const path = place(t);
  const store = await open(path);
  await store.set('n', 1);
  armPoint('durable-file.before-rename');
  await assert.rejects(store.set('n', 2), { code: 'unavailable' });
  assert.equal((await store.get('n'))?.value, 1);
  assert.equal(await store.set('n', 3), 2);
  assert.equal(readdirSync(join(path, '..')).length, 2);
  await store.close();
});

test('a damaged file is refused with file and position, and never overwritten', async (t) => {
  const path = place(t);
  const store = await open(path);
  await store.set('a', 1);
  await store.set('b', 2);
  const whole = readFileSync(path, 'utf8');
  const cases: readonly (readonly [string, RegExp])[] = [
    ['', /line 1, column 1/],
    [whole.slice(0, -20), /line 3/],
    [whole.replace('"actor":null,"value":2', '"actor":null "value":2'), /line 3, column \d+/],
    [whole.replace('"volvox":"config"', '"volvox":"vault"'), /"volvox"/],
    [whole.replace('"revision":2', '"revision":1'), /changes\[1\]\.revision/],
    [whole.replace('"key":"a"', '"key":"a//"'), /changes\[0\]\.key/],
    [whole.replace('"at":', '"at":-'), /changes\[0\]\.at/],
    ['[]', /not an object/],
  ];
  for (const [text, reason] of cases) {
    writeFileSync(path, text);
    const refused = (error: { code: string; message: string }): boolean =>
      error.code === 'corrupt' && error.message.includes(path) && reason.test(error.message);
    await assert.rejects(open(path), refused, text);
    await assert.rejects(store.get('a'), refused);
    await assert.rejects(store.set('a', 5), refused);
    assert.equal(readFileSync(path, 'utf8'), text);
  }
  writeFileSync(path, whole);
  assert.equal((await store.get('b'))?.value, 2, 'repaired, it goes on');
  await store.close();
});

test('a file of a later version is refused as unsupported', async (t) => {
  const path = place(t);
  writeFileSync(path, '{"volvox":"config","format":2}');
  await assert.rejects(open(path), { code: 'unsupported' });
});

test('a file that goes back or away under a running process is refused, not continued', async (t) => {
  const path = place(t);
  const store = await open(path);
  await store.set('a', 1);
  const old = readFileSync(path);
  await store.set('a', 2);
  writeFileSync(path, old);
  await assert.rejects(store.set('a', 3), { code: 'corrupt' });
  rmSync(path);
  await assert.rejects(store.get('a'), { code: 'corrupt' });
  await store.close();
  const restarted = await open(path);
  assert.equal(await restarted.get('a'), null);
  await restarted.close();
});

test('a watch survives damage: logs it once and goes on with the repaired file', async (t) => {
  const path = place(t);
  const errors: object[] = [];
  const store = await open(path, { ...silentLogger, error: (fields) => void errors.push(fields) });
  await store.set('a', 1);
  const watcher = new Watcher(store, '', 0);
  await watcher.until((changes) => changes.length === 1);
  const other = await open(path);
  await other.set('a', 2);
  await watcher.until((changes) => changes.length === 2);
  const whole = readFileSync(path);
  writeFileSync(path, '{');
  await t.waitFor(() => assert.equal(errors.length, 1), { timeout: 10_000 });
  writeFileSync(path, whole);
  await other.set('a', 3);
  await watcher.until((changes) => changes.length === 3);
  assert.equal(errors.length, 1);
  await watcher.end();
  await store.close();
  await other.close();
});

test('the file is private and made with its folder; names with spaces and umlauts are fine', async (t) => {
  const path = join(place(t), '..', 'sub', 'ä b', 'config.json');
  const store = await open(encodeURI(path));
  await store.set('a', 1);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.equal(statSync(join(path, '..')).mode & 0o777, 0o700);
  await store.close();
});

test('a folder that cannot be, and a URL with a host or without a path, are refused with the reason', async (t) => {
  const path = place(t);
  writeFileSync(path, '');
  await assert.rejects(open(join(path, 'config.json')), {
    code: 'unavailable',
    message: /cannot make the folder/,
  });
  await assert.rejects(open(''), { code: 'invalid_input' });
  await assert.rejects(open('//host/config.json'), { code: 'invalid_input', message: /names a host/ });
  mkdirSync(`${path}.d`);
  chmodSync(`${path}.d`, 0o700);
  await assert.rejects(open(`${path}.d`), { code: 'unavailable', message: /cannot read/ });
});
