import { AppError } from '../../../kernel/errors.ts';
import type { Logger } from '../../../kernel/logger.ts';
import type { DriverDeps } from '../../../kernel/service.ts';
import type { EtcdConnection } from '../../clients/etcd/connection.ts';
import { pause } from '../../clients/etcd/pause.ts';
import { KeyWatch, type KeyChange } from '../../clients/etcd/watch.ts';
import type { NodeRecord } from '../contract.ts';
import type { RegistryKeys } from './keys.ts';
import { decodeNode, sortNodes } from './records.ts';

const standingMs = 8_000;

export interface MirrorHooks {
  onNodeGone(id: string): void;
  onLock(name: string, revision: number): void;
}

/** What the registry in etcd looks like, followed; tells the listeners of the nodes after each change, in order. */
export class Mirror {
  readonly #connection: EtcdConnection;
  readonly #keys: RegistryKeys;
  readonly #log: Logger;
  readonly #hooks: MirrorHooks;
  readonly #watch: KeyWatch;
  readonly #nodes = new Map<string, NodeRecord>();
  readonly #listeners = new Set<() => void>();

  constructor(
    connection: EtcdConnection,
    keys: RegistryKeys,
    { clock, log }: DriverDeps,
    hooks: MirrorHooks,
  ) {
    this.#connection = connection;
    this.#keys = keys;
    this.#log = log;
    this.#hooks = hooks;
    const onChanges = (changes: readonly KeyChange[]): void => this.#apply(changes);
    this.#watch = new KeyWatch(connection, { range: keys.watched(), after: null, onChanges }, clock, log);
  }

  /** @throws unavailable where the watch does not come to stand */
  async listen(listener: (nodes: readonly NodeRecord[]) => void, signal: AbortSignal): Promise<void> {
    await this.#watch.refresh();
    const stands = this.#watch.standing.then(() => true);
    const enough = new AbortController();
    const over = AbortSignal.any([signal, this.#connection.closing, enough.signal]);
    const stood = await Promise.race([stands, pause(standingMs, over).then(() => false)]);
    enough.abort();
    if (signal.aborted) return;
    if (!stood) throw new AppError('unavailable', 'etcd does not watch the registry', { retryable: true });
    const tell = (): void => this.#call(listener, signal);
    this.#listeners.add(tell);
    signal.addEventListener('abort', () => this.#listeners.delete(tell), { once: true });
    tell();
  }

  /** This process has written the lock at that revision. */
  expectLock(name: string, revision: number): void {
    if (!this.#watch.expect(this.#keys.lock(name), revision)) this.#hooks.onLock(name, revision + 1);
  }

  /** This process has written the node at that revision. */
  expectNode(id: string, revision: number): void {
    if (!this.#watch.expect(this.#keys.node(id), revision)) this.#hooks.onNodeGone(id);
  }

  stop(): void {
    this.#listeners.clear();
    this.#watch.stop();
  }

  #apply(changes: readonly KeyChange[]): void {
    let changed = false;
    for (const [index, change] of changes.entries()) {
      const found = this.#keys.kindOf(change.key);
      if (found?.kind === 'lock') this.#hooks.onLock(found.name, change.revision);
      if (found?.kind === 'node') {
        this.#setNode(found.name, change);
        changed = true;
      }
      // What changed together is told together.
      if (!changed || changes[index + 1]?.revision === change.revision) continue;
      for (const tell of [...this.#listeners]) tell();
      changed = false;
    }
  }

  #setNode(id: string, { key, value, revision }: KeyChange): void {
    const record = value === null ? null : decodeNode(value);
    if (value !== null && record === null)
      this.#log.error({ entry: key, revision }, 'a node in etcd is damaged: it does not count');
    if (record !== null) return void this.#nodes.set(id, record);
    this.#nodes.delete(id);
    this.#hooks.onNodeGone(id);
  }

  #call(listener: (nodes: readonly NodeRecord[]) => void, signal: AbortSignal): void {
    try {
      if (!signal.aborted) listener(sortNodes(this.#nodes.values()));
    } catch (error) {
      this.#log.error({ err: error }, 'a listener of the registry threw');
    }
  }
}
