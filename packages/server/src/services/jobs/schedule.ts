import { Cron } from 'croner';
import { AppError } from '../../kernel/errors.ts';

/** Due times of a cron expression, in UTC. */
export class Schedule {
  readonly pattern: string;

  constructor(pattern: string) {
    this.pattern = pattern;
    try {
      this.#cron();
    } catch (cause) {
      throw new AppError('internal', `not a schedule: ${pattern}`, { cause });
    }
  }

  /** The last due time at or before `now`; null if there is none. */
  latest(now: number): number | null {
    return (
      this.#cron()
        .previousRuns(1, new Date(now + 1))[0]
        ?.getTime() ?? null
    );
  }

  /** The first due time after `now`; never if there is none. */
  next(now: number): number {
    return this.#cron().nextRun(new Date(now))?.getTime() ?? Infinity;
  }

  /** Made anew for each question: croner keeps 80 KB for each expression (a sign for every year up to 9999). */
  #cron(): Cron {
    return new Cron(this.pattern, { paused: true, timezone: 'UTC' });
  }
}
