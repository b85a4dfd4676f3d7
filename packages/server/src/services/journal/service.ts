import type { Clock } from '../../kernel/clock.ts';
import { AppError } from '../../kernel/errors.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { Started } from '../../kernel/service.ts';
import type { BrokerStore, Subscription } from '../../stores/broker/contract.ts';
import type { RegistryStore } from '../../stores/registry/contract.ts';
import type { SqlStore, SqlTransaction } from '../../stores/sql/contract.ts';
import type { Follower, FollowerStatus, JournalEntry, JournalRow, JournalService } from './api.ts';
import { Bell, Coalescer } from './bell.ts';
import { askRebuild, countParked, selectCursor, selectCursors } from './queries.ts';
import { appendRow, readHead, readRows, readRowsUnlessPending } from './rows.ts';
import { Runner } from './runner.ts';
import { Stamper } from './stamper.ts';
import type { FollowerCursorsTable } from './tables.ts';

export interface JournalDeps {
  readonly sql: SqlStore;
  readonly broker: BrokerStore;
  readonly registry: RegistryStore;
  readonly clock: Clock;
  readonly log: Logger;
  /** false: followers are not run here (one-off commands beside or without a server). */
  readonly followers?: boolean;
  /** Between the first two tries of a follower that failed; 200 ms. */
  readonly backOffMs?: number;
}

const topic = 'journal';
const ringMs = 20;
const pollMs = 1000;
const checkMs = 50;

export async function startJournal(deps: JournalDeps): Promise<Started<JournalService>> {
  const journal = new Journal(deps);
  await journal.start();
  return { api: journal, stop: () => journal.stop() };
}

/** The journal, its doorbell and its followers' runners on this node. */
class Journal implements JournalService {
  readonly #deps: JournalDeps;
  readonly #runners = new Map<string, Runner>();
  readonly #listeners = new Set<() => void>();
  readonly #progress = new Set<Bell>();
  readonly #stamper: Stamper;
  readonly #publish: Coalescer;
  readonly #tell: Coalescer;
  #subscription: Subscription | null = null;
  #poll: NodeJS.Timeout | null = null;
  #polled: Promise<void> = Promise.resolve();
  /** Rings, given and heard, whose work is under way. */
  readonly #ringing = new Set<Promise<void>>();
  #seen = 0;
  #waiting = 0;
  #stopped = false;

  constructor(deps: JournalDeps) {
    this.#deps = deps;
    this.#stamper = new Stamper(deps.sql);
    this.#publish = new Coalescer(ringMs, () => void this.#track(this.#ring()));
    this.#tell = new Coalescer(ringMs, () => void this.#track(this.#rung()));
  }

