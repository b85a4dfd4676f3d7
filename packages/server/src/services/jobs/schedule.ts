import { Cron } from 'croner';
import { AppError } from '../../kernel/errors.ts';

/** Due times of a cron expression, in UTC. */
export class Schedule {
  readonly pattern: string;
  readonly #cron: Cron;

  constructor(pattern: string) {
    this.pattern = pattern;
    try {
      this.#cron = new Cron(pattern, { paused: true, timezone: 'UTC' });
    } catch (cause) {
      throw new AppError('internal', `not a schedule: ${pattern}`, { cause });
    }
  }

  /** The last due time at or before `now`; null if there is none. */
  latest(now: number): number | null {
    return this.#cron.previousRuns(1, new Date(now + 1))[0]?.getTime() ?? null;
  }

  /** The first due time after `now`; never if there is none. */
  next(now: number): number {
    return this.#cron.nextRun(new Date(now))?.getTime() ?? Infinity;
  }
}
