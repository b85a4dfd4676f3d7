import { randomBytes } from 'node:crypto';
import { AppError } from '../../../kernel/errors.ts';
import { JsonReader, parseJsonFile } from '../../../kernel/json-file.ts';
import { keyBytes, seal, unseal } from './cipher.ts';
import type { MasterKey, Protection } from './master-key.ts';

export interface DataKey {
  readonly id: string;
  readonly createdAt: number;
  readonly secret: Buffer;
}

/** The data keys, oldest first; the last one encrypts, the others still open what is left of theirs. */
export interface Keyring {
  readonly protection: Protection;
  readonly keys: readonly DataKey[];
}

const format = 1;
const allowedCosts = [14, 15, 16, 17, 18, 19, 20].map((power) => 2 ** power);

export function newDataKey(now: number): DataKey {
  return { id: randomBytes(8).toString('hex'), createdAt: now, secret: randomBytes(keyBytes) };
}

export async function renderKeyring(keyring: Keyring, master: MasterKey | null): Promise<string> {
  const { protection } = keyring;
  const wrapping = protection.kind === 'none' ? null : await master?.keyFor(protection);
  if (wrapping === undefined) throw new AppError('internal', 'a protected keyring needs its master key');
  const lines = keyring.keys.map(({ id, createdAt, secret }) => {
    const text = wrapping === null ? secret.toString('base64') : seal(wrapping, secret, boundTo(id));
    return JSON.stringify({ id, createdAt, secret: text });
  });
  const head = `"volvox":"vault-keyring","format":${format},"protection":${JSON.stringify(protection)}`;
  return `{${head},"keys":[\n${lines.join(',\n')}\n]}\n`;
}

/** @throws corrupt, unsupported, unauthenticated if the master key is missing, not needed here, or another one */
export async function parseKeyring(path: string, text: string, master: MasterKey | null): Promise<Keyring> {
  const reader = new JsonReader(path);
  const head = reader.head(parseJsonFile(path, text), 'vault-keyring', format);
  const protection = protectionOf(reader, head['protection']);
  const wrapping = protection.kind === 'none' ? null : await wrappingKey(path, protection, master);
  const keys = reader.list(head['keys'], '"keys"').map((item, index) => {
    const at = `keys[${index}]`;
    const fields = reader.object(item, at);
    const id = reader.text(fields['id'], `${at}.id`);
    const stored = reader.text(fields['secret'], `${at}.secret`);
    const secret = wrapping === null ? Buffer.from(stored, 'base64') : unseal(wrapping, stored, boundTo(id));
    if (secret === null) throw new AppError('unauthenticated', `VOLVOX_VAULT_KEY does not open ${path}`);
    if (secret.length !== keyBytes) throw reader.wrong(`${at}.secret`, `a key of ${keyBytes} bytes`);
    return { id, createdAt: reader.integer(fields['createdAt'], `${at}.createdAt`), secret };
  });
  if (keys.length === 0) throw reader.wrong('"keys"', 'a list with a key');
  return { protection, keys };
}

async function wrappingKey(path: string, protection: Protection, master: MasterKey | null): Promise<Buffer> {
  if (master === null) throw new AppError('unauthenticated', `${path} is protected: set VOLVOX_VAULT_KEY`);
  const key = await master.keyFor(protection);
  if (key !== null) return key;
  const made = protection.kind === 'key' ? 'a key of 32 bytes in base64' : 'a passphrase';
  throw new AppError(
    'unauthenticated',
    `VOLVOX_VAULT_KEY does not open ${path}, which was protected by ${made}`,
  );
}

function protectionOf(reader: JsonReader, value: unknown): Protection {
  const fields = reader.object(value, '"protection"');
  const kind = reader.text(fields['kind'], 'protection.kind');
  if (kind === 'none' || kind === 'key') return { kind };
  if (kind !== 'passphrase') throw reader.wrong('protection.kind', 'one of none, key, passphrase');
  const cost = reader.integer(fields['cost'], 'protection.cost');
  if (!allowedCosts.includes(cost)) throw reader.wrong('protection.cost', 'a cost of scrypt');
  return { kind, salt: reader.text(fields['salt'], 'protection.salt'), cost };
}

function boundTo(id: string): string {
  return `volvox vault-keyring 1 ${id}`;
}
