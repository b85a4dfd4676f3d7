import { AppError } from '../../../kernel/errors.ts';
import type { Logger } from '../../../kernel/logger.ts';
import type { Driver, StoreHealth } from '../../../kernel/service.ts';
import { sharedMemory } from '../../../kernel/shared-memory.ts';
import type { Json } from '../../config/contract.ts';
import type { BrokerStore, Subscription } from '../contract.ts';
import { Inbox } from '../inbox.ts';
import { checkTopic, encodePayload } from '../rules.ts';

/** Subscribers of one topic; each group is served in turn. */
interface Topic {
  readonly all: Set<Inbox>;
  readonly groups: Map<string, Inbox[]>;
}

type Exchange = Map<string, Topic>;

const exchangeOf = sharedMemory<Exchange>(() => new Map());

export const brokerMemoryDriver: Driver<BrokerStore> = {
  scheme: 'memory',
  parameters: {},
  open: async (url, deps) => new MemoryBroker(exchangeOf(url.path), deps.log),
};

type SubscribeOptions = Parameters<BrokerStore['subscribe']>[2];

class MemoryBroker implements BrokerStore {
  readonly #exchange: Exchange;
  readonly #log: Logger;
  readonly #subscriptions = new Set<Subscription>();
  #closed = false;

  constructor(exchange: Exchange, log: Logger) {
    this.#exchange = exchange;
    this.#log = log;
  }

  async publish(topic: string, payload: Json): Promise<void> {
    this.#checkOpen();
    checkTopic(topic);
    const json = encodePayload(topic, payload);
    const found = this.#exchange.get(topic);
    if (found === undefined) return;
    for (const inbox of found.all) inbox.put(json);
    for (const members of found.groups.values()) nextOf(members)?.put(json);
  }

  async subscribe(
    topic: string,
    handler: (payload: Json) => void | Promise<void>,
    options: SubscribeOptions = {},
  ): Promise<Subscription> {
    this.#checkOpen();
    checkTopic(topic);
    const inbox = new Inbox({ topic, handler, onGap: options.onGap, log: this.#log });
    const leave = join(this.#exchange, topic, options.group ?? null, inbox);
    const subscription: Subscription = {
      end: async () => {
        leave();
        inbox.end();
        this.#subscriptions.delete(subscription);
      },
    };
    this.#subscriptions.add(subscription);
    return subscription;
  }

  async ping(): Promise<StoreHealth> {
    this.#checkOpen();
    return { version: null };
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const subscription of [...this.#subscriptions]) await subscription.end();
  }

  #checkOpen(): void {
    if (this.#closed) throw new AppError('unavailable', 'the broker is closed');
  }
}

/** The member with the least to do; among equals the one that waited longest. */
function nextOf(members: Inbox[]): Inbox | undefined {
  const chosen = members.reduce<Inbox | undefined>(
    (best, inbox) => (best && best.size <= inbox.size ? best : inbox),
    undefined,
  );
  if (chosen !== undefined) members.push(...members.splice(members.indexOf(chosen), 1));
  return chosen;
}

/** @returns how to leave */
function join(exchange: Exchange, name: string, group: string | null, inbox: Inbox): () => void {
  const topic = exchange.get(name) ?? { all: new Set(), groups: new Map() };
  exchange.set(name, topic);
  const members = group === null ? null : (topic.groups.get(group) ?? []);
  if (group === null || members === null) topic.all.add(inbox);
  else topic.groups.set(group, members).get(group)?.push(inbox);
  return () => {
    topic.all.delete(inbox);
    const at = members?.indexOf(inbox) ?? -1;
    if (at >= 0) members?.splice(at, 1);
    if (group !== null && members?.length === 0 && topic.groups.get(group) === members)
      topic.groups.delete(group);
    if (topic.all.size === 0 && topic.groups.size === 0 && exchange.get(name) === topic)
      exchange.delete(name);
  };
}
