/**
 * Policies in memory. The row of the epoch says since when they are as they are, so a node that has none spends nothing on them, and one
 * that has some reads them only after they changed.
 */
import type { SqlReader } from '../../stores/sql/contract.ts';
import { nothing } from './queries.ts';
import { compilePolicies, noPolicies, type PolicyMap } from './policies.ts';
import { boundPolicies } from './policy-queries.ts';

export class PolicyCache {
  readonly #reader: SqlReader;
  /** As of the newest committed epoch that was read; 0: there are none. */
  #version = 0;
  #kept: { readonly version: number; readonly policies: PolicyMap } = { version: 0, policies: noPolicies };
  #loading: { readonly version: number; readonly policies: Promise<PolicyMap> } | null = null;

  constructor(reader: SqlReader) {
    this.#reader = reader;
  }

  /** From a committed row, the newest so far. */
  note(version: number): void {
    this.#version = version;
  }

  get any(): boolean {
    return this.#version > 0;
  }

  /** Without waiting, if they are here. */
  peek(): PolicyMap | undefined {
    return this.#version === 0 ? noPolicies : this.#held(this.#version);
  }

  load(): Promise<PolicyMap> {
    const version = this.#version;
    if (this.#loading?.version === version) return this.#loading.policies;
    const mine = { version, policies: this.#read(version) };
    this.#loading = mine;
    const done = (): void => {
      if (this.#loading === mine) this.#loading = null;
    };
    mine.policies.then(done, done);
    return mine.policies;
  }

  /** As a transaction sees them, which may have changed them itself: then nothing is kept. */
  async inside(tx: SqlReader, version: number): Promise<PolicyMap> {
    if (version === 0) return noPolicies;
    return this.#held(version) ?? compilePolicies(await tx.all(boundPolicies, nothing));
  }

  #held(version: number): PolicyMap | undefined {
    return this.#kept.version === version ? this.#kept.policies : undefined;
  }

  async #read(version: number): Promise<PolicyMap> {
    const policies = compilePolicies(await this.#reader.all(boundPolicies, nothing));
    if (this.#version === version) this.#kept = { version, policies };
    return policies;
  }
}
