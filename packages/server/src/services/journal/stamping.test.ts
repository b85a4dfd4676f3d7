/** Positions on the databases where several write at once: SQLite has one writer, and gives them with the insert. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { sharedServer } from '../../testing/servers/index.ts';
import type { OpenedSql } from '../../stores/sql/contract.suite.ts';
import type { SqlStore } from '../../stores/sql/contract.ts';
import { openTestDatabase } from '../../stores/sql/testing.ts';
import type { JournalRow } from './api.ts';
import { journalMigrations } from './migrations.ts';
import { appendRow, readHead, readRows } from './rows.ts';
import { Stamper } from './stamper.ts';
import { entry, until } from './testing.ts';

/** Volume: so many rows are committed by twelve writers. */
const volume = Number(process.env['VOLVOX_TEST_EVENTS'] ?? 228);

for (const [dialect, kind] of [
  ['postgres', 'postgres'],
  ['mysql', 'mariadb'],
] as const) {
  const server = await sharedServer(kind);
  describe(`stamping on ${dialect}`, { skip: server === null ? `no ${kind} on this machine` : false }, () =>
    stampingCases(() => openTestDatabase(dialect, 'relaxed')),
  );
}

function stampingCases(open: () => Promise<OpenedSql>): void {
  const opened = async (): Promise<OpenedSql> => {
    const db = await open();
    await db.store.migrate(journalMigrations);
    return db;
  };

  test('gives a row that commits late a later position, and does not wait for it', async () => {
    const db = await opened();
    const slow = await slowCommit(db.store, 'slow');
    await commit(db.store, 'quick');
    await new Stamper(db.store).stamp();
    assert.deepEqual(await names(db.store), ['quick']);
    await slow.end();
    assert.deepEqual(await readHead(db.store.reader), { head: 1, pending: true });
    await new Stamper(db.store).stamp();
    assert.deepEqual(await names(db.store), ['quick', 'slow']);
    await db.remove();
  });

  test('leaves no gap for what was rolled back, and goes on from the last position', async () => {
    const db = await opened();
    await commit(db.store, 'a');
    await assert.rejects(
      db.store.transaction(async (tx) => {
        await appendRow(tx, entry('never'), 0);
        throw new Error('no');
      }),
    );
    await commit(db.store, 'b', 'c');
    await new Stamper(db.store).stamp();
    await commit(db.store, 'd');
    await new Stamper(db.store).stamp();
    assert.deepEqual(await names(db.store), ['a', 'b', 'c', 'd']);
    await db.remove();
  });

  test('stamps more than a batch', async () => {
    const db = await opened();
    const many = Array.from({ length: 2500 }, (_, i) => `${i}`);
    await commit(db.store, ...many);
    await new Stamper(db.store).stamp();
    assert.deepEqual(await names(db.store), many);
    await db.remove();
  });

  test('shows every row once and in order to a reader with a cursor, while writers on three nodes commit now and late and all stamp', async () => {
    const db = await opened();
    const nodes = [db.store, await db.again(), await db.again()];
    const writers = nodes.flatMap((sql, node) =>
      Array.from({ length: 4 }, (_, lane) => writeRows(sql, `${node}/${lane}`, Math.ceil(volume / 9))),
    );
    let writing = true;
    const written = Promise.all(writers).then((rows) => {
      writing = false;
      return rows.flat();
    });
    const stampers = nodes.map(async (sql) => {
      const stamper = new Stamper(sql);
      while (writing) await Promise.all([stamper.stamp(), stamper.stamp()]);
      await stamper.stamp();
    });
    const seen: JournalRow[] = [];
    const follow = async (): Promise<void> => {
      const rows = await readRows(db.store.reader, seen.at(-1)?.seq ?? 0, volume > 1_000 ? 500 : 7);
      seen.push(...rows);
    };
    while (writing) await follow();
    const expected = await written;
    await Promise.all(stampers);
    await until(async () => {
      await follow();
      return seen.length >= expected.length;
    });
    await follow();
    assert.deepEqual(
      seen.map((row) => row.seq),
      expected.map((_, i) => i + 1),
    );
    const seenNames = seen.map((row) => String(row.after?.['name']));
    assert.deepEqual([...seenNames].sort(), [...expected].sort());
    // What one lane wrote one after the other stays so.
    for (let lane = 0; lane < 12; lane++) {
      const prefix = `${Math.floor(lane / 4)}/${lane % 4}/`;
      const mine = seenNames.filter((name) => name.startsWith(prefix));
      assert.deepEqual(
        mine,
        expected.filter((name) => name.startsWith(prefix)),
      );
    }
    await db.remove();
  });
}

async function commit(sql: SqlStore, ...rows: readonly string[]): Promise<void> {
  await sql.transaction(async (tx) => {
    for (const name of rows) await appendRow(tx, entry(name), 0);
  });
}

/** A transaction that has written its row and does not commit before `end`. */
async function slowCommit(sql: SqlStore, name: string): Promise<{ readonly end: () => Promise<void> }> {
  const written = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  const done = sql.transaction(async (tx) => {
    await appendRow(tx, entry(name), 0);
    written.resolve();
    await release.promise;
  });
  await written.promise;
  return {
    end: () => {
      release.resolve();
      return done;
    },
  };
}

/** Every third transaction commits late, every fourth is rolled back. @returns what was committed */
async function writeRows(sql: SqlStore, lane: string, count: number): Promise<string[]> {
  const committed: string[] = [];
  for (let i = 0; i < count; i++) {
    const name = `${lane}/${i}`;
    const work = sql.transaction(async (tx) => {
      await appendRow(tx, entry(name), 0);
      if (i % 3 === 0) await new Promise((resolve) => setTimeout(resolve, Math.random() * 20));
      if (i % 4 === 3) throw new Error('rolled back');
    });
    if (i % 4 === 3) await assert.rejects(work);
    else await work.then(() => committed.push(name));
  }
  return committed;
}

async function names(sql: SqlStore): Promise<string[]> {
  const rows = await readRows(sql.reader, 0, 10_000);
  assert.deepEqual(
    rows.map((row) => row.seq),
    rows.map((_, i) => i + 1),
  );
  return rows.map((row) => String(row.after?.['name']));
}
