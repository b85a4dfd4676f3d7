/** TLS to a store server, from the parameters that every external driver takes. */
import { readFileSync } from 'node:fs';
import { AppError } from './errors.ts';
import type { StoreUrl } from './store-url.ts';

/** For the `parameters` of a driver whose server speaks TLS. */
export const tlsParameters = {
  tls: 'true or false: whether to speak TLS',
  tlsCA: 'file with the certificates to trust (PEM), instead of the system’s',
  tlsCert: 'file with our certificate (PEM), where the server asks for one',
  tlsKey: 'file with its private key (PEM)',
  tlsInsecure: 'true: do not check the server’s certificate',
} as const;

/** In the words of `node:tls`. */
export interface StoreTls {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
  readonly rejectUnauthorized: boolean;
}

/** @returns null for plain text. @param byDefault where `tls` is not given @throws invalid_input for bad values and unreadable files */
export function storeTls(url: StoreUrl, byDefault = false): StoreTls | null {
  const given = ['tlsCA', 'tlsCert', 'tlsKey', 'tlsInsecure'].filter((name) => url.parameters.has(name));
  if (!flag(url, 'tls', byDefault || given.length > 0)) {
    if (given.length === 0) return null;
    throw new AppError('invalid_input', `${given.join(', ')} given without tls=true`);
  }
  const ca = file(url, 'tlsCA');
  const cert = file(url, 'tlsCert');
  const key = file(url, 'tlsKey');
  if ((cert === undefined) !== (key === undefined))
    throw new AppError('invalid_input', 'tlsCert and tlsKey belong together: one is missing');
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined || key === undefined ? {} : { cert, key }),
    rejectUnauthorized: !flag(url, 'tlsInsecure', false),
  };
}

function flag(url: StoreUrl, name: string, byDefault: boolean): boolean {
  const text = url.parameters.get(name);
  if (text === undefined) return byDefault;
  if (text === 'true' || text === 'false') return text === 'true';
  throw new AppError('invalid_input', `${name} must be true or false`);
}

function file(url: StoreUrl, name: string): Buffer | undefined {
  const path = url.parameters.get(name);
  if (path === undefined) return undefined;
  try {
    return readFileSync(path);
  } catch (error) {
    throw new AppError('invalid_input', `${name}: cannot read ${path}`, { cause: error });
  }
}
