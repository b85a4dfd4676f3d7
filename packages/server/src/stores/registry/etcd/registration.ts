import type { Clock } from '../../../kernel/clock.ts';
import { AppError, isAppError } from '../../../kernel/errors.ts';
import { newId } from '../../../kernel/ids.ts';
import type { Logger } from '../../../kernel/logger.ts';
import type { EtcdConnection } from '../../clients/etcd/connection.ts';
import { pause } from '../../clients/etcd/pause.ts';
import { oneKey, put, read, readAt, unchanged } from '../../clients/etcd/requests.ts';
import type { NodeRecord, Registration } from '../contract.ts';
import { grantLease, keepRenewing, revokeLease, type Granted } from './renewal.ts';

const retryMs = 500;

export interface RegistrationDeps {
  readonly connection: EtcdConnection;
  readonly clock: Clock;
  readonly log: Logger;
  readonly ttlMs: number;
}

/** One node's record in etcd, under a lease of its own. Whatever removes it, it is written again for as long as the node lives. */
export class EtcdRegistration implements Registration {
  readonly #deps: RegistrationDeps;
  readonly #key: string;
  readonly #ending = new AbortController();
  readonly #onEnd: () => void;
  #record: NodeRecord;
  #lease: Granted | null = null;
  #renewal: { stop(): void } | null = null;
  /** The record in etcd may not be the present one. */
  #stale = false;
  /** One write after the other. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(record: NodeRecord, key: string, deps: RegistrationDeps, onEnd: () => void) {
    this.#record = { ...record };
    this.#key = key;
    this.#deps = deps;
    this.#onEnd = onEnd;
  }

  /** @returns the revision that wrote it. @throws conflict where the node is registered already */
  async begin(): Promise<number> {
    return this.#inTurn(() => this.#establish(true));
  }

  async update(change: Partial<Pick<NodeRecord, 'state' | 'url'>>): Promise<void> {
    await this.#inTurn(async () => {
      if (this.#ending.signal.aborted)
        throw new AppError('gone', `the registration of node ${this.#record.id} has ended`);
      this.#record = { ...this.#record, ...change };
      this.#stale = true;
      await this.#write();
    });
  }

  async end(): Promise<void> {
    if (this.#ending.signal.aborted) return;
    this.abandon();
    await this.#inTurn(async () => {
      if (this.#lease !== null) await revokeLease(this.#deps.connection, this.#lease.id, this.#deps.log);
    });
  }

  /** As if the node had died. */
  abandon(): void {
    this.#ending.abort();
    this.#renewal?.stop();
    this.#onEnd();
  }

  /** The record is no longer in etcd, or no longer ours. */
  restore(): void {
    if (this.#ending.signal.aborted) return;
    void this.#inTurn(async () => {
      this.#stale = true;
      while (this.#stale && !this.#over()) {
        try {
          await this.#write();
          this.#deps.log.warn({ node: this.#record.id }, 'this node is registered again');
        } catch (error) {
          this.#deps.log.debug({ err: error }, 'this node cannot be registered again yet');
          await pause(retryMs * (0.5 + Math.random()), this.#ending.signal);
        }
      }
    });
  }

  async #write(): Promise<void> {
    const { connection } = this.#deps;
    if (this.#lease === null) return void (await this.#establish(false));
    try {
      const record = put(this.#key, JSON.stringify(this.#record), this.#lease.id);
      await connection.call('KV.Txn', { success: [record] });
      this.#stale = false;
    } catch (error) {
      if (!isAppError(error, 'not_found')) throw error;
      await this.#establish(false);
    }
  }

  /** @param fresh whether nobody may be there. @returns the revision that wrote it */
  async #establish(fresh: boolean): Promise<number> {
    const { connection, clock, log, ttlMs } = this.#deps;
    this.#renewal?.stop();
    this.#lease = null;
    const lease = await grantLease(connection, ttlMs, clock);
    const mark = newId();
    const value = JSON.stringify({ ...this.#record, mark });
    const answer = await connection.call('KV.Txn', {
      compare: fresh ? [unchanged(this.#key, 0)] : [],
      success: [put(this.#key, value, lease.id)],
      failure: [read(oneKey(this.#key))],
    });
    const there = answer.succeeded ? undefined : readAt(answer.responses, 0)[0];
    if (!answer.succeeded && there?.value.toString() !== value) {
      await revokeLease(connection, lease.id, log);
      throw new AppError('conflict', `node ${this.#record.id} is registered already`);
    }
    this.#stale = false;
    this.#lease = lease;
    const plan = {
      what: `node ${this.#record.id}`,
      mayRenew: () => !this.#ending.signal.aborted,
      onRenewed: () => {
        if (this.#stale) this.restore();
      },
      onGone: () => {
        this.#lease = null;
        this.restore();
      },
    };
    this.#renewal = keepRenewing(connection, lease, plan, { clock, log });
    if (this.#over()) this.#renewal.stop();
    return there?.revision ?? Number(answer.header.revision);
  }

  #over(): boolean {
    return this.#ending.signal.aborted || this.#deps.connection.closing.aborted;
  }

  #inTurn<Result>(run: () => Promise<Result>): Promise<Result> {
    const turn = this.#last.then(run);
    this.#last = turn.catch(() => {});
    return turn;
  }
}
