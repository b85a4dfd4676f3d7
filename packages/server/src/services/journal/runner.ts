import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../kernel/clock.ts';
import { isAppError } from '../../kernel/errors.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { Lease, RegistryStore } from '../../stores/registry/contract.ts';
import type { SqlStore } from '../../stores/sql/contract.ts';
import type { Follower } from './api.ts';
import { Bell } from './bell.ts';
import {
  countParked,
  endRebuild,
  forgetParked,
  insertCursor,
  insertParked,
  moveCursor,
  noteError,
  selectCursor,
  selectNext,
} from './queries.ts';
import { readHead, readRows } from './rows.ts';

export interface RunnerDeps {
  readonly sql: SqlStore;
  readonly registry: RegistryStore;
  readonly clock: Clock;
  readonly log: Logger;
  /** Between the first two tries; then twice as long each time, up to half a minute. */
  readonly backOffMs: number;
  /** Somebody waits for the followers: no pausing. */
  readonly hurried: () => boolean;
  /** Called whenever a cursor has moved. */
  readonly progressed: () => void;
}

const leaseMs = 10_000;
const pollMs = 1000;
/** A batch waits for this much quiet, but no longer than `maxLagMs`: foreground work goes first. */
const quietMs = 150;
const maxLagMs = 1500;
const maxPauseMs = 200;
const maxBackOffMs = 30_000;
/** With the back-off about a minute and a half. */
const triesOfBatch = 9;
const triesOfRow = 3;
const mostParked = 1_000;
const mostInARow = 10;
/** What passes by itself: a store that is away, or that takes nothing just now. */
const passing: ReadonlySet<string> = new Set([
  'unavailable',
  'timeout',
  'aborted',
  'storage_full',
  'read_only',
]);

/** Runs one follower while this node holds its lease. The cursor in SQL is the only truth; nothing is kept here. */
export class Runner {
  readonly follower: Follower;
  readonly #deps: RunnerDeps;
  readonly #from: 'start' | 'head';
  readonly #bell = new Bell();
  readonly #stop = new AbortController();
  readonly #done: Promise<void>;
  #failures = 0;
  /** Failures in a row that lie in the rows after `#position`. */
  #faults = 0;
  #position = 0;
  /** Whether rows are read and handled, rather than the cursor read or all built anew. */
  #atRows = false;
  #parkedInARow = 0;
  /** Up to here rows are handled one by one. */
  #narrowUntil = 0;

  constructor(follower: Follower, from: 'start' | 'head', deps: RunnerDeps) {
    this.follower = follower;
    this.#from = from;
    this.#deps = deps;
    this.#done = this.#run();
  }

  wake(): void {
    this.#bell.ring();
  }

