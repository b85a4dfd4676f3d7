import { sql } from 'kysely';
import { inList, queriesOf } from '../../stores/sql/query.ts';
import type { JobFencesTable, JobRunsTable, JobTables } from './tables.ts';

const define = queriesOf<JobTables>();
type None = Record<string, never>;

/** Leaves one that is there as it is. */
export const insertFence = define<{ job: string; since: number }>((db, p, dialect) => {
  const insert = db.insertInto('job_fences').values({ job: p.job, fence: 0, last_run: null, since: p.since });
  return dialect === 'mysql'
    ? insert.ignore()
    : insert.onConflict((clash) => clash.column('job').doNothing());
});

export const selectFence = define<{ job: string }, JobFencesTable>((db, p) =>
  db.selectFrom('job_fences').selectAll().where('job', '=', p.job),
);

/** Held against `raiseFence` until the commit. MariaDB knows only the older form. */
export const holdFence = define<{ job: string }, { fence: number }>((db, p, dialect) => {
  const query = db.selectFrom('job_fences').select('fence').where('job', '=', p.job);
  if (dialect === 'sqlite') return query;
  return dialect === 'mysql' ? query.modifyEnd(sql`lock in share mode`) : query.forShare();
});

export const raiseFence = define<{ job: string; run: string }>((db, p) =>
  db
    .updateTable('job_fences')
    .set((e) => ({ fence: e('fence', '+', 1), last_run: p.run }))
    .where('job', '=', p.job),
);

/** The last run goes no further; no other takes over. */
export const passFence = define<{ job: string }>((db, p) =>
  db
    .updateTable('job_fences')
    .set((e) => ({ fence: e('fence', '+', 1) }))
    .where('job', '=', p.job),
);

export const insertRun = define<{
  id: string;
  job: string;
  scheduledAt: number;
  startedAt: number;
  node: string;
}>((db, p) =>
  db.insertInto('job_runs').values({
    id: p.id,
    job: p.job,
    scheduled_at: p.scheduledAt,
    started_at: p.startedAt,
    ended_at: null,
    state: 'running',
    node: p.node,
    result: '{}',
    error: null,
  }),
);

/** A run that was given up by others meanwhile stays as they left it. */
export const endRun = define<{
  id: string;
  state: JobRunsTable['state'];
  endedAt: number;
  result: string;
  error: string | null;
}>((db, p) =>
  db
    .updateTable('job_runs')
    .set({ state: p.state, ended_at: p.endedAt, result: p.result, error: p.error })
    .where('id', '=', p.id)
    .where('state', '=', 'running'),
);

/** For whoever holds the job's lease: a row that still says `running` belongs to a process that lost it. */
export const failRunning = define<{ job: string; endedAt: number; error: string }>((db, p) =>
  db
    .updateTable('job_runs')
    .set({ state: 'failed', ended_at: p.endedAt, error: p.error })
    .where('job', '=', p.job)
    .where('state', '=', 'running'),
);

export const runningJobs = define<None, { job: string }>((db) =>
  db.selectFrom('job_runs').select('job').distinct().where('state', '=', 'running'),
);

export const runAt = define<{ job: string; scheduledAt: number }, { id: string }>((db, p) =>
  db.selectFrom('job_runs').select('id').where('job', '=', p.job).where('scheduled_at', '=', p.scheduledAt),
);

export const runById = define<{ id: string }, JobRunsTable>((db, p) =>
  db.selectFrom('job_runs').selectAll().where('id', '=', p.id),
);

export const lastRuns = define<None, JobRunsTable>((db) =>
  db
    .selectFrom('job_fences')
    .innerJoin('job_runs', 'job_runs.id', 'job_fences.last_run')
    .selectAll('job_runs'),
);

/** Newest first: ids are in the order of time. */
export const runsBefore = define<{ before: string; limit: number }, JobRunsTable>((db, p) =>
  db.selectFrom('job_runs').selectAll().where('id', '<', p.before).orderBy('id', 'desc').limit(p.limit),
);

export const runsOfBefore = define<{ job: string; before: string; limit: number }, JobRunsTable>((db, p) =>
  db
    .selectFrom('job_runs')
    .selectAll()
    .where('job', '=', p.job)
    .where('id', '<', p.before)
    .orderBy('id', 'desc')
    .limit(p.limit),
);

/** Ended runs that began before a time, the last of each job left out. */
/** Ended ones, never the last of a job; of any job, or of one. */
const oldOnes = (job: boolean) =>
  define<{ job: string; before: number; limit: number }, { id: string }>((db, p) => {
    const query = db
      .selectFrom('job_runs')
      .select('id')
      .where('started_at', '<', p.before)
      .where('state', '!=', 'running')
      .where('id', 'not in', (g) =>
        g
          .selectFrom('job_fences')
          .select('last_run')
          .where('last_run', 'is not', null)
          .$castTo<{ last_run: string }>(),
      )
      .orderBy('started_at')
      .limit(p.limit);
    return job ? query.where('job', '=', p.job) : query;
  });

export const oldRuns = oldOnes(false);
export const oldRunsOf = oldOnes(true);

/** By ids: MySQL neither reads the table that it deletes from, nor uses an index for a subquery there. */
export const deleteRuns = define<{ ids: readonly string[] }>((db, p, dialect) =>
  db.deleteFrom('job_runs').where(inList('id', p.ids, dialect)),
);
