import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { isAppError } from '../../kernel/errors.ts';
import { migrations, queries, thing, type OpenedSql, type SqlCaps } from './contract.schema.ts';
import { killWhileCommitting } from './contract.kill.ts';
import type { Migration, SqlStore } from './contract.ts';
import { guardCases } from './guard.suite.ts';
import { snapshotCases } from './snapshot.suite.ts';
import { valueCases } from './values.suite.ts';
import { versionCases } from './versions.suite.ts';

export type { OpenedSql, SqlCaps } from './contract.schema.ts';

/** What every SQL driver promises (contract.ts). */
export function sqlContract(name: string, open: () => Promise<OpenedSql>, caps: SqlCaps): void {
  describe(`sql: ${name}`, () => {
    let db: OpenedSql;
    let sql: SqlStore;
    before(async () => {
      db = await open();
      sql = db.store;
      await sql.migrate(migrations);
    });
    beforeEach(() => sql.transaction((tx) => tx.run(queries.clear, {})));
    after(() => db.remove());

    transactionCases(() => sql);
    valueCases(() => sql);
    readerCases(() => sql);
    snapshotCases(() => sql);
    guardCases(
      () => sql,
      () => db.again(),
    );
    migrationCases(open, caps);
    versionCases(open, caps);
    if (caps.shared)
      test('keeps every acknowledged row when the process is killed', () => killWhileCommitting(db.url, sql));
  });
}

