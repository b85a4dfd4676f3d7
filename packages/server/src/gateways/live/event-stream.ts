import type { ServerResponse } from 'node:http';
import type { Change } from '@volvox/api';
import type { Context, Principal } from '../../kernel/context.ts';
import { isAppError } from '../../kernel/errors.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { JournalRow } from '../../services/journal/api.ts';
import type { GatewayRequest } from '../contract.ts';
import type { JournalTail } from './journal-tail.ts';

export interface StreamRequest {
  readonly request: GatewayRequest;
  /** Goes on after this position; null: from now. */
  readonly after: number | null;
  readonly context: Context;
  /** Checks the credentials again. @throws once they have been taken away */
  authenticate(): Promise<Principal>;
}

type Filter = (context: Context, rows: readonly JournalRow[]) => Promise<Change[]>;

const batch = 200;
/** Bytes that may wait in memory for one slow client. */
const maximumQueued = 2 ** 20;
/** Further behind than this, loading anew is cheaper than every change in between. */
const maximumLag = 10_000;

/** One client's server-sent events. Woken by the journal's ring and by the heartbeat; checks the credentials each time. */
export class EventStream {
  readonly #request: StreamRequest;
  readonly #res: ServerResponse;
  readonly #tail: JournalTail;
  readonly #filter: Filter;
  readonly #beatMs: number;
  readonly #log: Logger;
  #position = 0;
  #woken = false;
  #ended = false;
  #resume: (() => void) | null = null;

  constructor(request: StreamRequest, tail: JournalTail, filter: Filter, beatMs: number, log: Logger) {
    this.#request = request;
    this.#res = request.request.res;
    this.#tail = tail;
    this.#filter = filter;
    this.#beatMs = beatMs;
    this.#log = log;
    this.#res.once('close', () => this.end());
    this.#res.on('drain', () => this.wake());
  }

  /** New rows may be there. */
  wake(): void {
    this.#woken = true;
    this.#resume?.();
  }

  end(): void {
    this.#ended = true;
    this.#resume?.();
  }

  async run(): Promise<void> {
    const { after } = this.#request;
    const head = await this.#tail.head();
    this.#position = after ?? head;
    this.#res.writeHead(200, {
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-store',
      'X-Accel-Buffering': 'no',
    });
    this.#res.write(`retry: 2000\n\nevent: ready\nid: ${this.#position}\ndata: {}\n\n`);
    if (after !== null && after > head) this.#resync(head); // the journal is another one: restored from a backup
    this.#woken = true;
    while (!this.#ended) {
      if (!this.#woken) await this.#wait();
      if (this.#ended) break;
      try {
        await this.#turn();
      } catch (error) {
        if (!isAppError(error, 'unavailable') && !isAppError(error, 'timeout')) {
          if (!isAppError(error, 'unauthenticated') && !isAppError(error, 'aborted'))
            this.#log.warn({ err: error }, 'live updates ended');
          break; // the client comes again and is told why it is refused
        }
      }
    }
    this.#res.end();
  }

  async #turn(): Promise<void> {
    const beat = !this.#woken;
    this.#woken = false;
    const principal = await this.#request.authenticate();
    if (beat && this.#res.writableLength === 0) this.#res.write(': beat\n\n');
    const context: Context = { ...this.#request.context, principal };
    while (!this.#ended && this.#res.writableLength < maximumQueued) {
      const rows = await this.#tail.read(this.#position, batch);
      const last = rows.at(-1);
      if (last === undefined) return;
      if (rows.length === batch && (await this.#tail.head()) - this.#position > maximumLag)
        return this.#resync(await this.#tail.head());
      this.#send(await this.#filter(context, rows), last.seq);
    }
  }

  #send(changes: readonly Change[], position: number): void {
    let text = '';
    for (const change of changes)
      text += `event: change\nid: ${change.seq}\ndata: ${JSON.stringify(change)}\n\n`;
    // Rows that this client does not see still move its position on.
    if (changes.at(-1)?.seq !== position) text += `id: ${position}\n\n`;
    this.#position = position;
    if (!this.#ended) this.#res.write(text);
  }

  #resync(head: number): void {
    this.#position = head;
    this.#res.write(`event: resync\nid: ${head}\ndata: {}\n\n`);
  }

  /** Until a ring, the next heartbeat or the end. */
  #wait(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#resume?.(), this.#beatMs);
      this.#resume = () => {
        clearTimeout(timer);
        this.#resume = null;
        resolve();
      };
    });
  }
}
