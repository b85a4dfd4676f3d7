/** What a piece of work costs the database, and nobody else's: duties and followers of the same process may run beside it. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { SqlReader, SqlStore, SqlTransaction } from '../stores/sql/contract.ts';

interface Count {
  statements: number;
}

const counting = new AsyncLocalStorage<Count>();
const counted = new WeakSet<SqlStore>();

/** The same store, whose statements `statementsOf` counts. */
export function countedSql(inner: SqlStore): SqlStore {
  const { dialect } = inner;
  const store: SqlStore = {
    dialect,
    reader: countedReader(inner.reader),
    background: countedReader(inner.background),
    transaction: async (work, options) => {
      const caller = counting.getStore();
      // The statements of the try that was committed: how often the server gave one up is chance.
      let last: Count = { statements: 0 };
      try {
        return await inner.transaction((tx) => {
          const now = { statements: 0 };
          last = now;
          return work(countedTransaction(tx, now));
        }, options);
      } finally {
        if (caller !== undefined) caller.statements += last.statements;
      }
    },
    migrate: (migrations, version) => inner.migrate(migrations, version),
    guard: (tables) => inner.guard(tables),
    unguard: (tables) => inner.unguard(tables),
    verify: () => inner.verify(),
    statistics: () => inner.statistics(),
    ...(inner.time === undefined ? {} : { time: inner.time.bind(inner) }),
    ping: () => inner.ping(),
    close: () => inner.close(),
  };
  counted.add(store);
  return store;
}

/**
 * @param sql a store of `countedSql`, which `work` uses
 * @returns statements that `work` asked for, a `runMany` being one; neither begin nor commit, nor what a commit wakes
 */
export async function statementsOf(sql: SqlStore, work: () => Promise<unknown>): Promise<number> {
  if (!counted.has(sql)) throw new Error('this store is not counted');
  const count: Count = { statements: 0 };
  await counting.run(count, work);
  return count.statements;
}

function countedReader(inner: SqlReader): SqlReader {
  return countedReads(inner, () => counting.getStore());
}

function countedReads(inner: SqlReader, current: () => Count | undefined): SqlReader {
  const add = (): void => {
    const count = current();
    if (count !== undefined) count.statements++;
  };
  return {
    all(query, parameters) {
      add();
      return inner.all(query, parameters);
    },
    get(query, parameters) {
      add();
      return inner.get(query, parameters);
    },
  };
}

function countedTransaction(inner: SqlTransaction, count: Count): SqlTransaction {
  return {
    ...countedReads(inner, () => count),
    run(query, parameters) {
      count.statements++;
      return inner.run(query, parameters);
    },
    runMany(query, rows) {
      count.statements++;
      return inner.runMany(query, rows);
    },
    // What a commit wakes goes on by itself.
    afterCommit: (callback) => inner.afterCommit(() => counting.exit(callback)),
  };
}
