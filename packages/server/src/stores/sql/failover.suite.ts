/** A primary that is lost and a replica that takes over, under load: nothing acknowledged may be lost, and writing goes on by itself. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { isAppError } from '../../kernel/errors.ts';
import { until } from '../../testing/expectations.ts';
import type { Migration, SqlStore } from './contract.ts';
import type { Loss, ServerPair } from './fixtures.ts';
import { mysqlTable, queriesOf } from './query.ts';
import { openUrl } from './testing.ts';

/** VOLVOX_TEST_SWITCHOVERS=20 for what reliability.md promises. */
const switchovers = Number(process.env['VOLVOX_TEST_SWITCHOVERS'] ?? 2);
const writersPerNode = 3;
/** How the primary goes, and how long nobody is promoted: so long that the nodes have given up and look for a server now and then. */
const losses: readonly { readonly how: Loss; readonly gapMs: number }[] = [
  { how: 'killed', gapMs: 3000 },
  { how: 'frozen', gapMs: 0 },
  { how: 'killed', gapMs: 0 },
  { how: 'frozen', gapMs: 5000 },
];

/** @param start gives a pair that has the database `volvox` on the primary, and replicates nothing yet */
export function failoverSuite(dialect: string, skip: string | false, start: () => Promise<ServerPair>): void {
  test(
    `${dialect}: writers go on when a replica takes over, and nothing acknowledged is lost or doubled`,
    { skip },
    async (t) => {
      const pair = await start();
      t.after(() => pair.stop());
      await pair.replicate();
      const nodes = await Promise.all([openUrl(pair.url), openUrl(pair.url)]);
      t.after(() => Promise.all(nodes.map((node) => node.close())));
      await nodes[0].migrate(ledgerMigrations);
      const ledger = new Ledger(nodes, writersPerNode);
      try {
        for (let i = 0; i < switchovers; i++) await switchOver(t, pair, ledger, i);
      } finally {
        await ledger.stop();
      }
      const { acknowledged, unknown, refused } = ledger;
      t.diagnostic(`${acknowledged.size} acknowledged, ${unknown.size} unknown, ${refused.size} refused`);
      assert.ok(acknowledged.size > 0);
      for (const node of nodes) await ledger.check(node);
    },
  );
}

async function switchOver(t: TestContext, pair: ServerPair, ledger: Ledger, i: number): Promise<void> {
  const { how, gapMs } = losses[i % losses.length] ?? { how: 'killed', gapMs: 0 };
  const calm = performance.now();
  await until(() => ledger.writesSince(calm), 'nobody writes before the primary is lost');
  await pair.lose(how);
  await new Promise((resolve) => setTimeout(resolve, gapMs));
  await pair.promote();
  const promoted = performance.now();
  // Its 30 s are the limit; how long it really takes is for the reader of the report.
  await until(() => ledger.writesSince(promoted), 'a writer has no answer since the replica took over');
  t.diagnostic(`${i + 1}: ${how}, writes are back after ${Math.round(performance.now() - promoted)} ms`);
  await pair.replicate();
}

interface Tables {
  /** Nothing is unique, so that a row written twice is there twice. */
  entries: { name: string };
  /** One row, changed with every entry: a transaction that is half there is a count that differs. */
  totals: { n: number };
}

const define = queriesOf<Tables>();
const addEntry = define<{ name: string }>((db, p) => db.insertInto('entries').values({ name: p.name }));
const count = define((db) => db.updateTable('totals').set((eb) => ({ n: eb('n', '+', 1) })));
const entry = define<{ name: string }, { name: string }>((db, p) =>
  db.selectFrom('entries').select('name').where('name', '=', p.name),
);
const entries = define<Record<string, never>, { name: string }>((db) =>
  db.selectFrom('entries').select('name'),
);
const total = define<Record<string, never>, { n: number }>((db) => db.selectFrom('totals').select('n'));

