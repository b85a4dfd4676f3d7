/**
 * The keys that sign ID tokens, in the vault and so the same on all nodes. A new key is published before it signs, so that neither a node
 * nor a client that keeps keys for a while meets a signature it cannot check; an old one stays published until its tokens are over.
 */
import { generateKeyPair, hash, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import type { JWK } from 'jose';
import type { Clock } from '../../kernel/clock.ts';
import { isAppError } from '../../kernel/errors.ts';
import type { SqlStore } from '../../stores/sql/contract.ts';
import type { VaultStore } from '../../stores/vault/contract.ts';

const vaultName = 'oidc/keys';
const day = 86_400_000;
/** How long what the vault said is believed: far shorter than any overlap. */
const believedMs = 60_000;

export type Algorithm = 'RS256' | 'ES256';
const algorithms: readonly Algorithm[] = ['RS256', 'ES256'];

interface SigningKey {
  readonly kid: string;
  readonly alg: Algorithm;
  /** Signs from then on, until the next one of its algorithm does. */
  readonly from: number;
  readonly jwk: JWK;
}

export interface KeysDeps {
  readonly vault: VaultStore;
  readonly sql: Pick<SqlStore, 'transaction'>;
  readonly clock: Clock;
}

export class Keys {
  readonly #vault: VaultStore;
  readonly #sql: KeysDeps['sql'];
  readonly #clock: Clock;
  readonly #rotationDays: () => number;
  #known: { readonly keys: readonly SigningKey[]; readonly until: number } | null = null;

  constructor({ vault, sql, clock }: KeysDeps, rotationDays: () => number) {
    this.#vault = vault;
    this.#sql = sql;
    this.#clock = clock;
    this.#rotationDays = rotationDays;
  }

  /** Private keys: of each algorithm the signing one first. */
  async current(): Promise<{ readonly revision: string; readonly keys: readonly JWK[] }> {
    const now = this.#clock.now();
    const keys = await this.#read();
    const ordered = algorithms.flatMap((alg) => {
      const own = newestFirst(keys, alg);
      const signing = own.find((key) => key.from <= now) ?? own.at(-1);
      return signing === undefined ? [] : [signing, ...own.filter((key) => key !== signing)];
    });
    return {
      revision: ordered.map((key) => key.kid).join(' '),
      keys: ordered.map((key) => ({ ...key.jwk, kid: key.kid, alg: key.alg, use: 'sig' })),
    };
  }

  /**
   * Who is overtaken by another run puts nothing. Who sleeps between asking and putting may still put its new keys in place of the other's:
   * neither have signed anything, as they are published long before.
   */
  async rotate(): Promise<{ made: number; removed: number }> {
    this.#known = null;
    const now = this.#clock.now();
    const keys = await this.#read();
    const every = this.#rotationDays() * day;
    const overlap = overlapMs(every);
    const next: SigningKey[] = [];
    for (const alg of algorithms) {
      const newest = newestFirst(keys, alg)[0];
      if (newest === undefined || newest.from + every - overlap <= now)
        next.push(await make(alg, now + overlap));
    }
    const all = [...keys, ...next];
    const kept = all.filter((key) => !isOver(key, all, now - overlap));
    if (next.length > 0 || kept.length < all.length) {
      // Changes nothing, and is refused where the run was overtaken while keys were made.
      await this.#sql.transaction(async () => undefined);
      await this.#vault.put(vaultName, JSON.stringify({ keys: kept }));
    }
    this.#known = null;
    return { made: next.length, removed: all.length - kept.length };
  }

  async #read(): Promise<readonly SigningKey[]> {
    const now = this.#clock.now();
    if (this.#known !== null && now < this.#known.until) return this.#known.keys;
    const keys = parse(await this.#vault.get(vaultName)) ?? (await this.#first());
    this.#known = { keys, until: now + believedMs };
    return keys;
  }

  /** Of nodes that start at once, one makes the keys. */
  async #first(): Promise<readonly SigningKey[]> {
    const keys = await Promise.all(algorithms.map((alg) => make(alg, this.#clock.now())));
    try {
      await this.#vault.put(vaultName, JSON.stringify({ keys }), { createOnly: true });
      return keys;
    } catch (error) {
      const others = isAppError(error, 'conflict') ? parse(await this.#vault.get(vaultName)) : null;
      if (others === null) throw error;
      return others;
    }
  }
}

/** A week, or half the life of a key that lives shorter than two. */
function overlapMs(every: number): number {
  return Math.min(7 * day, every / 2);
}

/** Its successor has been signing since before `since`. */
function isOver(key: SigningKey, all: readonly SigningKey[], since: number): boolean {
  return all.some((other) => other.alg === key.alg && other.from > key.from && other.from <= since);
}

function newestFirst(keys: readonly SigningKey[], alg: Algorithm): readonly SigningKey[] {
  return keys.filter((key) => key.alg === alg).sort((a, b) => b.from - a.from);
}

const generate = promisify(generateKeyPair) as (
  type: string,
  options: object,
) => Promise<{ readonly privateKey: KeyObject }>;

async function make(alg: Algorithm, from: number): Promise<SigningKey> {
  const { privateKey } = await (alg === 'RS256'
    ? generate('rsa', { modulusLength: 2048 })
    : generate('ec', { namedCurve: 'P-256' }));
  const jwk = privateKey.export({ format: 'jwk' }) as JWK;
  const kid = hash('sha256', JSON.stringify([jwk.n, jwk.x, jwk.y]), 'base64url').slice(0, 16);
  return { kid, alg, from, jwk };
}

function parse(text: string | null): readonly SigningKey[] | null {
  if (text === null) return null;
  const { keys } = JSON.parse(text) as { readonly keys: readonly SigningKey[] }; // the edge: what `put` above wrote
  return keys;
}