function transactionCases(sql: () => SqlStore): void {
  test('rolls back what throws and passes the error on as it is', async () => {
    const error = new Error('mine');
    const work = sql().transaction(async (tx) => {
      await tx.run(queries.insert, thing('a'));
      throw error;
    });
    await assert.rejects(work, (e) => e === error);
    assert.equal(await sql().reader.get(queries.byName, { name: 'a' }), undefined);
  });

  test('makes a unique clash a conflict, and rolls back even where the work swallows it', async () => {
    await sql().transaction((tx) => tx.run(queries.insert, thing('a')));
    const work = sql().transaction(async (tx) => {
      await tx.run(queries.insert, thing('b'));
      await tx.run(queries.insert, thing('a')).catch(() => 0);
    });
    await assert.rejects(work, (e) => isAppError(e, 'conflict'));
    assert.equal(await sql().reader.get(queries.byName, { name: 'b' }), undefined);
    await sql().transaction((tx) => tx.run(queries.insert, thing('b')));
  });

  test('makes a missing parent a conflict', async () => {
    const work = sql().transaction((tx) => tx.run(queries.insert, thing('a', { parent: 'nobody' })));
    await assert.rejects(work, (e) => isAppError(e, 'conflict'));
  });

  test('adds up exactly when 200 transactions increment one counter at once', async () => {
    await sql().transaction((tx) => tx.run(queries.insert, thing('counter', { n: 0 })));
    const increment = (): Promise<void> =>
      sql().transaction(async (tx) => {
        const row = await tx.get(queries.lock, { name: 'counter' });
        await tx.run(queries.setNumber, { name: 'counter', n: (row?.n ?? NaN) + 1 });
      });
    await Promise.all(Array.from({ length: 200 }, increment));
    assert.equal((await sql().reader.get(queries.byName, { name: 'counter' }))?.n, 200);
  });

  test('leaves the others alone when one of many concurrent transactions fails', async () => {
    const results = await Promise.allSettled(
      Array.from({ length: 30 }, (_, i) =>
        sql().transaction(async (tx) => {
          await tx.run(queries.insert, thing(`m${i}`));
          if (i % 3 === 0) throw new Error('no');
          if (i % 3 === 1) await tx.run(queries.insert, thing(`m${i}`));
          return i;
        }),
      ),
    );
    assert.deepEqual(
      results.flatMap((r) => (r.status === 'fulfilled' ? [r.value] : [])),
      [2, 5, 8, 11, 14, 17, 20, 23, 26, 29],
    );
    assert.equal((await sql().reader.all(queries.all, {})).length, 10);
  });

  test('calls afterCommit once the rows can be seen, before it resolves, and never after a rollback', async () => {
    const events: string[] = [];
    let seen: Promise<unknown> | null = null;
    await sql()
      .transaction(async (tx) => {
        await tx.run(queries.insert, thing('a'));
        tx.afterCommit(() => {
          events.push('called');
          seen = sql().reader.get(queries.byName, { name: 'a' });
        });
      })
      .then(() => events.push('resolved'));
    assert.deepEqual(events, ['called', 'resolved']);
    assert.notEqual(await seen, undefined);
    const work = sql().transaction(async (tx) => {
      tx.afterCommit(() => events.push('wrong'));
      throw new Error('no');
    });
    await assert.rejects(work);
    assert.equal(events.length, 2);
  });

  test('still resolves, with the other callbacks called, when an afterCommit callback throws', async () => {
    let called = false;
    await sql().transaction(async (tx) => {
      tx.afterCommit(() => {
        throw new Error('no');
      });
      tx.afterCommit(() => (called = true));
    });
    assert.ok(called);
  });

  test('does not begin what was aborted', async () => {
    let ran = false;
    const work = sql().transaction(async () => void (ran = true), { signal: AbortSignal.abort() });
    await assert.rejects(work, (e) => isAppError(e, 'aborted'));
    assert.equal(ran, false);
  });

  test('refuses a statement after its transaction has ended', async () => {
    const tx = await sql().transaction(async (t) => t);
    await assert.rejects(tx.run(queries.insert, thing('late')), (e) => isAppError(e, 'internal'));
    assert.equal(await sql().reader.get(queries.byName, { name: 'late' }), undefined);
  });

  test('runs the statements of one transaction in order where they are asked for at once', async () => {
    const rows = await sql().transaction(async (tx) => {
      await tx.run(queries.insert, thing('order', { n: 0 }));
      const steps = Array.from({ length: 20 }, (_, i) => ({
        written: tx.run(queries.setNumber, { name: 'order', n: i }),
        read: tx.get(queries.byName, { name: 'order' }),
      }));
      await Promise.all(steps.map((step) => step.written));
      return Promise.all(steps.map((step) => step.read));
    });
    assert.deepEqual(
      rows.map((row) => row?.n),
      Array.from({ length: 20 }, (_, i) => i),
    );
  });

  test('counts rows changed, over many rows and none', async () => {
    await sql().transaction(async (tx) => {
      assert.equal(await tx.runMany(queries.insert, []), 0);
      assert.equal(
        await tx.runMany(
          queries.insert,
          Array.from({ length: 300 }, (_, i) => thing(`r${i}`)),
        ),
        300,
      );
      assert.equal(await tx.run(queries.setNumber, { name: 'nobody', n: 1 }), 0);
      assert.equal(await tx.run(queries.setNumber, { name: 'r7', n: 0 }), 1);
    });
  });
}

