import type { Clock } from '../../../kernel/clock.ts';
import type { Logger } from '../../../kernel/logger.ts';
import type { EtcdConnection } from './connection.ts';
import { pause } from './pause.ts';
import { foundIn, rangeOf, type Found, type KeyRange } from './requests.ts';
import { followStream, type KeyChange } from './watch-stream.ts';

export type { KeyChange } from './watch-stream.ts';

export interface WatchTiming {
  readonly askMs: number;
  readonly silentMs: number;
  /** How often all keys are read, to repair what a watch has lost. */
  readonly relistMs: number;
  /** How long the watch may take to deliver what such a reading has found. */
  readonly graceMs: number;
}

const usual: WatchTiming = { askMs: 2_000, silentMs: 5_000, relistMs: 60_000, graceMs: 2_000 };
const longestPauseMs = 1_500;

export interface WatchPlan {
  readonly range: KeyRange;
  /** Changes after this revision are told; null: first what is there. */
  readonly after: number | null;
  /** What changed together, in order. */
  onChanges(changes: readonly KeyChange[]): void;
  /** Keys that may have been removed after that revision, where etcd has forgotten its own changes. */
  removedSince?(revision: number): Promise<readonly string[]>;
  readonly timing?: Partial<WatchTiming>;
}

interface Listing {
  readonly entries: readonly Found[];
  readonly revision: number;
}

/**
 * The keys of a range, followed for ever: across dead, frozen and exchanged members, compaction and lost events. It begins anew by
 * itself after the last change it has told; where that is not possible, it reads all and tells the difference.
 */
export class KeyWatch {
  readonly #connection: EtcdConnection;
  readonly #plan: WatchPlan;
  readonly #timing: WatchTiming;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #stopping = new AbortController();
  readonly #signal: AbortSignal;
  readonly #standing = Promise.withResolvers<void>();
  /** What was told or need not be told: the revision of each key. */
  readonly #known = new Map<string, number>();
  /** The same for keys that are gone, until a listing has been settled that is younger. */
  readonly #gone = new Map<string, number>();
  #position: number | null;
  /** Of the last listing that was settled. */
  #settled = 0;
  /** Counts what the stream has told. */
  #told = 0;
  #stands = false;
  #session: AbortController | null = null;
  #held: PromiseWithResolvers<void> | null = null;
  #failures = 0;

  constructor(connection: EtcdConnection, plan: WatchPlan, clock: Clock, log: Logger) {
    this.#connection = connection;
    this.#plan = plan;
    this.#timing = { ...usual, ...plan.timing };
    this.#clock = clock;
    this.#log = log;
    this.#position = plan.after;
    this.#signal = AbortSignal.any([this.#stopping.signal, connection.closing]);
    void this.#run();
  }

  /** Resolves when it has stood for the first time. */
  get standing(): Promise<void> {
    return this.#standing.promise;
  }

