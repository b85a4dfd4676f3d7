/**
 * Quotas inside a write, without a query: usage as last read (at most a second old) plus what this process has added since. So one
 * node is exact. Where several share a database, a write that leaves little room reads usage for itself, as the others may have written within
 * that second: they can only be off by what is under way at the same moment. Nothing is refused on an old figure.
 */
import type { Clock } from '../../kernel/clock.ts';
import { AppError } from '../../kernel/errors.ts';
import type { WorkspaceRecord } from '../workspaces/api.ts';
import { coalesce } from './coalesce.ts';

const maxAgeMs = 1000;
/** More than other nodes write within `maxAgeMs`. */
const littleRoom = 2 ** 30;

export interface Charge {
  readonly workspaceId: string;
  readonly bytes: number;
  /** Set once committed: the next reading of usage contains it. */
  settled: boolean;
}

/** What a write notes for its quotas. */
export interface Charging {
  readonly charges: Charge[];
  /** Usage was read for this very write. */
  readonly usageRead: boolean;
}

/** Thrown inside a write that needs to know something first: it rolls back, `prepare` runs, and it runs again. */
export class RunAgain extends Error {
  readonly prepare: () => Promise<void>;
  constructor(prepare: () => Promise<void>) {
    super('something has to be read first');
    this.prepare = prepare;
  }
}

export class StaleUsage extends RunAgain {}

interface Known {
  used: number;
  at: number;
  readonly charges: Set<Charge>;
  /** Sum of `charges`. */
  added: number;
}

export class Quotas {
  readonly #clock: Clock;
  readonly #usageOf: (workspace: WorkspaceRecord) => Promise<number>;
  readonly #alone: boolean;
  readonly #known = new Map<string, Known>();
  readonly #readings = new Map<string, () => Promise<void>>();

  /** @param alone no other process writes into the database */
  constructor(clock: Clock, usageOf: (workspace: WorkspaceRecord) => Promise<number>, alone: boolean) {
    this.#clock = clock;
    this.#usageOf = usageOf;
    this.#alone = alone;
  }

  /** What frees bytes counts when usage is read again. @throws quota_exceeded if `bytes` more do not fit */
  charge(w: Charging, workspace: WorkspaceRecord, bytes: number): void {
    if (workspace.quota === null || bytes <= 0) return;
    const known = this.#known.get(workspace.id);
    const now = this.#clock.monotonic();
    if (known === undefined || now - known.at > maxAgeMs) throw new StaleUsage(() => this.refresh(workspace));
    const used = known.used + known.added;
    const left = workspace.quota - used - bytes;
    // Another node may have made room meanwhile, or taken it.
    if (!w.usageRead && left < (this.#alone ? 0 : littleRoom))
      throw new StaleUsage(() => this.refresh(workspace));
    if (left < 0) throw exceeded(workspace.quota, used, bytes);
    const charge: Charge = { workspaceId: workspace.id, bytes, settled: false };
    w.charges.push(charge);
    known.charges.add(charge);
    known.added += bytes;
  }

  /** One reading of a workspace at a time; it starts after the call. */
  refresh(workspace: WorkspaceRecord): Promise<void> {
    let read = this.#readings.get(workspace.id);
    if (read === undefined) this.#readings.set(workspace.id, (read = coalesce(() => this.#read(workspace))));
    return read();
  }

  async #read(workspace: WorkspaceRecord): Promise<void> {
    const known = this.#known.get(workspace.id) ?? { used: 0, at: 0, charges: new Set<Charge>(), added: 0 };
    const contained = [...known.charges].filter((charge) => charge.settled);
    const used = await this.#usageOf(workspace);
    known.used = used;
    known.at = this.#clock.monotonic();
    this.#known.set(workspace.id, known);
    this.drop(contained);
  }

  settle(charges: readonly Charge[]): void {
    for (const charge of charges) charge.settled = true;
  }

  drop(charges: readonly Charge[]): void {
    for (const charge of charges) {
      const known = this.#known.get(charge.workspaceId);
      if (known?.charges.delete(charge)) known.added -= charge.bytes;
    }
  }
}

function exceeded(quota: number, used: number, needed: number): AppError {
  return new AppError('quota_exceeded', 'the quota of the workspace does not leave room for this', {
    details: { quota, used, needed, free: Math.max(0, quota - used) },
  });
}
