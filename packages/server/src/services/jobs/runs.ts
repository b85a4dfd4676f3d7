import type { JobRun } from '@volvox/api';
import type { Clock } from '../../kernel/clock.ts';
import { isAppError } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { Lease, RegistryStore } from '../../stores/registry/contract.ts';
import type { SqlStore } from '../../stores/sql/contract.ts';
import type { Job } from './api.ts';
import { asDuty } from './fence.ts';
import { endRun, failRunning, insertRun, passFence, raiseFence, runById, selectFence } from './queries.ts';
import type { JobRunsTable } from './tables.ts';

export interface RunsDeps {
  readonly sql: SqlStore;
  readonly registry: RegistryStore;
  readonly clock: Clock;
  readonly log: Logger;
  readonly nodeName: string;
}

/** A run whose row is this node's. */
export interface OpenRun {
  readonly id: string;
  readonly fence: number;
  readonly lease: Lease;
}

const leaseMs = 15_000;
const lost = 'the node that ran it ended or lost its lease';

/** Begins, does and ends single runs: the row in SQL decides who does one, the lease that a job never runs twice at a time. */
export class Runs {
  readonly #deps: RunsDeps;

  constructor(deps: RunsDeps) {
    this.#deps = deps;
  }

  /** @returns 'busy' while it runs somewhere, 'taken' if the due time has its run already */
  async begin(job: string, scheduledAt: number): Promise<OpenRun | 'busy' | 'taken'> {
    const lease = await this.#lease(job);
    if (lease === null) return 'busy';
    try {
      return { ...(await this.#claim(job, scheduledAt)), lease };
    } catch (error) {
      await lease.release();
      if (isAppError(error, 'conflict')) return 'taken';
      throw error;
    }
  }

  /** Does it and keeps the outcome. Never throws. */
  async perform(job: Job, run: OpenRun, stop: AbortSignal): Promise<void> {
    const { clock, log, nodeName } = this.#deps;
    const started = clock.monotonic();
    const signal = AbortSignal.any([stop, run.lease.signal]);
    const outcome = { state: 'done' as JobRunsTable['state'], result: '{}', error: null as string | null };
    try {
      outcome.result = JSON.stringify(
        await asDuty({ job: job.name, fence: run.fence }, () => job.run({ signal })),
      );
    } catch (error) {
      outcome.state = 'failed';
      outcome.error = (error instanceof Error ? error.message : String(error)).slice(0, 500);
      log.warn({ err: error, job: job.name, node: nodeName }, 'a job failed');
    }
    log.debug(
      { job: job.name, state: outcome.state, ms: Math.round(clock.monotonic() - started) },
      'a job ended',
    );
    try {
      const kept = await this.#deps.sql.transaction((tx) =>
        tx.run(endRun, { id: run.id, endedAt: clock.now(), ...outcome }),
      );
      if (kept === 0)
        log.warn(
          { job: job.name, node: nodeName, fence: run.fence },
          'a run had been given up by other nodes',
        );
    } catch (error) {
      // The row stays `running` until another node, or the next run, marks it failed.
      log.error({ err: error, job: job.name }, 'the outcome of a job could not be kept');
    }
    await run.lease
      .release()
      .catch((error: unknown) => log.debug({ err: error, job: job.name }, 'a lease was not given back'));
  }

  /** Marks what a dead process left as running, which does nothing more should it wake. Nothing happens while the job runs. */
  async sweep(job: string): Promise<void> {
    const lease = await this.#lease(job);
    if (lease === null) return;
    try {
      const { sql, clock } = this.#deps;
      await sql.transaction(async (tx) => {
        const failed = await tx.run(failRunning, { job, endedAt: clock.now(), error: lost });
        if (failed > 0) await tx.run(passFence, { job });
      });
    } finally {
      await lease.release();
    }
  }

  async read(id: string): Promise<JobRun | null> {
    const row = await this.#deps.sql.reader.get(runById, { id });
    return row === undefined ? null : toRun(row);
  }

  #lease(job: string): Promise<Lease | null> {
    return this.#deps.registry.acquire(`job/${job}`, leaseMs);
  }

  #claim(job: string, scheduledAt: number): Promise<{ readonly id: string; readonly fence: number }> {
    const { sql, clock, nodeName } = this.#deps;
    const id = newId();
    return sql.transaction(async (tx) => {
      const now = clock.now();
      await tx.run(failRunning, { job, endedAt: now, error: lost });
      await tx.run(raiseFence, { job, run: id });
      await tx.run(insertRun, { id, job, scheduledAt, startedAt: now, node: nodeName });
      return { id, fence: (await tx.get(selectFence, { job }))?.fence ?? 0 };
    });
  }
}

export function toRun(row: JobRunsTable): JobRun {
  return {
    id: row.id,
    job: row.job,
    scheduledAt: row.scheduled_at,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    state: row.state,
    node: row.node,
    result: JSON.parse(row.result) as JobRun['result'],
    error: row.error,
  };
}
