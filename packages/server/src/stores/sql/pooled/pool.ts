import { AppError } from '../../../kernel/errors.ts';
import type { Logger } from '../../../kernel/logger.ts';
import type { ConnectOptions, Engine, EngineConnection, Fault } from './engine.ts';
import { closedError, Dropped, faultOf } from './faults.ts';
import { Session } from './session.ts';

export interface PoolOptions {
  readonly engine: Engine;
  readonly log: Logger;
  readonly size: number;
  readonly connect: ConnectOptions;
  /** A statement that takes longer is given up, and its connection with it. */
  readonly statementMs: number;
  /** After this much silence of one statement a new connection is tried, to learn whether the server is there at all. */
  readonly suspectMs: number;
  /** How long a caller waits for a connection. */
  readonly acquireMs: number;
  /** How long a transaction may keep a connection without using it. */
  readonly stuckMs: number;
}

/** A transaction keeps its connection while it thinks; what reads gives it back after one statement. */
export type Use = 'read' | 'transaction';

interface Waiter {
  readonly since: number;
  readonly resolve: (session: Session) => void;
  readonly reject: (error: AppError) => void;
}

/** Of each use: more would only wait for their end. */
const maxWaiting = 2000;
const tickMs = 250;
const probeMs = 3000;
const warnEveryMs = 30_000;
/** The word of a server is good for as long. */
const heardMs = 1000;
const firstProbeMs = 100;
const maxProbeMs = 2000;

/**
 * A bounded set of connections. While the server is known to be away every caller is refused at once, and one connection is tried again and
 * again until it is back. Transactions may hold all connections but one: work that also reads by the reader can always go on.
 */
