import { AppError } from '../../../kernel/errors.ts';
import { newId } from '../../../kernel/ids.ts';
import type { DriverDeps, StoreHealth } from '../../../kernel/service.ts';
import type { EtcdConnection } from '../../clients/etcd/connection.ts';
import { foundIn, oneKey, put, rangeOf, read, readAt, unchanged } from '../../clients/etcd/requests.ts';
import type { Lease, NodeRecord, Registration, RegistryStore } from '../contract.ts';
import { RegistryKeys } from './keys.ts';
import { EtcdLease } from './lease.ts';
import { Mirror } from './mirror.ts';
import { decodeFence, decodeNode, encodeLock, holderOf, sortNodes } from './records.ts';
import { EtcdRegistration } from './registration.ts';
import { grantLease, revokeLease } from './renewal.ts';

/** Nodes and locks in etcd, each under a lease of its own. Closing it is like dying: what it held ends by itself. */
export class EtcdRegistry implements RegistryStore {
  readonly #connection: EtcdConnection;
  readonly #keys: RegistryKeys;
  readonly #nodeTtlMs: number;
  readonly #deps: DriverDeps;
  readonly #own = new Map<string, EtcdRegistration>();
  readonly #leases = new Map<string, EtcdLease>();
  #mirror: Mirror | null = null;

  constructor(connection: EtcdConnection, nodeTtlMs: number, deps: DriverDeps) {
    this.#connection = connection;
    this.#keys = new RegistryKeys(connection.prefix);
    this.#nodeTtlMs = nodeTtlMs;
    this.#deps = deps;
  }

  async register(record: NodeRecord): Promise<Registration> {
    if (this.#own.has(record.id)) throw new AppError('conflict', `node ${record.id} is registered already`);
    const deps = { ...this.#deps, connection: this.#connection, ttlMs: this.#nodeTtlMs };
    const registration = new EtcdRegistration(record, this.#keys.node(record.id), deps, () =>
      this.#own.delete(record.id),
    );
    this.#own.set(record.id, registration);
    let created: number;
    try {
      created = await registration.begin();
    } catch (error) {
      registration.abandon();
      throw error;
    }
    this.#watched().expectNode(record.id, created);
    return registration;
  }

  async nodes(): Promise<readonly NodeRecord[]> {
    const found = foundIn(await this.#connection.call('KV.Range', rangeOf(this.#keys.nodes())));
    return sortNodes(found.flatMap(({ value }) => decodeNode(value) ?? []));
  }

  async watch(listener: (nodes: readonly NodeRecord[]) => void, signal: AbortSignal): Promise<void> {
    await this.#watched().listen(listener, signal);
  }

  async acquire(name: string, ttlMs: number): Promise<Lease | null> {
    if (!(ttlMs > 0)) throw new AppError('invalid_input', 'a lease needs a time to live above 0');
    const [lock, fence] = [this.#keys.lock(name), this.#keys.fence(name)];
    const { responses } = await this.#connection.call('KV.Txn', {
      success: [read(oneKey(lock), { keys_only: true }), read(oneKey(fence))],
    });
    if (readAt(responses, 0).length > 0) return null;
    const [last] = readAt(responses, 1);
    const next = this.#nextFence(name, last?.value);
    const granted = await grantLease(this.#connection, ttlMs, this.#deps.clock);
    const holder = newId();
    const answer = await this.#connection.call('KV.Txn', {
      compare: [unchanged(lock, 0), unchanged(fence, last?.revision ?? 0)],
      success: [put(lock, encodeLock(holder, next), granted.id), put(fence, String(next))],
      failure: [read(oneKey(lock))],
    });
    const [there] = answer.succeeded ? [] : readAt(answer.responses, 0);
    if (!answer.succeeded && holderOf(there?.value) !== holder) {
      void revokeLease(this.#connection, granted.id, this.#deps.log);
      return null;
    }
    const created = there?.created ?? Number(answer.header.revision);
    return this.#hold({ name, fence: next, granted, created });
  }

  ping(): Promise<StoreHealth> {
    return this.#connection.ping();
  }

  async close(): Promise<void> {
    for (const lease of [...this.#leases.values()]) lease.abandon();
    for (const registration of [...this.#own.values()]) registration.abandon();
    this.#mirror?.stop();
    this.#connection.close();
  }

  #hold(lock: ConstructorParameters<typeof EtcdLease>[0]): EtcdLease {
    const lease = new EtcdLease(lock, this.#connection, this.#deps, () => {
      if (this.#leases.get(lock.name) === lease) this.#leases.delete(lock.name);
    });
    this.#leases.set(lock.name, lease);
    if (this.#connection.closing.aborted) lease.abandon();
    else this.#watched().expectLock(lock.name, lock.created);
    return lease;
  }

  /**
   * Above the last one, and above the clock: so it rises also where etcd was restored from a backup, or begun anew, and has forgotten
   * the fences handed out since.
   */
  #nextFence(name: string, last: Buffer | undefined): number {
    const fence = decodeFence(last);
    if (last !== undefined && fence === 0)
      this.#deps.log.error(
        { entry: this.#keys.fence(name) },
        'a fence in etcd is damaged: the clock decides',
      );
    return Math.max(fence + 1, this.#deps.clock.now());
  }

  /** The one watch of this store, begun when it is first needed. */
  #watched(): Mirror {
    this.#mirror ??= new Mirror(this.#connection, this.#keys, this.#deps, {
      onNodeGone: (id) => this.#own.get(id)?.restore(),
      onLock: (name, revision) => this.#leases.get(name)?.changedAt(revision),
    });
    return this.#mirror;
  }
}
