/** The key that checkpoints are signed with. Its private half is in the vault and leaves it only into the memory of nodes. */
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  hash,
  sign,
  type KeyObject,
} from 'node:crypto';
import type { Clock } from '../../kernel/clock.ts';
import { isAppError } from '../../kernel/errors.ts';
import type { SqlStore } from '../../stores/sql/contract.ts';
import type { VaultStore } from '../../stores/vault/contract.ts';
import type { AuditCheckpoint } from './api.ts';
import { canonicalJson } from './canonical.ts';
import { insertCheckpoint, lastCheckpointTo, noteSigned, readChain } from './queries.ts';
import { checkpointOf } from './rows.ts';

export interface SignerDeps {
  readonly sql: SqlStore;
  readonly vault: VaultStore;
  readonly clock: Clock;
}

interface SigningKey {
  readonly id: string;
  readonly privateKey: KeyObject;
  /** SPKI, PEM. */
  readonly publicKey: string;
}

const keyName = 'audit/signing-key';
/** The last checkpoint, where the database can't reach it: tells when the end of the chain was cut off. */
const lastName = 'audit/last-checkpoint';

export class Signer {
  readonly #deps: SignerDeps;
  #key: Promise<SigningKey> | null = null;

  constructor(deps: SignerDeps) {
    this.#deps = deps;
  }

  async publicKey(): Promise<{ readonly id: string; readonly publicKey: string }> {
    const { id, publicKey } = await this.#signingKey();
    return { id, publicKey };
  }

  /** Signs the chain as it is now. @returns the newest checkpoint; null while the chain is empty */
  async sign(): Promise<AuditCheckpoint | null> {
    const { sql, clock } = this.#deps;
    const chain = await sql.reader.get(readChain, {});
    if (chain === undefined || chain.seq === 0) return null;
    const there = await sql.reader.get(lastCheckpointTo, { upTo: chain.seq });
    if (there?.seq === chain.seq) return checkpointOf(there);
    const { id, privateKey } = await this.#signingKey();
    const said = { seq: chain.seq, at: clock.now(), hash: chain.hash, keyId: id };
    const signature = sign(null, signedBytes(said), privateKey).toString('base64url');
    try {
      await sql.transaction(async (tx) => {
        await tx.run(insertCheckpoint, {
          seq: said.seq,
          at: said.at,
          hash: said.hash,
          key_id: id,
          signature,
        });
        await tx.run(noteSigned, { seq: said.seq });
      });
    } catch (error) {
      if (!isAppError(error, 'conflict')) throw error; // another node has signed the same
    }
    await this.#deps.vault.put(lastName, JSON.stringify({ seq: said.seq, hash: said.hash }));
    return { ...said, signature };
  }

  /** What the chain certainly held once. */
  async remembered(): Promise<{ readonly seq: number; readonly hash: string } | null> {
    const text = await this.#deps.vault.get(lastName);
    return text === null ? null : (JSON.parse(text) as { seq: number; hash: string }); // as `sign` wrote it
  }

  #signingKey(): Promise<SigningKey> {
    this.#key ??= this.#load().catch((error: unknown) => {
      this.#key = null;
      throw error;
    });
    return this.#key;
  }

  async #load(): Promise<SigningKey> {
    const { vault } = this.#deps;
    let pem = await vault.get(keyName);
    if (pem === null) {
      const made = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' });
      await vault.put(keyName, String(made), { createOnly: true }).catch((error: unknown) => {
        if (!isAppError(error, 'conflict')) throw error; // another node was faster
      });
      pem = (await vault.get(keyName)) ?? String(made);
    }
    const privateKey = createPrivateKey(pem);
    const publicKey = createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString();
    return { id: keyIdOf(publicKey), privateKey, publicKey };
  }
}

export function keyIdOf(publicKeyPem: string): string {
  const der = createPublicKey(publicKeyPem).export({ type: 'spki', format: 'der' });
  return hash('sha256', der, 'hex').slice(0, 16);
}

export function signedBytes({ seq, at, hash, keyId }: Omit<AuditCheckpoint, 'signature'>): Buffer {
  return Buffer.from(canonicalJson({ seq, at, hash, keyId }));
}
