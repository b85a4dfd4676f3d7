import type { StoreHealth } from '../../kernel/service.ts';
import type { Json } from '../config/contract.ts';

export interface Subscription {
  end(): Promise<void>;
}

/**
 * Publish/subscribe, at most once: a doorbell, never the record of anything. Messages of one publisher on one topic arrive in order.
 * Topics: `.`-separated words. Payloads: JSON up to 64 KiB (invalid_input beyond).
 */
export interface BrokerStore {
  /** Resolves when handed over, not when the broker has it (after a `ping` of the same client it has); waits for no slow subscriber. */
  publish(topic: string, payload: Json): Promise<void>;
  /**
   * What is published from its resolution on arrives. What another client published shortly before may arrive too: it was on its way.
   * `group`: each message goes to one member of the group only. A handler that throws is logged and does not end the subscription.
   * A slow subscriber loses the oldest messages beyond its buffer (1,024) and is told by `onGap`; after a reconnect `onGap` is called too.
   */
  subscribe(
    topic: string,
    handler: (payload: Json) => void | Promise<void>,
    options?: { readonly group?: string; readonly onGap?: () => void },
  ): Promise<Subscription>;
  /** Resolves when the broker has all that this client published before. */
  ping(): Promise<StoreHealth>;
  close(): Promise<void>;
}
