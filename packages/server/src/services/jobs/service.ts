import type { JobRun } from '@volvox/api';
import { AppError } from '../../kernel/errors.ts';
import { isId } from '../../kernel/ids.ts';
import type { Started } from '../../kernel/service.ts';
import type { Job, JobsService } from './api.ts';
import {
  deleteRuns,
  insertFence,
  lastRuns,
  oldRuns,
  oldRunsOf,
  runAt,
  runningJobs,
  runsBefore,
  runsOfBefore,
  selectFence,
} from './queries.ts';
import { Runs, toRun, type OpenRun, type RunsDeps } from './runs.ts';
import { Schedule } from './schedule.ts';

export interface JobsDeps extends RunsDeps {
  /** How often the clock is looked at. */
  readonly tickMs?: number;
  /** Runs only what it is asked to: no schedule, no looking after the runs of others. */
  readonly quiet?: boolean;
}

interface Entry {
  readonly job: Job;
  readonly schedule: Schedule;
  /** Nothing is due before. */
  next: number;
  /** When the job was first known in the cluster; null until read. */
  since: number | null;
  /** It is being looked after, or runs because it was due. */
  busy: boolean;
}

const sweepMs = 15_000;
const answerMs = 10_000;
const deleteBatch = 500;
/** Above every id. */
const afterAll = 'g';

export async function startJobs(deps: JobsDeps): Promise<Started<JobsService>> {
  const jobs = new Jobs(deps);
  if (deps.quiet !== true) jobs.start();
  return { api: jobs, stop: () => jobs.stop() };
}

/** Looks at the clock rather than trusting long timers: sleep, jumps and missed times then need no care of their own. */
class Jobs implements JobsService {
  readonly #deps: JobsDeps;
  readonly #runs: Runs;
  readonly #entries = new Map<string, Entry>();
  readonly #stop = new AbortController();
  readonly #pending = new Set<Promise<void>>();
  #timer: NodeJS.Timeout | null = null;
  #sweeping: Promise<void> | null = null;
  #sweptAt = -Infinity;
  #lookedAt = -Infinity;

  constructor(deps: JobsDeps) {
    this.#deps = deps;
    this.#runs = new Runs(deps);
  }

  start(): void {
    this.#timer = setInterval(() => this.#tick(), this.#deps.tickMs ?? 500);
    this.#tick();
  }

