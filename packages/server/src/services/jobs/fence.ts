/**
 * Keeps a run that another one has overtaken from committing anything more: its node was frozen, or cut off from the registry, and knows
 * nothing of it. A transaction belongs to the run that began it, so what requests do meanwhile is none of this.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { AppError } from '../../kernel/errors.ts';
import type { SqlStore, SqlTransaction } from '../../stores/sql/contract.ts';
import { holdFence } from './queries.ts';

interface Duty {
  readonly job: string;
  readonly fence: number;
}

const duties = new AsyncLocalStorage<(Duty & { over: boolean }) | null>();

/** Every transaction that `work` begins is fenced, until it has settled: what it may have left behind by then belongs to the node. */
export async function asDuty<T>({ job, fence }: Duty, work: () => Promise<T>): Promise<T> {
  const duty = { job, fence, over: false };
  try {
    return await duties.run(duty, work);
  } finally {
    duty.over = true;
  }
}

/** The store for services: transactions of a duty ask for its fence last of all, so that a run frozen in the middle of one keeps no other from taking over. */
export function fencedSql(inner: SqlStore): SqlStore {
  return {
    dialect: inner.dialect,
    reader: inner.reader,
    background: inner.background,
    transaction(work, options) {
      const duty = duties.getStore();
      if (duty == null || duty.over) return inner.transaction(work, options);
      const fenced = async (tx: SqlTransaction): Promise<Awaited<ReturnType<typeof work>>> => {
        const value = await work(tx);
        await requireLast(tx, duty);
        return value;
      };
      // Group commits, new connections and what a commit wakes are everybody's.
      return duties.run(null, () => inner.transaction(fenced, options));
    },
    snapshot: (work) => inner.snapshot(work),
    migrate: (migrations, version) => inner.migrate(migrations, version),
    guard: (tables) => inner.guard(tables),
    unguard: (tables) => inner.unguard(tables),
    verify: () => inner.verify(),
    statistics: () => inner.statistics(),
    ...(inner.time === undefined ? {} : { time: inner.time.bind(inner) }),
    ping: () => inner.ping(),
    close: () => inner.close(),
  };
}

/**
 * The row is shared until the commit: who takes over waits for that, or was first. No `conflict`, which many take for an answer.
 * @throws aborted, reason `fence_passed`
 */
async function requireLast(tx: SqlTransaction, { job, fence }: Duty): Promise<void> {
  const last = (await tx.get(holdFence, { job }))?.fence ?? 0;
  if (last === fence) return;
  throw new AppError('aborted', `another run of ${job} has taken over`, {
    details: { reason: 'fence_passed', job, fence, last },
  });
}
