/** Proves a chain, from the database or from an exported file, without anything else. */
import { createPublicKey, verify } from 'node:crypto';
import type { AuditCheckpoint, AuditRow, AuditVerdict } from './api.ts';
import { genesis, hashOf } from './canonical.ts';
import { signedBytes } from './signer.ts';

/** In the order of `seq`, a checkpoint after the row that it signs. A chain that has lost its oldest rows begins with the checkpoint before. */
export type ChainItem =
  | { readonly row: AuditRow; readonly checkpoint?: never }
  | { readonly checkpoint: AuditCheckpoint; readonly row?: never };

export interface Expectations {
  /** PEM by key id. Checkpoints by other keys are a fault. */
  readonly keys: ReadonlyMap<string, string>;
  /** Where the chain is said to end. */
  readonly head?: { readonly seq: number; readonly hash: string };
  /** What it certainly held once. */
  readonly remembered?: { readonly seq: number; readonly hash: string } | null;
}

class Fault extends Error {
  readonly seq: number;
  constructor(seq: number, what: string) {
    super(what);
    this.seq = seq;
  }
}

export async function verifyChain(
  items: AsyncIterable<ChainItem>,
  expected: Expectations,
): Promise<AuditVerdict> {
  const proof = new Proof(expected);
  try {
    for await (const item of items) {
      if (item.row === undefined) proof.checkpoint(item.checkpoint);
      else proof.row(item.row);
    }
    proof.end();
    return proof.verdict(null);
  } catch (error) {
    if (error instanceof Fault) return proof.verdict({ seq: error.seq, what: error.message });
    throw error;
  }
}

/** Rows of one pass, each held against the one before. */
class Proof {
  readonly #expected: Expectations;
  #first: number | null = null;
  #seq = 0;
  #hash = genesis;
  /** The checkpoint that the chain begins after. */
  #boundary = false;
  #rows = 0;
  #checkpoints = 0;
  #signedUpTo: number | null = null;
  #expiredTo = 0;
  #sawRemembered = false;

  constructor(expected: Expectations) {
    this.#expected = expected;
  }

  row(row: AuditRow): void {
    const { seq } = row;
    if (seq !== this.#seq + 1) {
      const lost = seq > this.#seq + 1;
      throw new Fault(seq, lost ? `rows are missing before ${seq}` : `row ${seq} is not in its place`);
    }
    if (row.prevHash !== this.#hash) throw new Fault(seq, `row ${seq} does not follow the one before it`);
    if (hashOf(row) !== row.hash) throw new Fault(seq, `row ${seq} was changed`);
    this.#first ??= seq;
    this.#seq = seq;
    this.#hash = row.hash;
    this.#rows++;
    if (row.kind === 'audit.expired') this.#noteExpired(row);
    const { remembered } = this.#expected;
    if (remembered?.seq !== seq) return;
    if (remembered.hash !== row.hash) throw new Fault(seq, `row ${seq} is not the one that was signed`);
    this.#sawRemembered = true;
  }

  checkpoint(point: AuditCheckpoint): void {
    const { seq } = point;
    if (this.#rows === 0 && !this.#boundary && seq > 0) {
      this.#boundary = true;
      this.#seq = seq;
      this.#hash = point.hash;
    }
    if (seq !== this.#seq) throw new Fault(seq, `the checkpoint after ${seq} is not in its place`);
    if (point.hash !== this.#hash) throw new Fault(seq, `the checkpoint after ${seq} tells of another chain`);
    const key = this.#expected.keys.get(point.keyId);
    if (key === undefined) throw new Fault(seq, `the checkpoint after ${seq} is signed by an unknown key`);
    const signature = Buffer.from(point.signature, 'base64url');
    if (!verify(null, signedBytes(point), createPublicKey(key), signature))
      throw new Fault(seq, `the signature of the checkpoint after ${seq} is wrong`);
    this.#checkpoints++;
    this.#signedUpTo = seq;
  }

  /** What only the whole can tell. */
  end(): void {
    const { head, remembered } = this.#expected;
    const first = this.#first ?? this.#seq + 1;
    if (first > 1 && this.#expiredTo < first - 1)
      throw new Fault(
        first - 1,
        `rows up to ${first - 1} are gone, and the log does not say that they were to go`,
      );
    if (head !== undefined && (head.seq !== this.#seq || head.hash !== this.#hash))
      throw new Fault(this.#seq, `the log ends at ${this.#seq}, but its head is at ${head.seq}`);
    if (remembered && remembered.seq >= first && !this.#sawRemembered)
      throw new Fault(this.#seq, `the log ends at ${this.#seq}, but was signed up to ${remembered.seq}`);
  }

  verdict(fault: AuditVerdict['fault']): AuditVerdict {
    return {
      ok: fault === null,
      rows: this.#rows,
      first: this.#first,
      last: this.#rows === 0 ? null : this.#seq,
      checkpoints: this.#checkpoints,
      signedUpTo: this.#signedUpTo,
      fault,
    };
  }

  #noteExpired({ details }: AuditRow): void {
    const upTo = details?.['upTo'];
    if (typeof upTo === 'number') this.#expiredTo = Math.max(this.#expiredTo, upTo);
  }
}
