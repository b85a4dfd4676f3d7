import { JsonReader, parseJsonFile } from '../../../kernel/json-file.ts';
import { isSecretName } from '../rules.ts';
import { seal, unseal } from './cipher.ts';
import type { DataKey } from './keyring.ts';

export interface SealedSecret {
  /** Id of the data key. */
  readonly key: string;
  readonly sealed: string;
}

export type Secrets = ReadonlyMap<string, SealedSecret>;

const format = 1;

export function renderSecrets(secrets: Secrets): string {
  const names = [...secrets.keys()].sort();
  const lines = names.map((name) => JSON.stringify({ name, ...secrets.get(name) }));
  return `{"volvox":"vault","format":${format},"secrets":[\n${lines.join(',\n')}\n]}\n`;
}

/** @throws corrupt, unsupported */
export function parseSecrets(path: string, text: string): Secrets {
  const reader = new JsonReader(path);
  const head = reader.head(parseJsonFile(path, text), 'vault', format);
  const secrets = new Map<string, SealedSecret>();
  reader.list(head['secrets'], '"secrets"').forEach((item, index) => {
    const at = `secrets[${index}]`;
    const fields = reader.object(item, at);
    const name = reader.text(fields['name'], `${at}.name`);
    if (!isSecretName(name) || secrets.has(name)) throw reader.wrong(`${at}.name`, 'a new name');
    secrets.set(name, {
      key: reader.text(fields['key'], `${at}.key`),
      sealed: reader.text(fields['sealed'], `${at}.sealed`),
    });
  });
  return secrets;
}

export function sealSecret(key: DataKey, name: string, value: string): SealedSecret {
  return { key: key.id, sealed: seal(key.secret, Buffer.from(value), boundTo(name)) };
}

/** Null: not sealed with this key under this name, or damaged. */
export function unsealSecret(key: DataKey, name: string, secret: SealedSecret): string | null {
  return unseal(key.secret, secret.sealed, boundTo(name))?.toString('utf8') ?? null;
}

function boundTo(name: string): string {
  return `volvox vault 1 ${name}`;
}