function readerCases(sql: () => SqlStore): void {
  test('shows a commit to readers at once, and nothing before it', async () => {
    await sql().transaction(async (tx) => {
      await tx.run(queries.insert, thing('a'));
      assert.equal((await tx.get(queries.byName, { name: 'a' }))?.name, 'a');
      assert.equal(await sql().reader.get(queries.byName, { name: 'a' }), undefined);
    });
    assert.equal((await sql().reader.get(queries.byName, { name: 'a' }))?.name, 'a');
    assert.equal((await sql().background.get(queries.byName, { name: 'a' }))?.name, 'a');
    assert.equal((await sql().background.all(queries.all, {})).length, 1);
  });

  test('refuses what writes on both readers', async () => {
    await sql().transaction((tx) => tx.run(queries.insert, thing('a')));
    for (const reader of [sql().reader, sql().background])
      await assert.rejects(reader.all(queries.clear, {}), (e) => isAppError(e, 'internal'));
    assert.equal((await sql().reader.all(queries.all, {})).length, 1);
  });

  test('keeps names with quotes, backslashes and braces in lists', async () => {
    const names = ['a"b', "a'b", 'a\\b', '{a,b}', 'null', ''];
    await sql().transaction((tx) =>
      tx.runMany(
        queries.insert,
        names.map((name) => thing(name)),
      ),
    );
    const rows = await sql().reader.all(queries.byNames, { names });
    assert.deepEqual(rows.map((row) => row.name).sort(), [...names].sort());
  });

  test('takes lists of none, one and 5,000', async () => {
    const rows = Array.from({ length: 50 }, (_, i) => thing(`l${i}`, { n: i }));
    await sql().transaction((tx) => tx.runMany(queries.insert, rows));
    const many = Array.from({ length: 5000 }, (_, i) => i);
    assert.deepEqual(await sql().reader.all(queries.byNames, { names: [] }), []);
    assert.equal((await sql().reader.all(queries.byNames, { names: ['l7'] })).length, 1);
    assert.equal((await sql().reader.all(queries.byNames, { names: many.map((i) => `l${i}`) })).length, 50);
    assert.equal((await sql().reader.all(queries.byNumbers, { numbers: [] })).length, 0);
    assert.equal((await sql().background.all(queries.byNumbers, { numbers: many })).length, 50);
  });

  test('counts statements, transactions and commits', async () => {
    const start = sql().statistics();
    await sql().transaction((tx) => tx.run(queries.insert, thing('a')));
    await sql().reader.get(queries.byName, { name: 'a' });
    const end = sql().statistics();
    assert.equal(end.statements - start.statements, 2);
    assert.equal(end.transactions - start.transactions, 1);
    assert.equal(end.commits - start.commits, 1);
  });

  test('tells the time of its server, where that may be another machine', async () => {
    const told = await sql().time?.();
    if (sql().dialect === 'sqlite') assert.equal(told, undefined);
    else assert.ok(Math.abs((told ?? 0) - Date.now()) < 60_000, String(told));
  });

  test('is sound and says which version runs', async () => {
    assert.deepEqual(await sql().verify(), []);
    assert.match((await sql().ping()).version ?? '', /\d/);
  });
}

function migrationCases(open: () => Promise<OpenedSql>, caps: SqlCaps): void {
  const step = (name: string, ...statements: string[]): Migration => ({
    name,
    up: { sqlite: statements, postgres: statements, mysql: statements },
  });
  const steps = Array.from({ length: 8 }, (_, i) => step(`2026-0${i}`, `create table t${i} (n integer)`));

  test('applies each migration once when two migrate at the same time, and again does nothing', async () => {
    const db = await open();
    const others = caps.shared ? [await db.again(), await db.again()] : [];
    await Promise.all([db.store, ...others].map((store) => store.migrate(steps)));
    await db.store.migrate([...steps].reverse());
    await db.remove();
  });

  test('goes on from a migration that failed', async () => {
    const db = await open();
    await assert.rejects(
      db.store.migrate([step('1', 'create table one (n integer)'), step('2', 'create nonsense')]),
    );
    await db.store.migrate([
      step('1', 'create table one (n integer)'),
      step('2', 'create table two (n integer)'),
    ]);
    await db.remove();
  });

  test('finishes what was begun before it closes, and is unavailable afterwards', async () => {
    const db = await open();
    await db.store.migrate(migrations);
    const work = db.store.transaction((tx) => tx.run(queries.insert, thing('last')));
    await db.store.close();
    assert.equal(await work, 1);
    await assert.rejects(
      db.store.transaction(async () => {}),
      (e) => isAppError(e, 'unavailable'),
    );
    await assert.rejects(db.store.reader.get(queries.byName, { name: 'last' }), (e) =>
      isAppError(e, 'unavailable'),
    );
    await assert.rejects(db.store.background.get(queries.byName, { name: 'last' }), (e) =>
      isAppError(e, 'unavailable'),
    );
    await assert.rejects(db.store.ping(), (e) => isAppError(e, 'unavailable'));
    if (caps.shared)
      assert.equal((await (await db.again()).reader.get(queries.byName, { name: 'last' }))?.name, 'last');
    await db.remove();
  });
}