const ledgerMigrations: readonly Migration[] = [
  {
    name: '20260101-ledger',
    up: {
      sqlite: [],
      postgres: [
        'create table entries (name text collate "C" not null)',
        'create index entries_name on entries (name)',
        'create table totals (n bigint not null)',
        'insert into totals (n) values (0)',
      ],
      mysql: [
        `create table entries (name varchar(100) not null, key entries_name (name)) ${mysqlTable}`,
        `create table totals (n bigint not null) ${mysqlTable}`,
        'insert into totals (n) values (0)',
      ],
    },
  },
];

const afterRefusalMs = 20;

/** Writers that go on while servers come and go, and keep account of what they were told. */
class Ledger {
  readonly acknowledged = new Set<string>();
  readonly unknown = new Set<string>();
  readonly refused = new Set<string>();
  /** What an error was that may not be, and reads that missed what had been acknowledged. */
  readonly violations: string[] = [];
  readonly #writers: Promise<void>[] = [];
  /** By writer: when the acknowledged write that began last began (monotonic). */
  readonly #begun: number[] = [];
  #running = true;

  /** Starts `writers` of them on each store; what one store acknowledged is read by the next one. */
  constructor(stores: readonly SqlStore[], writers: number) {
    for (const [i, store] of stores.entries())
      for (let w = 0; w < writers; w++)
        this.#writers.push(
          this.#write(store, stores[(i + 1) % stores.length] ?? store, this.#begun.push(0) - 1),
        );
  }

  /** Whether every writer had a write acknowledged that it began after `since` (monotonic). @throws where something went wrong by now */
  writesSince(since: number): boolean {
    assert.deepEqual(this.violations.slice(0, 10), []);
    return this.#begun.every((at) => at > since);
  }

  async stop(): Promise<void> {
    this.#running = false;
    await Promise.all(this.#writers);
  }

  /** Compares with what the database holds. @throws where anything was lost, doubled, half done, or is there though it was refused */
  async check(sql: SqlStore): Promise<void> {
    const found = (await sql.background.all(entries, {})).map(({ name }) => name);
    const there = new Set(found);
    assert.deepEqual(this.violations, []);
    assert.deepEqual(
      [...this.acknowledged].filter((name) => !there.has(name)),
      [],
      'acknowledged and lost',
    );
    assert.deepEqual(
      [...this.refused].filter((name) => there.has(name)),
      [],
      'refused and there',
    );
    assert.equal(there.size, found.length, 'an entry is there twice');
    const strange = found.filter((name) => !this.acknowledged.has(name) && !this.unknown.has(name));
    assert.deepEqual(strange, [], 'nobody wrote this');
    assert.equal((await sql.background.get(total, {}))?.n, found.length, 'a transaction is half there');
  }

  async #write(store: SqlStore, other: SqlStore, writer: number): Promise<void> {
    for (let n = 0; this.#running; n++) {
      const name = `${writer}-${n}`;
      const begun = performance.now();
      try {
        await store.transaction(async (tx) => {
          await tx.run(addEntry, { name });
          await tx.run(count, {});
        });
        this.acknowledged.add(name);
        this.#begun[writer] = begun;
      } catch (error) {
        this.#refusal(name, error);
        await new Promise((resolve) => setTimeout(resolve, afterRefusalMs));
        continue;
      }
      await this.#readBack(other, name);
    }
  }

  #refusal(name: string, error: unknown): void {
    const isExpected = isAppError(error, 'unavailable') || isAppError(error, 'timeout');
    if (!isExpected) this.violations.push(`${name}: ${String(error)}`);
    const isUnknown = isAppError(error) && error.details['outcome'] === 'unknown';
    (isUnknown ? this.unknown : this.refused).add(name);
  }

  async #readBack(other: SqlStore, name: string): Promise<void> {
    try {
      if ((await other.reader.get(entry, { name })) === undefined)
        this.violations.push(`${name} was acknowledged by one node and not seen by another`);
    } catch (error) {
      if (!isAppError(error, 'unavailable') && !isAppError(error, 'timeout'))
        this.violations.push(`reading ${name}: ${String(error)}`);
    }
  }
}
