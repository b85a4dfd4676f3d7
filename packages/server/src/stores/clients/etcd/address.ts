import { AppError } from '../../../kernel/errors.ts';
import { storeTls, type StoreTls } from '../../../kernel/store-tls.ts';
import type { StoreUrl } from '../../../kernel/store-url.ts';

const usualPort = 2379;

/** What a URL `etcd://user:password@h1:2379,h2:2379/prefix?tls=true` says. */
export interface EtcdAddress {
  /** `host:port`, an IPv6 address in brackets. */
  readonly hosts: readonly string[];
  readonly user: { readonly name: string; readonly password: string } | null;
  /** What all our keys begin with, ending in a slash. */
  readonly prefix: string;
  readonly tls: StoreTls | null;
}

/** @throws invalid_input */
export function etcdAddress(url: StoreUrl): EtcdAddress {
  if (url.hosts.length === 0)
    throw new AppError('invalid_input', `no host in ${url.toString()} (expected etcd://host:2379/prefix)`);
  if ((url.username === null) !== (url.password === null) || url.username === '')
    throw new AppError('invalid_input', `user and password belong together in ${url.toString()}`);
  const prefix = url.path.replace(/^\/+|\/+$/g, '');
  return {
    hosts: url.hosts.map(
      ({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port ?? usualPort}`,
    ),
    user:
      url.username === null || url.password === null ? null : { name: url.username, password: url.password },
    prefix: `${prefix === '' ? 'volvox' : prefix}/`,
    tls: storeTls(url),
  };
}