  async start(): Promise<void> {
    this.#seen = await this.head();
    await this.#subscribe();
    this.#schedulePoll();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    if (this.#poll !== null) clearTimeout(this.#poll);
    await this.#polled;
    await Promise.all([...this.#runners.values()].map((runner) => runner.stop()));
    await this.#subscription?.end();
    this.#publish.stop();
    this.#tell.stop();
    await Promise.all(this.#ringing);
    for (const bell of this.#progress) bell.ring();
  }

  async append(tx: SqlTransaction, entry: JournalEntry): Promise<string> {
    tx.afterCommit(this.#publish.call);
    return appendRow(tx, entry, this.#deps.clock.now());
  }

  async head(): Promise<number> {
    const { reader } = this.#deps.sql;
    const { head, pending } = await readHead(reader);
    if (!pending) return head;
    await this.#stamper.stamp();
    return (await readHead(reader)).head;
  }

  async read(after: number, limit: number): Promise<readonly JournalRow[]> {
    const { reader } = this.#deps.sql;
    if (this.#stamper.needed) {
      const rows = await readRowsUnlessPending(reader, after, limit);
      if (rows !== null) return rows;
      await this.#stamper.stamp();
    }
    return readRows(reader, after, limit);
  }

  follow(follower: Follower, from: 'start' | 'head' = 'start'): void {
    if (this.#runners.has(follower.name))
      throw new AppError('internal', `two followers are called ${follower.name}`);
    if (this.#deps.followers === false || this.#stopped) return;
    const { sql, registry, clock, log, backOffMs = 200 } = this.#deps;
    const hurried = (): boolean => this.#waiting > 0;
    const progressed = (): void => {
      for (const bell of this.#progress) bell.ring();
    };
    this.#runners.set(
      follower.name,
      new Runner(follower, from, { sql, registry, clock, log, backOffMs, hurried, progressed }),
    );
  }

  async rebuild(name: string): Promise<void> {
    const { sql, clock } = this.#deps;
    await this.#runners.get(name)?.prepare();
    const marked = await sql.transaction((tx) => tx.run(askRebuild, { name, at: clock.now() }));
    if (marked === 0) throw new AppError('not_found', `there is no follower called ${name}`);
    this.#publish.call();
    // Whoever runs the follower sees the mark, at once or when it starts.
    if (this.#deps.followers === false) return;
    await this.#until(async () => {
      const cursor = await sql.reader.get(selectCursor, { name });
      if (!cursor?.rebuilding) return true;
      if (cursor.error !== null)
        throw new AppError(
          'unavailable',
          `rebuilding ${name} failed and will be tried again: ${cursor.error}`,
        );
      return false;
    });
  }

  async followers(): Promise<readonly FollowerStatus[]> {
    const head = await this.head();
    const { reader } = this.#deps.sql;
    const parked = new Map(
      (await reader.all(countParked, {})).map(({ follower, count }) => [follower, Number(count)]),
    );
    return (await reader.all(selectCursors, {})).map((cursor) => ({
      ...statusOf(cursor, head),
      parked: parked.get(cursor.name) ?? 0,
    }));
  }

  async settled(signal?: AbortSignal): Promise<void> {
    const head = await this.head();
    const names = [...this.#runners.keys()];
    await this.#until(async () => {
      const cursors = await this.#deps.sql.reader.all(selectCursors, {});
      const behind = (name: string): boolean => {
        const cursor = cursors.find((c) => c.name === name);
        return cursor === undefined || cursor.rebuilding !== 0 || cursor.position < head;
      };
      return !names.some(behind);
    }, signal);
  }

  onRing(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Hurries the runners here, and looks whenever one has come on, and now and then for those of other nodes. */
  async #until(done: () => Promise<boolean>, signal?: AbortSignal): Promise<void> {
    const bell = new Bell();
    const ring = (): void => bell.ring();
    this.#progress.add(bell);
    this.#waiting++;
    this.#wakeRunners();
    signal?.addEventListener('abort', ring);
    try {
      while (!(await done())) {
        if (signal?.aborted || this.#stopped)
          throw new AppError('aborted', 'stopped waiting for the followers');
        await bell.wait(checkMs);
      }
    } finally {
      this.#progress.delete(bell);
      this.#waiting--;
      signal?.removeEventListener('abort', ring);
    }
  }

  async #track(work: Promise<void>): Promise<void> {
    this.#ringing.add(work);
    await work;
    this.#ringing.delete(work);
  }

  /** The node that wrote gives the positions, so that the others find them when they are rung. */
  async #ring(): Promise<void> {
    const { broker, log } = this.#deps;
    await this.#stamp(() => this.#stamper.stamp());
    await broker.publish(topic, null).catch((error: unknown) => log.debug({ err: error }, 'a ring was lost'));
  }

  async #rung(): Promise<void> {
    // Whoever rang may have died before it stamped, or could not.
    if (this.#stamper.needed) await this.#stamp(() => this.head());
    if (this.#stopped) return;
    this.#wakeRunners();
    for (const listener of this.#listeners) {
      try {
        listener();
      } catch (error) {
        this.#deps.log.error({ err: error }, 'a listener of the journal failed');
      }
    }
  }

  /** What fails now is tried again by the poll. */
  async #stamp(work: () => Promise<unknown>): Promise<void> {
    await work().catch((error: unknown) =>
      this.#deps.log.debug({ err: error }, 'rows of the journal could not be stamped'),
    );
  }

  #wakeRunners(): void {
    for (const runner of this.#runners.values()) runner.wake();
  }

  /** Without a broker the poll is the bell; it goes on trying. A command needs none: nothing here follows the journal. */
  async #subscribe(): Promise<void> {
    if (this.#subscription !== null || this.#deps.followers === false) return;
    try {
      this.#subscription = await this.#deps.broker.subscribe(topic, this.#tell.call, {
        onGap: this.#tell.call,
      });
    } catch (error) {
      this.#deps.log.warn(
        { err: error },
        'the broker cannot be reached: changes are looked for every second',
      );
    }
  }

  #schedulePoll(): void {
    if (this.#stopped) return;
    this.#poll = setTimeout(() => {
      this.#polled = this.#look().finally(() => this.#schedulePoll());
    }, pollMs);
  }

  /** A commit whose ring was lost, or that was made beside the broker. */
  async #look(): Promise<void> {
    try {
      await this.#subscribe();
      const head = await this.head();
      if (head > this.#seen) this.#tell.call();
      this.#seen = head;
    } catch (error) {
      this.#deps.log.warn({ err: error }, 'the journal could not be read');
    }
  }
}

function statusOf(cursor: FollowerCursorsTable, head: number): Omit<FollowerStatus, 'parked'> {
  return {
    name: cursor.name,
    position: cursor.position,
    head,
    lag: Math.max(0, head - cursor.position),
    rebuilding: cursor.rebuilding !== 0,
    error: cursor.error,
  };
}