  /** Lets a batch that is under way end; its handler sees the signal. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#bell.ring();
    await this.#done;
  }

  /** Makes the cursor if there is none. */
  async prepare(): Promise<void> {
    const { sql, clock } = this.#deps;
    const { name } = this.follower;
    if (await sql.reader.get(selectCursor, { name })) return;
    await sql.transaction(async (tx) => {
      const position = this.#from === 'head' ? (await readHead(tx)).head : 0;
      await tx.run(insertCursor, { name, position, at: clock.now() });
    });
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      try {
        await this.prepare();
        const lease = await this.#deps.registry.acquire(`follower/${this.follower.name}`, leaseMs);
        if (lease === null) await this.#bell.wait(pollMs * (1 + Math.random()));
        else await this.#lead(lease);
      } catch (error) {
        await this.#backOff(error, this.#stop.signal);
      }
    }
  }

  async #lead(lease: Lease): Promise<void> {
    const signal = AbortSignal.any([this.#stop.signal, lease.signal]);
    lease.signal.addEventListener('abort', () => this.#bell.ring(), { once: true });
    try {
      while (!signal.aborted && lease.valid()) {
        try {
          await this.#step(signal);
          this.#succeeded();
        } catch (error) {
          if (!signal.aborted && !(await this.#parked(error))) await this.#backOff(error, signal);
        }
      }
    } finally {
      await lease.release();
    }
  }

  async #step(signal: AbortSignal): Promise<void> {
    const { sql } = this.#deps;
    this.#atRows = false;
    const cursor = await sql.reader.get(selectCursor, { name: this.follower.name });
    if (cursor === undefined) return this.prepare();
    if (cursor.rebuilding !== 0) return this.#rebuild(signal);
    this.#position = cursor.position;
    this.#atRows = true;
    const limit = cursor.position < this.#narrowUntil ? 1 : this.follower.batchSize;
    const rows = await readRows(sql.reader, cursor.position, limit);
    const last = rows.at(-1);
    if (last === undefined) {
      if (cursor.error !== null) await this.#move(cursor.position, cursor.position);
      return this.#rest(signal);
    }
    const started = performance.now();
    await this.follower.handle(rows, signal);
    await this.#move(cursor.position, last.seq);
    this.#position = last.seq;
    if (rows.length === this.follower.batchSize) await this.#pause(performance.now() - started, signal);
  }

  /**
   * After many failures that lie in the rows, the batch is handled row by row; what then fails alone, and again, is passed over and written
   * down, so that it does not hold up everything behind it. @returns whether that was done
   */
  async #parked(error: unknown): Promise<boolean> {
    const { follower } = this;
    if (!this.#atRows || follower.mustNotSkip === true || !liesInRows(error)) return false;
    const narrow = this.#position < this.#narrowUntil;
    if (++this.#faults < (narrow ? triesOfRow : triesOfBatch)) return false;
    this.#faults = 0;
    if (narrow) return this.#park(error);
    this.#narrowUntil = this.#position + follower.batchSize;
    return false;
  }

  async #park(error: unknown): Promise<boolean> {
    const { sql, clock, log, progressed } = this.#deps;
    const [{ name }, from, text] = [this.follower, this.#position, textOf(error)];
    try {
      const seq = (await sql.reader.get(selectNext, { after: from }))?.seq ?? null;
      const parked = (await sql.reader.all(countParked, {})).find((each) => each.follower === name);
      // So many are no accident of some rows, as where the follower's store is damaged: whoever looks after the server decides.
      if (seq === null || Number(parked?.count ?? 0) >= mostParked) return false;
      if (this.#parkedInARow >= mostInARow) return false;
      const at = clock.now();
      const done = await sql.transaction(async (tx) => {
        if ((await tx.run(moveCursor, { name, from, to: seq, at })) === 0) return false;
        await tx.run(insertParked, { follower: name, seq, error: text, at });
        return true;
      });
      if (done) this.#parkedInARow++;
      if (done) log.error({ err: error, follower: name, seq }, 'a row of the journal was passed over');
      progressed();
      return done;
    } catch (cause) {
      log.warn({ err: cause, follower: name }, 'a row of the journal could not be passed over');
      return false;
    }
  }

  /** Among rows that are tried one by one the pauses stay long: a fault of a moment must not park any. */
  #succeeded(): void {
    if (this.#position >= this.#narrowUntil) this.#failures = 0;
    this.#faults = 0;
    this.#parkedInARow = 0;
  }

  /** Clears the error, too. */
  async #move(from: number, to: number): Promise<void> {
    const { sql, clock } = this.#deps;
    await sql.transaction((tx) =>
      tx.run(moveCursor, { name: this.follower.name, from, to, at: clock.now() }),
    );
    this.#deps.progressed();
  }

  /** Without `rebuild`, all is handled again from the start. What happens meanwhile comes after the head that is read first. */
  async #rebuild(signal: AbortSignal): Promise<void> {
    const { sql, clock } = this.#deps;
    const { name } = this.follower;
    const { head } = await readHead(sql.reader);
    await this.follower.rebuild?.(signal);
    this.#narrowUntil = 0;
    const position = this.follower.rebuild === undefined ? 0 : head;
    await sql.transaction(async (tx) => {
      await tx.run(forgetParked, { follower: name });
      await tx.run(endRebuild, { name, position, at: clock.now() });
    });
    this.#deps.progressed();
  }

  /** Nothing to do: until a ring (or the poll), and then until rings pause. */
  async #rest(signal: AbortSignal): Promise<void> {
    if (!(await this.#bell.wait(pollMs))) return;
    const until = performance.now() + maxLagMs;
    while (!signal.aborted && !this.#deps.hurried() && performance.now() < until) {
      if (!(await this.#bell.wait(quietMs))) return;
    }
  }

  /** Between the batches of a backlog: at most half of the time, so that requests get the other half. */
  async #pause(spentMs: number, signal: AbortSignal): Promise<void> {
    if (!this.#deps.hurried())
      await sleep(Math.min(spentMs, maxPauseMs), undefined, { signal }).catch(() => {});
  }

  async #backOff(error: unknown, signal: AbortSignal): Promise<void> {
    const { sql, clock, log, backOffMs } = this.#deps;
    const { name } = this.follower;
    if (signal.aborted) return;
    log.warn({ err: error, follower: name, failures: ++this.#failures }, 'a follower failed and tries again');
    try {
      await sql.transaction((tx) => tx.run(noteError, { name, error: textOf(error), at: clock.now() }));
    } catch (cause) {
      log.warn({ err: cause, follower: name }, 'the error of a follower could not be noted');
    }
    this.#deps.progressed();
    const ms =
      Math.min(maxBackOffMs, backOffMs * 2 ** Math.min(this.#failures, 10)) * (0.5 + Math.random() / 2);
    await sleep(ms, undefined, { signal }).catch(() => {});
  }
}

function liesInRows(error: unknown): boolean {
  return !isAppError(error) || !passing.has(error.code);
}

function textOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, 500);
}
