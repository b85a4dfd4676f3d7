/** What messages say is sealed while it is in the queue: it may hold links that let people in. The keys are the vault's, the same on all nodes. */
import { AppError } from '../../kernel/errors.ts';
import { Sealing } from '../../kernel/sealing.ts';
import type { VaultStore } from '../../stores/vault/contract.ts';
import type { MailQueueTable } from './tables.ts';

const prefix = 'mail/queue-key-';

export interface QueueKeysDeps {
  readonly vault: VaultStore;
  /** 256 random bits of that name in the vault; whichever node is first makes them. */
  readonly sharedKey: (name: string) => Promise<string>;
}

/** What of a row its data are bound to: with another recipient they don't open. */
type Bound = Pick<MailQueueTable, 'id' | 'recipient' | 'template'>;

/**
 * Keys are numbered, and the highest one seals. A further one in the vault (`mail/queue-key-2`) is taken at the next start, and by nodes that
 * have not ended since when they meet a row of it; the old one may go when the messages of a week are over. Kept in memory, so that mail
 * goes into the queue and out while the vault is away.
 */
export class QueueKeys {
  readonly #vault: VaultStore;
  #keys: ReadonlyMap<number, Sealing>;

  static async open({ vault, sharedKey }: QueueKeysDeps): Promise<QueueKeys> {
    const keys = await read(vault);
    // As it was answered: a list of names may lag behind.
    if (keys.size === 0) keys.set(1, sealingOf(await sharedKey(`${prefix}1`)));
    return new QueueKeys(vault, keys);
  }

  private constructor(vault: VaultStore, keys: ReadonlyMap<number, Sealing>) {
    this.#vault = vault;
    this.#keys = keys;
  }

  seal(row: Bound, data: object): { readonly data: string; readonly keyId: number } {
    const keyId = Math.max(...this.#keys.keys());
    const key = this.#keys.get(keyId);
    if (key === undefined) throw new AppError('internal', 'there is no key for the mail queue');
    return { data: key.seal(nameOf(row), data), keyId };
  }

  /** @throws corrupt where no key of this vault opens it */
  async open(row: Bound & Pick<MailQueueTable, 'data' | 'key_id'>): Promise<unknown> {
    const { data, key_id: keyId } = row;
    // Written by a version that did not seal.
    if (data === null || keyId === null) return JSON.parse(data ?? '{}');
    // Added: without a key nothing could be put into the queue any more.
    if (!this.#keys.has(keyId)) this.#keys = new Map([...this.#keys, ...(await read(this.#vault))]);
    const opened = this.#keys.get(keyId)?.open(nameOf(row), data) ?? null;
    if (opened !== null) return opened;
    throw new AppError('corrupt', `the vault holds no ${prefix}${keyId} that opens this message`);
  }
}

function sealingOf(secret: string): Sealing {
  return new Sealing(secret, 'mail queue');
}

async function read(vault: VaultStore): Promise<Map<number, Sealing>> {
  const keys = new Map<number, Sealing>();
  for (const name of await vault.list(prefix)) {
    const id = Number(name.slice(prefix.length));
    const secret = Number.isSafeInteger(id) && id > 0 ? await vault.get(name) : null;
    if (secret !== null) keys.set(id, sealingOf(secret));
  }
  return keys;
}

function nameOf({ id, recipient, template }: Bound): string {
  return JSON.stringify([id, recipient, template]);
}
