/** What a piece of work asks of the database, and nobody else: duties and followers of the same process run beside it. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { SqlReader, SqlStore, SqlTransaction } from '../stores/sql/contract.ts';

interface Count {
  /** A `runMany` is one; begin and commit are none. */
  statements: number;
  transactions: number;
}

const counting = new AsyncLocalStorage<Count>();
const counted = new WeakSet<SqlStore>();

/** Lets `statementsOf` and `requestsOf` count what is asked of this store. */
export function countSql(store: SqlStore): void {
  counted.add(store);
  const addHere = (): void => {
    const count = counting.getStore();
    if (count !== undefined) count.statements++;
  };
  for (const reader of [store.reader, store.background]) Object.assign(reader, countedReads(reader, addHere));
  const transaction = store.transaction.bind(store);
  const countedTransaction: SqlStore['transaction'] = async (work, options) => {
    const caller = counting.getStore();
    // The statements of the last try: how often the server gives one up is chance.
    let statements = 0;
    try {
      return await transaction((tx) => {
        statements = 0;
        return work(countedWrites(tx, () => statements++));
      }, options);
    } finally {
      if (caller !== undefined) {
        caller.statements += statements;
        caller.transactions++;
      }
    }
  };
  Object.assign(store, { transaction: countedTransaction });
}

/** @param sql a store given to `countSql`, which `work` uses @returns statements that `work` asked for, not those of what its commits wake */
export async function statementsOf(sql: SqlStore, work: () => Promise<unknown>): Promise<number> {
  return (await counts(sql, (count) => counting.run(count, work))).statements;
}

/** @param sql a store given to `countSql`, of a node in this process @returns what the requests asked for that came in while `work` ran */
export function requestsOf(sql: SqlStore, work: () => Promise<unknown>): Promise<Readonly<Count>> {
  return counts(sql, async (count) => {
    const channel = 'http.server.request.start';
    // Published right before the server's own listener is called.
    const enter = (): void => counting.enterWith(count);
    subscribe(channel, enter);
    try {
      await work();
    } finally {
      unsubscribe(channel, enter);
    }
  });
}

async function counts(sql: SqlStore, work: (count: Count) => Promise<unknown>): Promise<Count> {
  if (!counted.has(sql)) throw new Error('the statements of this store are not counted');
  const count: Count = { statements: 0, transactions: 0 };
  await work(count);
  return count;
}

function countedReads(inner: SqlReader, add: () => void): SqlReader {
  const all = inner.all.bind(inner) as SqlReader['all'];
  const get = inner.get.bind(inner) as SqlReader['get'];
  return {
    all(query, parameters) {
      add();
      return all(query, parameters);
    },
    get(query, parameters) {
      add();
      return get(query, parameters);
    },
  };
}

function countedWrites(inner: SqlTransaction, add: () => void): SqlTransaction {
  return {
    ...countedReads(inner, add),
    run(query, parameters) {
      add();
      return inner.run(query, parameters);
    },
    runMany(query, rows) {
      add();
      return inner.runMany(query, rows);
    },
    // What a commit wakes goes on by itself.
    afterCommit: (callback) => inner.afterCommit(() => counting.exit(callback)),
  };
}