export class Pool {
  readonly #options: PoolOptions;
  readonly #idle: Session[] = [];
  readonly #busy = new Map<Session, Use>();
  readonly #waiting: Record<Use, Waiter[]> = { read: [], transaction: [] };
  readonly #timer: NodeJS.Timeout;
  #opening = 0;
  #transactions = 0;
  #generation = 0;
  /** Where the last connection was had. */
  #server: string | null = null;
  #down: AppError | null = null;
  #probe: NodeJS.Timeout | null = null;
  #probing = false;
  #probedAt = 0;
  #quietUntil = 0;
  #closed = false;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#watch(), tickMs).unref();
  }

  /** Takes in a connection that was opened beside the pool. */
  adopt(connection: EngineConnection): void {
    this.#server = connection.server;
    this.#give(this.#session(connection));
  }

  /** @throws unavailable: at once while the server is known to be away, else when none gets free in time */
  acquire(use: Use): Promise<Session> | Session {
    if (this.#closed) return Promise.reject(closedError());
    if (this.#down !== null) return Promise.reject(this.#down);
    if (this.#admits(use)) {
      const session = this.#idle.pop();
      if (session !== undefined) return this.#lend(session, use);
    }
    if (this.#waiting[use].length >= maxWaiting) return Promise.reject(busyError());
    const waiting = new Promise<Session>((resolve, reject) =>
      this.#waiting[use].push({ since: performance.now(), resolve, reject }),
    );
    this.#grow();
    return waiting;
  }

  release(session: Session): void {
    const use = this.#busy.get(session);
    if (use === undefined) return;
    this.#busy.delete(session);
    if (use === 'transaction') this.#transactions--;
    session.onStuck = null;
    if (session.broken || session.generation !== this.#generation || this.#closed) {
      this.#discard(session);
      this.#grow();
    } else this.#give(session);
  }

  /**
   * Asks the server whether it is there, without a place in the queue: that all connections are busy says nothing about the server.
   * @returns its version @throws unavailable
   */
  async ping(timeoutMs: number): Promise<string> {
    const { engine, connect } = this.#options;
    if (this.#idle.length > 0 || this.#down !== null || this.#closed) {
      const session = await this.acquire('read');
      try {
        await session.exec('select 1');
        return session.connection.version;
      } catch (error) {
        const fault = faultOf(engine, error);
        if (fault.kind === 'lost') session.destroy(error);
        throw fault.error;
      } finally {
        this.release(session);
      }
    }
    const now = performance.now();
    for (const { heardAt, connection } of this.#busy.keys())
      if (heardAt > 0 && now - heardAt < heardMs) return connection.version;
    try {
      const connection = await engine.connect({ ...connect, timeoutMs });
      void connection.close();
      return connection.version;
    } catch (error) {
      throw faultOf(engine, error).error;
    }
  }

  /** All connections of now are used no more, once they are given back. */
  renew(): void {
    this.#generation++;
    for (const session of this.#idle.splice(0)) this.#discard(session);
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    if (this.#probe !== null) clearTimeout(this.#probe);
    this.#refuse(closedError());
    const idle = this.#idle.splice(0);
    for (const session of this.#busy.keys())
      session.destroy(new Dropped({ kind: 'final', error: closedError() }));
    await Promise.all(idle.map((session) => session.connection.close()));
  }

  #admits(use: Use): boolean {
    return use === 'read' || this.#transactions < Math.max(1, this.#options.size - 1);
  }

  #lend(session: Session, use: Use): Session {
    this.#busy.set(session, use);
    session.usedAt = performance.now();
    if (use === 'transaction') this.#transactions++;
    return session;
  }

  /** To whoever has waited longest and may have it. */
  #give(session: Session): void {
    const { read, transaction } = this.#waiting;
    const held = this.#admits('transaction') ? transaction[0] : undefined;
    const use: Use =
      held !== undefined && held.since <= (read[0]?.since ?? Infinity) ? 'transaction' : 'read';
    const waiter = this.#waiting[use].shift();
    if (waiter === undefined) this.#idle.push(session);
    else waiter.resolve(this.#lend(session, use));
  }

  /** Opens connections for those who wait, as long as there is room. */
  #grow(): void {
    const { read, transaction } = this.#waiting;
    const room = Math.max(1, this.#options.size - 1) - this.#transactions;
    const wanted = read.length + Math.min(transaction.length, Math.max(0, room));
    while (
      this.#opening < wanted - this.#idle.length &&
      this.#opening + this.#idle.length + this.#busy.size < this.#options.size &&
      this.#down === null &&
      !this.#closed
    )
      void this.#open();
  }

  async #open(): Promise<void> {
    this.#opening++;
    const generation = this.#generation;
    try {
      const connection = await this.#options.engine.connect(this.#options.connect);
      this.#opening--;
      this.#take(connection, generation);
    } catch (error) {
      this.#opening--;
      const fault = faultOf(this.#options.engine, error);
      // Where others are alive, the waiters wait for those; `watch` finds out whether they really are.
      if (this.#busy.size + this.#idle.length === 0) this.#gone(fault);
      else this.#warn(fault);
    }
  }

  /** Now and then: it is tried again all the time. */
  #warn(fault: Fault): void {
    if (performance.now() < this.#quietUntil) return;
    this.#quietUntil = performance.now() + warnEveryMs;
    this.#options.log.warn({ err: fault.error }, 'no further connection to the database');
  }

  #take(connection: EngineConnection, generation: number): void {
    if (this.#closed || generation !== this.#generation) void connection.close();
    else {
      this.#follow(connection.server);
      const full = this.#opening + this.#idle.length + this.#busy.size >= this.#options.size;
      if (full) void connection.close();
      else this.#give(this.#session(connection));
    }
    this.#grow();
  }

  /** Another server than before was taken, so the one before is gone, or a replica by now: what waits for it would wait in vain, or read what is old. */
  #follow(server: string): void {
    const before = this.#server;
    this.#server = server;
    if (before === null || before === server) return;
    this.#options.log.warn({ before, server }, 'another server of the database has taken over');
    const error = new AppError('unavailable', 'another server of the database has taken over', {
      retryable: true,
    });
    this.#drop({ kind: 'lost', error });
  }

  #session(connection: EngineConnection): Session {
    const session = new Session(connection, this.#generation);
    connection.onEnd(() => {
      const at = this.#idle.indexOf(session);
      if (at >= 0) this.#idle.splice(at, 1);
      const error = new AppError('unavailable', 'the connection to the database was lost', {
        retryable: true,
      });
      if (!session.broken) session.destroy(new Dropped({ kind: 'lost', error }));
    });
    return session;
  }

  #discard(session: Session): void {
    if (session.broken) session.connection.destroy();
    else void session.connection.close();
    session.broken = true;
  }

  /** The server is away: everybody hears so, and it is looked for until it is back. */
  #gone(fault: Fault): void {
    if (this.#closed) return;
    if (this.#down === null) {
      this.#options.log.error({ err: fault.error }, 'the database cannot be reached');
      this.#scheduleProbe(firstProbeMs);
    }
    this.#down = fault.error;
    this.#drop({ kind: 'lost', error: fault.error });
    this.#refuse(fault.error);
  }

  #drop(fault: Fault): void {
    this.renew();
    for (const session of this.#busy.keys()) session.destroy(new Dropped(fault));
  }

  #refuse(error: AppError): void {
    for (const waiter of [...this.#waiting.read.splice(0), ...this.#waiting.transaction.splice(0)])
      waiter.reject(error);
  }

  #scheduleProbe(ms: number): void {
    this.#probe = setTimeout(() => void this.#lookForServer(ms), ms * (0.5 + Math.random() / 2)).unref();
  }

  async #lookForServer(ms: number): Promise<void> {
    try {
      const connection = await this.#options.engine.connect(this.#options.connect);
      this.#down = null;
      if (!this.#closed) this.#options.log.info({}, 'the database is back');
      this.#take(connection, this.#generation);
    } catch (error) {
      this.#down = faultOf(this.#options.engine, error).error;
      if (!this.#closed) this.#scheduleProbe(Math.min(maxProbeMs, ms * 2));
    }
  }

  #watch(): void {
    const now = performance.now();
    const { statementMs, suspectMs, acquireMs, stuckMs } = this.#options;
    let oldest = now;
    for (const [session, use] of this.#busy) {
      if (session.busySince === 0) {
        if (use === 'transaction' && now - session.usedAt > stuckMs) session.onStuck?.();
      } else if (now - session.busySince > statementMs) {
        const error = new AppError('timeout', 'the database took too long to answer');
        session.destroy(new Dropped({ kind: 'final', error }));
      } else oldest = Math.min(oldest, session.busySince);
    }
    for (const waiters of [this.#waiting.read, this.#waiting.transaction])
      while (waiters[0] !== undefined && now - waiters[0].since > acquireMs)
        waiters.shift()?.reject(busyError());
    this.#grow();
    if (now - oldest > suspectMs && now - this.#probedAt > suspectMs && !this.#probing) void this.#suspect();
  }

  /** Nothing came for a while: a slow statement, or a server that is gone without a word? */
  async #suspect(): Promise<void> {
    this.#probing = true;
    const generation = this.#generation;
    try {
      const options = { ...this.#options.connect, timeoutMs: probeMs };
      this.#take(await this.#options.engine.connect(options), generation);
    } catch (error) {
      const fault = faultOf(this.#options.engine, error);
      if (fault.kind === 'lost') this.#gone(fault);
    } finally {
      this.#probing = false;
      this.#probedAt = performance.now();
    }
  }
}

function busyError(): AppError {
  return new AppError('unavailable', 'all connections to the database are busy', { retryable: true });
}
