import pLimit from 'p-limit';
import type { Clock } from '../../kernel/clock.ts';
import { newId } from '../../kernel/ids.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { SqlStore } from '../../stores/sql/contract.ts';
import type { SettingsService } from '../settings/api.ts';
import type { MailMessage } from './api.ts';
import { composeMail } from './compose.ts';
import { claimMail, dueMails, endFailed, endSent, mailById, nextDue, putOff } from './queries.ts';
import type { QueueKeys } from './queue-keys.ts';
import { explain, isPermanent, type MailServer } from './smtp.ts';
import type { MailQueueTable } from './tables.ts';

export interface SenderDeps {
  readonly sql: SqlStore;
  readonly settings: SettingsService;
  readonly server: MailServer;
  readonly keys: QueueKeys;
  readonly clock: Clock;
  readonly log: Logger;
  readonly onFailed?: (mail: {
    readonly id: string;
    readonly template: string;
    readonly error: string;
  }) => void;
}

const minute = 60_000;
const hour = 60 * minute;
/** Until the next attempt, after the first, second ... one; then the message has failed. */
export const pauses = [minute, 5 * minute, 15 * minute, hour, 4 * hour, 12 * hour, 24 * hour] as const;
/** Longer than any attempt takes; whoever claimed a message longer ago has died. */
const claimMs = 5 * minute;
/** What other nodes put into the queue they send themselves; this is for what they left. */
const pollMs = minute;
const parallel = 4;
const batch = 20;
const stopMs = 5_000;

/** Sends what is due. Each node has one; a message is sent by whoever claims it first, which the row decides. */
export class Sender {
  readonly #deps: SenderDeps;
  readonly #stop = new AbortController();
  readonly #limit = pLimit(parallel);
  #loop: Promise<void> = Promise.resolve();
  #ring: (() => void) | null = null;
  #rung = false;

  constructor(deps: SenderDeps) {
    this.#deps = deps;
  }

  start(): void {
    this.#loop = this.#run();
  }

  wake(): void {
    this.#rung = true;
    this.#ring?.();
  }

  /** What is being sent gets a moment to end; else its claim runs out, and it is sent again. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#ring?.();
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => (timer = setTimeout(resolve, stopMs)));
    await Promise.race([this.#loop, patience]);
    clearTimeout(timer);
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      let next = pollMs;
      this.#rung = false;
      try {
        if (this.#deps.server.configured()) next = await this.#drain();
      } catch (error) {
        this.#deps.log.warn({ err: error }, 'the mail queue could not be read; it is tried again');
      }
      await this.#rest(next);
    }
  }

  /** @returns ms until something is due */
  async #drain(): Promise<number> {
    const { sql, clock } = this.#deps;
    for (;;) {
      const due = await sql.reader.all(dueMails, { now: clock.now(), limit: batch });
      const claimed = await Promise.all(due.map(({ id }) => this.#limit(() => this.#attempt(id))));
      // Where another node has just claimed all that is due, we pause: its commit may not be seen yet.
      if (!claimed.includes(true) || this.#stop.signal.aborted) break;
    }
    const at = (await sql.reader.get(nextDue, {}))?.at ?? null;
    return at === null ? pollMs : Math.min(pollMs, Math.max(0, at - clock.now()));
  }

  async #rest(ms: number): Promise<void> {
    if (this.#rung || this.#stop.signal.aborted) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, Math.max(ms, 10));
      this.#ring = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#ring = null;
  }

  /** Never throws: what can't be noted now is tried again when the claim has run out. @returns whether it was ours */
  async #attempt(id: string): Promise<boolean> {
    const { sql, clock, log } = this.#deps;
    if (this.#stop.signal.aborted) return false;
    try {
      const claim = newId();
      const now = clock.now();
      const claimed = await sql.transaction((tx) =>
        tx.run(claimMail, { id, claim, now, until: now + claimMs }),
      );
      if (claimed === 0) return false;
      const row = await sql.reader.get(mailById, { id });
      if (row?.claim === claim) await this.#send(row, claim);
      return true;
    } catch (error) {
      log.warn({ err: error, mail: id }, 'the outcome of a message could not be kept; it may be sent again');
      return false;
    }
  }

  async #send(row: MailQueueTable, claim: string): Promise<void> {
    const { sql, clock, log, server, settings } = this.#deps;
    try {
      await server.send(composeMail(await this.#messageOf(row), settings), row.id);
    } catch (error) {
      return this.#failed(row, claim, error);
    }
    await sql.transaction((tx) => tx.run(endSent, { id: row.id, claim, at: clock.now() }));
    log.info({ mail: row.id, template: row.template, attempts: row.attempts }, 'a message was sent');
  }

  async #failed(row: MailQueueTable, claim: string, cause: unknown): Promise<void> {
    const { sql, clock, log, onFailed } = this.#deps;
    const { id, template, attempts } = row;
    const error = explain(cause);
    const pause = isPermanent(cause) ? undefined : pauses[attempts - 1];
    const now = clock.now();
    if (pause !== undefined) {
      await sql.transaction((tx) => tx.run(putOff, { id, claim, next: now + pause, error }));
      log.info({ mail: id, template, attempts, error }, 'a message was put off');
      return;
    }
    const ended = await sql.transaction((tx) => tx.run(endFailed, { id, claim, at: now, error }));
    log.warn({ mail: id, template, attempts, error }, 'a message was given up');
    if (ended > 0) onFailed?.({ id, template, error });
  }

  async #messageOf(row: MailQueueTable): Promise<MailMessage> {
    const { recipient: to, template, locale } = row;
    const data = await this.#deps.keys.open(row);
    return { to, template, locale, data } as MailMessage; // the edge: as `enqueue` wrote it
  }
}
