import type { JobRun } from '@volvox/api';

/** A duty: runs on a schedule, each due time exactly once in the cluster, by a unique row (job, scheduled time). */
export interface Job {
  readonly name: string;
  /** Cron expression, UTC, seconds allowed. */
  readonly schedule: string;
  /** How long its history is kept, where that is shorter than the rest: for duties of every few seconds. */
  readonly keepMs?: number;
  /**
   * Waits for all that it begins: of a run that another one has overtaken no transaction commits, until it settles (`fence.ts`). What it
   * does beside SQL must do no harm when it comes late, or twice. @returns what the history shows
   */
  run(options: {
    readonly signal: AbortSignal;
  }): Promise<Readonly<Record<string, string | number | boolean | null>>>;
}

export interface JobsService {
  define(job: Job): void;
  runNow(name: string): Promise<JobRun>;
  list(): Promise<
    readonly { readonly name: string; readonly schedule: string; readonly lastRun: JobRun | null }[]
  >;
  runs(query: {
    readonly job?: string;
    readonly cursor?: string;
    readonly limit: number;
  }): Promise<{ readonly items: readonly JobRun[]; readonly next: string | null }>;
  /** Removes history rows older than this many milliseconds, the last of each job kept. */
  expire(olderThanMs: number): Promise<number>;
}