  /** Takes nothing more until `resume`; nothing is lost by it. */
  hold(): void {
    if (this.#held !== null) return;
    this.#held = Promise.withResolvers<void>();
    this.#session?.abort();
  }

  resume(): void {
    this.#held?.resolve();
    this.#held = null;
  }

  /** Reads all and tells the difference at once, at the price of steps in between. @throws unavailable */
  async refresh(): Promise<void> {
    this.#settle(await this.#list());
  }

  /**
   * A key of one's own was written at `revision`: its removal is told also where it came before the first listing.
   * @returns false where it is known already that the key has changed since
   */
  expect(key: string, revision: number): boolean {
    const told = this.#known.get(key) ?? this.#gone.get(key);
    if (told !== undefined && told >= revision) return told === revision;
    if (this.#settled >= revision) return false;
    this.#known.set(key, revision);
    return true;
  }

  stop(): void {
    this.#stopping.abort();
    this.resume();
  }

  async #run(): Promise<void> {
    while (!this.#signal.aborted) {
      await this.#held?.promise;
      try {
        await this.#follow();
      } catch (error) {
        if (this.#signal.aborted) break;
        if (this.#failures++ === 0)
          this.#log.warn({ err: error, keys: this.#plan.range.from }, 'etcd is not watched');
        const most = Math.min(longestPauseMs, 50 * 2 ** this.#failures);
        await pause(most * (0.5 + Math.random() / 2), this.#signal);
      }
    }
    this.#standing.resolve();
  }

  /** One session: what was missed is told by the stream; what the stream can't tell, by a listing. */
  async #follow(): Promise<void> {
    const session = new AbortController();
    this.#session = session;
    this.#stands = false;
    const signal = AbortSignal.any([this.#signal, session.signal]);
    try {
      const listing = await this.#begin();
      const after = this.#position ?? listing.revision;
      const checks = this.#keepChecking(listing, signal);
      const end = await followStream(
        this.#connection,
        {
          ...this.#timing,
          range: this.#plan.range,
          after,
          onStanding: () => {
            this.#stands = true;
            this.#standing.resolve();
          },
          onChanges: (changes) => this.#tell(changes),
        },
        this.#clock,
        signal,
      );
      session.abort();
      await checks;
      if (end === 'compacted') await this.#catchUp(after);
    } finally {
      session.abort();
    }
  }

  async #begin(): Promise<Listing> {
    const listing = await this.#list();
    const position = this.#position;
    if (position === null) this.#settle(listing);
    else if (listing.revision < position) this.#restart(listing, position);
    else if (this.#known.size === 0) {
      for (const { key, revision } of listing.entries)
        if (revision <= position) this.#known.set(key, revision);
    }
    return listing;
  }

  /** Revisions went back: etcd was restored from a backup, or is another one. What differs is told with the new revisions. */
  #restart(listing: Listing, position: number): void {
    this.#log.warn({ was: position, is: listing.revision }, 'the revisions of etcd went back');
    const same = new Map(listing.entries.map((entry) => [entry.key, entry.revision]));
    for (const [key, revision] of this.#known)
      this.#known.set(key, same.get(key) === revision ? revision : 0);
    this.#gone.clear();
    this.#settled = 0;
    this.#position = listing.revision;
    this.#settle(listing);
  }

  /** Changes were compacted before they could be told. */
  async #catchUp(after: number): Promise<void> {
    this.#log.warn({ after, keys: this.#plan.range.from }, 'etcd has forgotten changes: all keys are read');
    const listing = await this.#list();
    const candidates = (await this.#plan.removedSince?.(after)) ?? [];
    for (const key of candidates) if (!this.#known.has(key)) this.#known.set(key, 0);
    this.#settle(listing);
  }

  /** Until the session ends: compares what was told with what is there, and repairs it. */
  async #keepChecking(first: Listing, signal: AbortSignal): Promise<void> {
    for (let listing: Listing | null = first; ;) {
      await this.#toldAll(listing?.revision ?? 0, signal);
      if (signal.aborted) return;
      if (listing !== null) this.#settle(listing);
      await pause(this.#timing.relistMs, signal);
      if (signal.aborted) return;
      listing = await this.#list().catch(() => null);
    }
  }

  /** Until the stream stands and has told all up to that revision, as far as it is going to. */
  async #toldAll(revision: number, signal: AbortSignal): Promise<void> {
    for (let told = -1; ;) {
      await pause(this.#timing.graceMs, signal);
      if (signal.aborted) return;
      if (this.#stands && (told === this.#told || (this.#position ?? 0) >= revision)) break;
      told = this.#told;
    }
    if (this.#failures > 0) this.#log.info({ keys: this.#plan.range.from }, 'etcd is watched again');
    this.#failures = 0;
  }

  async #list(): Promise<Listing> {
    const response = await this.#connection.call('KV.Range', rangeOf(this.#plan.range));
    return { entries: foundIn(response), revision: Number(response.header.revision) };
  }

  /** Tells what a listing shows and was not told. What is younger than the listing is left to the stream. */
  #settle(listing: Listing): void {
    if (listing.revision < this.#settled) return;
    const changes: KeyChange[] = [];
    const present = new Set<string>();
    for (const { key, value, revision } of listing.entries) {
      present.add(key);
      if ((this.#known.get(key) ?? this.#gone.get(key) ?? 0) < revision)
        changes.push({ key, value, revision });
    }
    for (const [key, revision] of this.#known)
      if (!present.has(key) && revision <= listing.revision)
        changes.push({ key, value: null, revision: listing.revision });
    changes.sort((a, b) => a.revision - b.revision);
    this.#pass(changes);
    for (const [key, revision] of this.#gone) if (revision <= listing.revision) this.#gone.delete(key);
    this.#settled = listing.revision;
    this.#position = Math.max(this.#position ?? 0, listing.revision);
  }

  #tell(changes: readonly KeyChange[]): void {
    const position = this.#position ?? 0;
    const fresh = changes.filter((change) => change.revision > position);
    this.#position = fresh.at(-1)?.revision ?? position;
    this.#told += fresh.length;
    this.#pass(fresh);
  }

  #pass(changes: readonly KeyChange[]): void {
    for (const { key, value, revision } of changes) {
      if (value === null) {
        this.#known.delete(key);
        this.#gone.set(key, revision);
      } else {
        this.#known.set(key, revision);
        this.#gone.delete(key);
      }
    }
    if (changes.length > 0 && !this.#signal.aborted) this.#plan.onChanges(changes);
  }
}
