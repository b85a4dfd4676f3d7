import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { systemClock } from '../../../kernel/clock.ts';
import { isAppError } from '../../../kernel/errors.ts';
import { silentLogger, type Logger } from '../../../kernel/logger.ts';
import { parseStoreUrl } from '../../../kernel/store-url.ts';
import type { DocumentsStore } from '../contract.ts';
import { activityOf, logEntry, searchDocument } from '../contract.suite.ts';
import { sqliteDocuments } from './driver.ts';

async function temporary(t: TestContext): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'volvox-documents-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return path.join(folder, 'documents.db');
}

async function open(file: string, warnings: string[] = []): Promise<DocumentsStore> {
  const log: Logger = { ...silentLogger, warn: (_fields, message) => void warnings.push(message) };
  return sqliteDocuments.open(parseStoreUrl(`sqlite:${file}`), {
    log,
    clock: systemClock,
    durability: 'full',
  });
}

async function fill(store: DocumentsStore): Promise<void> {
  await store.logs.append([logEntry()]);
  await store.search.upsert(
    Array.from({ length: 3000 }, (_, index) => searchDocument(`report number ${index}.pdf`)),
  );
  await store.activity.append([activityOf(1)]);
}

test('keeps everything over a restart, and knows that it began empty only once', async (t) => {
  const file = await temporary(t);
  const first = await open(file);
  assert.equal(first.freshlyCreated, true);
  await fill(first);
  const generation = await first.search.beginGeneration();
  await first.close();
  const second = await open(file);
  t.after(() => second.close());
  assert.equal(second.freshlyCreated, false);
  assert.equal(await second.search.count(), 3000);
  assert.equal((await second.logs.query({}, 10)).items.length, 1);
  assert.equal((await second.activity.query({}, 10)).items.length, 1);
  assert.equal(await second.search.beginGeneration(), generation + 1);
});

const damages: readonly { readonly name: string; readonly make: (file: string) => Promise<void> }[] = [
  {
    name: 'a file that is no database',
    make: (file) => writeFile(file, 'this is not a database, and long enough to be looked at'.repeat(100)),
  },
  {
    name: 'a file cut off in the middle',
    make: async (file) => truncate(file, ((await readFile(file)).length >> 13) * 4096),
  },
  {
    name: 'pages overwritten with noise',
    make: async (file) => {
      const bytes = await readFile(file);
      for (let at = 4096; at < bytes.length; at++) bytes[at] = (at * 31) & 255;
      await writeFile(file, bytes);
    },
  },
  {
    name: 'a layout of another version',
    make: async (file) => {
      const bytes = await readFile(file);
      bytes.writeUInt32BE(99, 60);
      await writeFile(file, bytes);
    },
  },
];

for (const { name, make } of damages) {
  test(`puts ${name} aside, says so and begins anew`, async (t) => {
    const file = await temporary(t);
    const first = await open(file);
    await fill(first);
    await first.close();
    await make(file);
    const warnings: string[] = [];
    const second = await open(file, warnings);
    t.after(() => second.close());
    assert.equal(second.freshlyCreated, true);
    assert.match(warnings.join(), /begin empty/);
    assert.ok((await readdir(path.dirname(file))).includes('documents.db.damaged'));
    await fill(second);
    assert.equal((await second.search.query({ text: 'number 2999' }, 10)).items.length, 1);
  });
}

test('damage that shows only in use is corrupt, and the next start begins anew', async (t) => {
  const file = await temporary(t);
  const first = await open(file);
  await fill(first);
  await first.close();
  const bytes = await readFile(file);
  const tableLeaf = 13;
  let at = 0;
  while (bytes[at] !== tableLeaf || !bytes.subarray(at, at + 4096).includes(' report number 1500'))
    at += 4096;
  await writeFile(file, bytes.fill(0xee, at, at + 4096));
  const second = await open(file);
  assert.equal(second.freshlyCreated, false);
  for (let turn = 0; turn < 2; turn++) {
    const query = second.search.query({ text: 'report number' }, 10);
    await assert.rejects(query, (error) => isAppError(error, 'corrupt'));
  }
  await second.close();
  const third = await open(file);
  t.after(() => third.close());
  assert.equal(third.freshlyCreated, true);
  await fill(third);
});

test('says at open why a file cannot be used', async (t) => {
  const file = await temporary(t);
  await writeFile(path.join(path.dirname(file), 'plain'), '');
  await assert.rejects(open(path.join(path.dirname(file), 'plain', 'documents.db')), (error) =>
    isAppError(error, 'unavailable'),
  );
  await assert.rejects(open(path.dirname(file)), (error) => isAppError(error, 'unavailable'));
  const deps = { log: silentLogger, clock: systemClock, durability: 'full' } as const;
  await assert.rejects(sqliteDocuments.open(parseStoreUrl('sqlite:'), deps), (error) =>
    isAppError(error, 'invalid_input'),
  );
  await assert.rejects(sqliteDocuments.open(parseStoreUrl('sqlite:x?cache=lots'), deps), (error) =>
    isAppError(error, 'invalid_input'),
  );
});

test('the event loop goes on while the thread works', async (t) => {
  const file = await temporary(t);
  const store = await open(file);
  t.after(() => store.close());
  const documents = Array.from({ length: 20_000 }, (_, index) =>
    searchDocument(`report number ${index}.pdf`),
  );
  let turns = 0;
  let working = true;
  const upsert = store.search.upsert(documents).finally(() => (working = false));
  while (working) {
    await new Promise((resolve) => setImmediate(resolve));
    turns++;
  }
  await upsert;
  assert.ok(turns > 100, `${turns} turns`);
});