  /** Running jobs see the signal and are waited for. */
  async stop(): Promise<void> {
    this.#stop.abort();
    if (this.#timer !== null) clearInterval(this.#timer);
    await Promise.allSettled([this.#sweeping, ...this.#pending]);
  }

  define(job: Job): void {
    if (this.#entries.has(job.name)) throw new AppError('internal', `two jobs are called ${job.name}`);
    this.#entries.set(job.name, {
      job,
      schedule: new Schedule(job.schedule),
      next: -Infinity,
      since: null,
      busy: false,
    });
  }

  /** Waits for the end for some seconds; a run that takes longer is given back as running. A command would end it, and waits. */
  async runNow(name: string): Promise<JobRun> {
    const entry = this.#entries.get(name);
    if (entry === undefined) throw new AppError('not_found', `there is no job called ${name}`);
    if (this.#stop.signal.aborted)
      throw new AppError('unavailable', 'the server is stopping', { retryable: true });
    entry.since ??= await this.#register(name);
    const beginning = this.#beginNow(entry);
    const ended = this.#track(
      beginning.then((begun) => this.#runs.perform(entry.job, begun, this.#stop.signal)),
    );
    await (this.#deps.quiet === true ? ended : atMost(ended, answerMs));
    const run = await this.#runs.read((await beginning).id);
    if (run === null) throw new AppError('internal', 'the run has gone');
    return run;
  }

  async list(): Promise<
    readonly { readonly name: string; readonly schedule: string; readonly lastRun: JobRun | null }[]
  > {
    const last = new Map((await this.#deps.sql.reader.all(lastRuns, {})).map((row) => [row.job, toRun(row)]));
    return [...this.#entries.values()]
      .map(({ job, schedule }) => ({
        name: job.name,
        schedule: schedule.pattern,
        lastRun: last.get(job.name) ?? null,
      }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  async runs(query: {
    readonly job?: string;
    readonly cursor?: string;
    readonly limit: number;
  }): Promise<{ readonly items: readonly JobRun[]; readonly next: string | null }> {
    const { job, cursor: before = afterAll } = query;
    if (before !== afterAll && !isId(before))
      throw new AppError('invalid_input', 'the cursor does not belong to this list', {
        details: { reason: 'cursor' },
      });
    const { reader } = this.#deps.sql;
    const limit = query.limit + 1;
    const rows =
      job === undefined
        ? await reader.all(runsBefore, { before, limit })
        : await reader.all(runsOfBefore, { job, before, limit });
    const items = rows.slice(0, query.limit).map(toRun);
    return { items, next: rows.length > query.limit ? (items.at(-1)?.id ?? null) : null };
  }

  async expire(olderThanMs: number): Promise<number> {
    let removed = await this.#expire(oldRuns, '', olderThanMs);
    for (const { job } of this.#entries.values())
      if (job.keepMs !== undefined && job.keepMs < olderThanMs)
        removed += await this.#expire(oldRunsOf, job.name, job.keepMs);
    return removed;
  }

  async #expire(query: typeof oldRuns, job: string, olderThanMs: number): Promise<number> {
    const { sql, clock } = this.#deps;
    const before = clock.now() - olderThanMs;
    for (let removed = 0; ;) {
      const ids = (await sql.reader.all(query, { job, before, limit: deleteBatch })).map((row) => row.id);
      if (ids.length > 0) removed += await sql.transaction((tx) => tx.run(deleteRuns, { ids }));
      if (ids.length < deleteBatch || this.#stop.signal.aborted) return removed;
    }
  }

  #tick(): void {
    const now = this.#deps.clock.now();
    const setBack = now < this.#lookedAt;
    this.#lookedAt = now;
    for (const entry of this.#entries.values()) {
      if (setBack) entry.next = -Infinity;
      if (!entry.busy && now >= entry.next) void this.#track(this.#look(entry, now));
    }
    const monotonic = performance.now();
    if (this.#sweeping !== null || monotonic - this.#sweptAt < sweepMs) return;
    this.#sweptAt = monotonic;
    this.#sweeping = this.#sweep().finally(() => (this.#sweeping = null));
  }

  #track(work: Promise<void>): Promise<void> {
    this.#pending.add(work);
    return work.finally(() => this.#pending.delete(work));
  }

  /** Of what was due since the last run only the latest is done. A failure is tried again with the next tick. */
  async #look(entry: Entry, now: number): Promise<void> {
    entry.busy = true;
    try {
      entry.since ??= await this.#register(entry.job.name);
      const due = entry.schedule.latest(now);
      if (due === null || due <= entry.since || (await this.#settleDue(entry.job, due)))
        entry.next = entry.schedule.next(due ?? now);
    } catch (error) {
      this.#deps.log.warn({ err: error, job: entry.job.name }, 'a job could not be begun; it is tried again');
    } finally {
      entry.busy = false;
    }
  }

  /** @returns false while the job runs elsewhere, or by hand */
  async #settleDue(job: Job, due: number): Promise<boolean> {
    if (await this.#deps.sql.reader.get(runAt, { job: job.name, scheduledAt: due })) return true;
    if (this.#stop.signal.aborted) return false;
    const run = await this.#runs.begin(job.name, due);
    if (run === 'busy') return false;
    if (run !== 'taken') await this.#runs.perform(job, run, this.#stop.signal);
    return true;
  }

  /** @returns since when the job is known */
  async #register(job: string): Promise<number> {
    const { sql, clock } = this.#deps;
    const known = await sql.reader.get(selectFence, { job });
    if (known !== undefined) return known.since;
    return sql.transaction(async (tx) => {
      await tx.run(insertFence, { job, since: clock.now() });
      return (await tx.get(selectFence, { job }))?.since ?? clock.now();
    });
  }

  /** Two runs by hand may fall into one millisecond; and none may take the place of a due time. */
  async #beginNow({ job, schedule }: Entry): Promise<OpenRun> {
    for (let at = this.#deps.clock.now(); ; at--) {
      if (schedule.latest(at) === at) continue;
      const run = await this.#runs.begin(job.name, at);
      if (run === 'busy') throw running(job.name);
      if (run !== 'taken') return run;
    }
  }

  async #sweep(): Promise<void> {
    try {
      for (const { job } of await this.#deps.sql.reader.all(runningJobs, {})) {
        if (this.#stop.signal.aborted) return;
        if (!this.#entries.get(job)?.busy) await this.#runs.sweep(job);
      }
    } catch (error) {
      this.#deps.log.warn({ err: error }, 'runs of dead nodes could not be looked for');
    }
  }
}

function running(name: string): AppError {
  return new AppError('conflict', `${name} is running`);
}

async function atMost(promise: Promise<void>, ms: number): Promise<void> {
  const { promise: over, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  try {
    await Promise.race([promise, over]);
  } finally {
    clearTimeout(timer);
  }
}
