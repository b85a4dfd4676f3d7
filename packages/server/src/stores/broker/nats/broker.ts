import type { NatsConnection, Subscription as NatsSubscription } from '@nats-io/transport-node';
import { AppError } from '../../../kernel/errors.ts';
import type { Logger } from '../../../kernel/logger.ts';
import type { StoreHealth } from '../../../kernel/service.ts';
import type { Json } from '../../config/contract.ts';
import type { BrokerStore, Subscription } from '../contract.ts';
import { Inbox } from '../inbox.ts';
import { checkTopic, encodePayload, maxBytes } from '../rules.ts';
import { bounded } from './bounded.ts';

const callMs = 5_000;
const pingMs = 2_000;
const leaveMs = 1_000;

/** Work that the server has not confirmed: from the first on it is asked, at the second nothing more is taken. */
const confirmFrom = 256 * 1024;
const mostUnconfirmed = 8 * 1024 * 1024;

type SubscribeOptions = Parameters<BrokerStore['subscribe']>[2];

/** Adds to the client what the contract asks: gaps, refusals instead of endless queues, bounded waits. */
export class NatsBroker implements BrokerStore {
  readonly #connection: NatsConnection;
  readonly #prefix: string;
  readonly #log: Logger;
  readonly #inboxes = new Set<Inbox>();
  #connected = true;
  #closed = false;
  #confirmed = 0;
  #confirming = false;

  constructor(connection: NatsConnection, prefix: string, log: Logger) {
    this.#connection = connection;
    this.#prefix = prefix;
    this.#log = log;
    void this.#watch();
  }

  async publish(topic: string, payload: Json): Promise<void> {
    checkTopic(topic);
    const json = encodePayload(topic, payload);
    this.#checkReachable();
    if (this.#published() - this.#confirmed > mostUnconfirmed)
      throw unavailable('the broker does not keep up: the message was dropped');
    try {
      this.#connection.publish(this.#prefix + topic, json);
    } catch (error) {
      throw unavailable(`the broker takes no message to "${topic}"`, error);
    }
    if (this.#published() - this.#confirmed > confirmFrom) void this.#confirm();
  }

  async subscribe(
    topic: string,
    handler: (payload: Json) => void | Promise<void>,
    options: SubscribeOptions = {},
  ): Promise<Subscription> {
    checkTopic(topic);
    this.#checkReachable();
    const inbox = new Inbox({ topic, handler, onGap: options.onGap, log: this.#log });
    const native = this.#connection.subscribe(this.#prefix + topic, {
      ...(options.group === undefined ? {} : { queue: encodeURIComponent(options.group) }),
      callback: (error, message) => {
        if (error) this.#log.error({ topic, err: error }, 'the broker ended a subscription');
        // None of ours is larger: whoever sent it shall not fill our memory.
        else if (message.data.byteLength > maxBytes) inbox.gap();
        else inbox.put(message.string());
      },
    });
    this.#inboxes.add(inbox);
    try {
      await this.#roundTrip(callMs); // what is published from now on arrives
      if (native.isClosed()) throw unavailable(`the broker does not permit to subscribe to "${topic}"`);
    } catch (error) {
      this.#leave(inbox, native);
      throw error;
    }
    return { end: () => this.#end(inbox, native) };
  }

  async ping(): Promise<StoreHealth> {
    this.#checkReachable();
    await this.#roundTrip(pingMs);
    return { version: this.#connection.info?.version ?? null };
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const inbox of this.#inboxes) inbox.end();
    this.#inboxes.clear();
    if (this.#connected) await this.#roundTrip(leaveMs).catch(() => undefined); // what was handed over leaves
    await this.#connection.close();
  }

  async #end(inbox: Inbox, native: NatsSubscription): Promise<void> {
    if (!this.#inboxes.has(inbox)) return;
    this.#leave(inbox, native);
    if (this.#connected) await this.#roundTrip(leaveMs).catch(() => undefined);
  }

  #leave(inbox: Inbox, native: NatsSubscription): void {
    inbox.end();
    this.#inboxes.delete(inbox);
    native.unsubscribe();
  }

  async #roundTrip(ms: number): Promise<void> {
    try {
      await bounded(this.#connection.flush(), ms, `no answer from the broker within ${ms / 1000} s`);
    } catch (error) {
      throw error instanceof AppError ? error : unavailable('the connection to the broker was lost', error);
    }
  }

  /** Bytes, with what a message costs beside its payload. */
  #published(): number {
    const { outBytes, outMsgs } = this.#connection.stats();
    return outBytes + 64 * outMsgs;
  }

  async #confirm(): Promise<void> {
    if (this.#confirming) return;
    this.#confirming = true;
    const published = this.#published();
    try {
      await this.#connection.flush();
      this.#confirmed = published;
    } catch {
      this.#confirmed = this.#published(); // what waited went with its connection
    }
    this.#confirming = false;
  }

  /** Ends with the connection. */
  async #watch(): Promise<void> {
    for await (const status of this.#connection.status()) {
      if (status.type === 'disconnect' && this.#connected) {
        this.#connected = false;
        this.#log.warn({ server: status.server }, 'the broker is out of reach: messages are lost');
      } else if (status.type === 'reconnect') {
        this.#connected = true;
        this.#log.info({ server: status.server }, 'the broker is back');
        for (const inbox of this.#inboxes) inbox.gap();
      } else if (status.type === 'error') {
        this.#log.warn({ err: status.error }, 'the broker reports an error');
      }
    }
  }

  #checkReachable(): void {
    if (this.#closed || this.#connection.isClosed()) throw unavailable('the broker is closed');
    if (!this.#connected) throw unavailable('the broker is out of reach');
  }
}

function unavailable(text: string, cause?: unknown): AppError {
  return new AppError('unavailable', text, { retryable: true, ...(cause === undefined ? {} : { cause }) });
}
