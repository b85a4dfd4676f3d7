import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, stat, writeFile, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { systemClock } from '../../../kernel/clock.ts';
import { isAppError } from '../../../kernel/errors.ts';
import { silentLogger } from '../../../kernel/logger.ts';
import { parseStoreUrl } from '../../../kernel/store-url.ts';
import { migrations, queries, thing } from '../contract.schema.ts';
import { Background } from './background.ts';
import { openSqlite, sqliteDriver } from './driver.ts';
import { openNative } from '../../clients/sqlite/native.ts';
import type { SqliteOptions, SqliteStore } from './store.ts';

let folder: string;
let file: string;
const stores: SqliteStore[] = [];

async function openStore(options: Partial<SqliteOptions> = {}): Promise<SqliteStore> {
  const store = await openSqlite(
    { file, ...options },
    { log: silentLogger, clock: systemClock, durability: 'full' },
  );
  stores.push(store);
  return store;
}

async function openMigrated(options: Partial<SqliteOptions> = {}): Promise<SqliteStore> {
  const store = await openStore(options);
  await store.migrate(migrations);
  return store;
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'volvox-sqlite-'));
  file = join(folder, 'x.db');
});

afterEach(async () => {
  await Promise.all(stores.splice(0).map((store) => store.close()));
  await rm(folder, { recursive: true });
});

test('makes the folder of a new database', async () => {
  file = join(folder, 'a', 'b', 'x.db');
  await openMigrated();
  assert.ok((await stat(file)).isFile());
});

test('calls a file that is no database corrupt, names it and says what to do', async () => {
  await writeFile(file, 'not a database at all, whatever its name says '.repeat(100));
  await assert.rejects(
    openStore(),
    (e) => isAppError(e, 'corrupt') && e.message.includes(file) && /volvox check.*backup/.test(e.message),
  );
});

test('calls damaged pages corrupt when they are met, and verify finds them', async () => {
  const first = await openMigrated();
  await first.transaction((tx) =>
    tx.runMany(
      queries.insert,
      Array.from({ length: 3000 }, (_, i) => thing(`row ${i}`)),
    ),
  );
  await first.close();
  const handle = await open(file, 'r+');
  for (let page = 2; page < 60; page++) await handle.write(Buffer.alloc(512, 0xa5), 0, 512, page * 4096);
  await handle.close();
  const store = await openStore();
  await assert.rejects(
    store.reader.all(queries.all, {}),
    (e) => isAppError(e, 'corrupt') && e.message.includes('x.db'),
  );
  assert.notDeepEqual(await store.verify(), []);
});

test('says which file cannot be opened, and why', async () => {
  await writeFile(join(folder, 'plain'), '');
  file = join(folder, 'plain', 'x.db');
  await assert.rejects(openStore(), (e) => isAppError(e, 'unavailable') && e.message.includes(file));
  file = join(folder, 'taken');
  await mkdir(file);
  await assert.rejects(openStore(), (e) => isAppError(e, 'unavailable') && e.message.includes(file));
});

test('refuses a URL without a file, and a cache that is no number', async () => {
  const deps = { log: silentLogger, clock: systemClock, durability: 'full' } as const;
  for (const url of ['sqlite:', 'sqlite://host/x', 'sqlite:x?cache=much']) {
    await assert.rejects(sqliteDriver.open(parseStoreUrl(url), deps), (e) => isAppError(e, 'invalid_input'));
  }
});

test('keeps the log bounded while writes never pause, and readers with it', async () => {
  const store = await openMigrated({ checkpointPages: 200 });
  const filler = 'x'.repeat(2000);
  let largest = 0;
  const lane = async (name: number): Promise<void> => {
    for (let i = 0; i < 1500; i++) {
      await store.transaction((tx) => tx.run(queries.insert, thing(`${name}/${i}`, { text: filler })));
      await store.reader.get(queries.byName, { name: `${name}/${i}` });
      if (i % 20 === 0) largest = Math.max(largest, (await stat(`${file}-wal`)).size);
    }
  };
  await Promise.all(Array.from({ length: 8 }, (_, name) => lane(name)));
  // Held at four times 200 pages; a look comes every eight commits of at most eight rows each.
  assert.ok(largest < 2000 * 4096, `the log grew to ${largest} bytes`);
  assert.equal((await store.background.all(queries.all, {})).length, 12000);
});

test('leaves no log behind when it closes', async () => {
  const store = await openMigrated();
  await store.close();
  await assert.rejects(stat(`${file}-wal`));
});

test('fails a transaction that waits for something else, rolls it back and goes on', async () => {
  const store = await openMigrated({ stuckMs: 20 });
  const stuck = store.transaction(async (tx) => {
    await tx.run(queries.insert, thing('stuck'));
    await new Promise(() => {});
  });
  const nested = store.transaction(async (tx) => {
    await tx.run(queries.insert, thing('outer'));
    await store.transaction((inner) => inner.run(queries.insert, thing('inner')));
  });
  const fine = store.transaction((tx) => tx.run(queries.insert, thing('fine')));
  await assert.rejects(stuck, (e) => isAppError(e, 'internal'));
  await assert.rejects(nested, (e) => isAppError(e, 'internal'));
  await fine;
  const poll = async (): Promise<string[]> => (await store.reader.all(queries.all, {})).map((r) => r.name);
  while ((await poll()).length < 2) await new Promise(setImmediate);
  assert.deepEqual(await poll(), ['fine', 'inner']);
});

test('waits for the lock of another process without holding up this one', async () => {
  const store = await openMigrated();
  const other = openNative(file, { timeout: 0 });
  other.exec('begin immediate');
  let done = false;
  const work = store.transaction((tx) => tx.run(queries.insert, thing('patient'))).then(() => (done = true));
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setTimeout(resolve, 1));
  assert.equal(done, false);
  assert.deepEqual(await store.reader.all(queries.all, {}), []);
  other.exec('commit');
  other.close();
  await work;
});

test('answers in the background again after its thread ended for lack of questions', async () => {
  await openMigrated();
  const background = new Background({ file, cacheMiB: 1 }, 1);
  for (let i = 0; i < 3; i++) {
    assert.deepEqual(await background.all(queries.all, {}), []);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const last = background.all(queries.all, {});
  await background.close();
  assert.deepEqual(await last, []);
});
