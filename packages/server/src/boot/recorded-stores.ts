/**
 * What a cluster knows of its own stores. The first node that is told the URL of a store writes it into the vault, so that a further node
 * needs only VOLVOX_CONFIG, VOLVOX_VAULT and the latter's credentials. The configuration shows the same URLs without their secrets.
 */
import { resolve } from 'node:path';
import { AppError } from '../kernel/errors.ts';
import type { Logger } from '../kernel/logger.ts';
import { parseStoreUrl, type StoreUrl } from '../kernel/store-url.ts';
import type { ConfigStore } from '../stores/config/contract.ts';
import type { VaultStore } from '../stores/vault/contract.ts';
import type { Places } from '../services/migration/moved.ts';
import {
  inDataFolder,
  nameOf,
  storeKinds,
  type Bootstrap,
  type Environment,
  type StoreKind,
} from './bootstrap.ts';

export type StoreUrls = Readonly<Record<StoreKind, StoreUrl>>;

/** What tells a store from another one: not its credentials, nor how it is spoken to. */
export function placeOf(url: StoreUrl): string {
  const path = inDataFolder(url) ? resolve(url.path) : url.path;
  return JSON.stringify([url.scheme, url.hosts, path, url.parameters.get('endpoint') ?? '']);
}

/** As `services/migration` compares them. */
export function placesOf(urls: StoreUrls, kinds: readonly StoreKind[] = storeKinds): Places {
  return Object.fromEntries(
    kinds.map((kind) => [
      kind,
      { variable: nameOf(kind), place: placeOf(urls[kind]), shown: urls[kind].toString() },
    ]),
  );
}

/** Those that a node can be told by the others. */
const recordedKinds = ['registry', 'broker', 'cache', 'sql', 'documents', 'blobs'] as const;

const pathOf = (kind: StoreKind): string => `stores/${kind}`;

/** A server that several nodes may share; everything else lives and ends with one node or its folder. */
export function isShared(url: StoreUrl): boolean {
  return url.hosts.length > 0;
}

/** Whether the node is one of a cluster: its configuration and its vault are. */
function isCluster({ stores }: Pick<Bootstrap, 'stores'>): boolean {
  return isShared(stores.config) && isShared(stores.vault);
}

/**
 * The URLs to open: given ones, else recorded ones, else those of a standalone node.
 * @throws corrupt naming the record; conflict where the vault lacks what the cluster of this configuration has recorded
 */
export async function recordedUrls(
  bootstrap: Bootstrap,
  { config, vault }: { readonly config: ConfigStore; readonly vault: VaultStore },
): Promise<StoreUrls> {
  if (!isCluster(bootstrap)) return bootstrap.stores;
  const urls = { ...bootstrap.stores };
  // Asked first: the vault is written before it, so another node that records just now is no contradiction.
  const named = new Map((await config.list('stores')).entries.map((entry) => [entry.key, entry.value]));
  let found = false;
  for (const kind of recordedKinds) {
    const text = await vault.get(pathOf(kind));
    found ||= text !== null;
    if (bootstrap.given.has(kind)) continue;
    if (text !== null) urls[kind] = parseRecord(kind, text);
    else if (named.has(pathOf(kind))) throw recordLost(bootstrap, kind, named.get(pathOf(kind)));
  }
  if (!found && named.size > 0 && (await vault.list('')).length === 0) throw otherVault(bootstrap);
  return urls;
}

/** A node that takes an embedded store instead would serve something else than the others. */
function recordLost({ stores }: Bootstrap, kind: StoreKind, named: unknown): AppError {
  return new AppError(
    'conflict',
    `${nameOf(kind)}: this cluster uses ${String(named)}, but its vault ${stores.vault.toString()} has no record of it ` +
      `(${pathOf(kind)}): set ${nameOf(kind)}, or ${nameOf('vault')} as the other nodes have it`,
  );
}

/** What the vault of a cluster holds must not be made anew. */
function otherVault({ stores }: Bootstrap): AppError {
  return new AppError(
    'conflict',
    `${nameOf('vault')}: ${stores.vault.toString()} is empty, but the configuration ${stores.config.toString()} is that of a ` +
      `cluster: set ${nameOf('vault')} as the other nodes have it`,
  );
}

function parseRecord(kind: StoreKind, text: string): StoreUrl {
  try {
    return parseStoreUrl(text);
  } catch (error) {
    throw new AppError('corrupt', `${nameOf(kind)}: the URL in the vault (${pathOf(kind)}) is damaged`, {
      cause: error,
    });
  }
}

interface Records {
  readonly config: ConfigStore;
  readonly vault: VaultStore;
}

/** Writes down what was given and could be opened. A record that says something else stays, and is named in the log. */
export async function recordUrls(
  bootstrap: Bootstrap,
  environment: Environment,
  stores: Records,
  log: Logger,
): Promise<void> {
  for (const { kind, url, text } of recordable(bootstrap, environment)) {
    const there = await stores.vault.get(pathOf(kind));
    if (there === null) await record(stores, kind, text, url);
    else if (there !== text)
      log.warn(
        { variable: nameOf(kind), recorded: parseRecord(kind, there).toString(), given: url.toString() },
        'this node was given another store than the cluster has recorded; unset the variable to use the recorded one',
      );
  }
}

/** After a migration, or one that was given up: whoever is told nothing else opens these stores from now on, also where configuration and vault have stayed. */
export async function replaceUrls(
  bootstrap: Bootstrap,
  environment: Environment,
  { config, vault }: Records,
): Promise<void> {
  for (const { kind, url, text } of recordable(bootstrap, environment)) {
    await vault.put(pathOf(kind), text);
    await config.set(pathOf(kind), url.toString(), { actor: 'migration' });
  }
}

/** A vault or a configuration that is moved by itself takes along what it knows of the stores that stay. */
export async function carryRecords(source: Records, target: Records): Promise<void> {
  for (const kind of recordedKinds) {
    const path = pathOf(kind);
    const text = await source.vault.get(path);
    if (text !== null && target.vault !== source.vault) await target.vault.put(path, text);
    if (text !== null && target.config !== source.config)
      await target.config.set(path, parseRecord(kind, text).toString(), { actor: 'migration' });
  }
}

/** What further nodes could use, with the secrets that they would need for it. */
function recordable(
  bootstrap: Bootstrap,
  environment: Environment,
): { readonly kind: StoreKind; readonly url: StoreUrl; readonly text: string }[] {
  if (!isCluster(bootstrap)) return [];
  return recordedKinds
    .filter((kind) => bootstrap.given.has(kind) && isShared(bootstrap.stores[kind]))
    .map((kind) => {
      const url = bootstrap.stores[kind];
      return { kind, url, text: withCredentials(url, environment) };
    });
}

async function record(
  { config, vault }: Records,
  kind: StoreKind,
  text: string,
  url: StoreUrl,
): Promise<void> {
  try {
    await vault.put(pathOf(kind), text, { createOnly: true });
  } catch (error) {
    // Another node was first; where it says something else, the next start of this one tells.
    if (error instanceof AppError && error.code === 'conflict') return;
    throw error;
  }
  await config.set(pathOf(kind), url.toString(), { actor: 'boot' });
}

/** Amazon's usual variables are not there on a further node. */
export function withCredentials(url: StoreUrl, environment: Environment): string {
  const { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret } = environment;
  if (url.scheme !== 's3' || url.username !== null || !id || !secret) return url.reveal();
  return url.reveal().replace('//', `//${encodeURIComponent(id)}:${encodeURIComponent(secret)}@`);
}
