/** The dry run of a migration: reaches both sides, says what there is to move and what is in the way, and changes nothing. */
import { existsSync } from 'node:fs';
import { isAppError } from '../kernel/errors.ts';
import type { MovedStores } from '../services/migration/api.ts';
import { hasBlobs } from '../services/migration/beginning.ts';
import { contentsTotals } from '../services/migration/contents.ts';
import { plannedTables } from '../services/migration/plan.ts';
import { secretNames, settingEntries } from '../services/migration/small-stores.ts';
import { countOf } from '../services/migration/writes.ts';
import type { SqlStore } from '../stores/sql/contract.ts';
import { inDataFolder, nameOf, storeKinds, type Bootstrap, type StoreKind } from './bootstrap.ts';
import type { StoreUrls } from './recorded-stores.ts';
import type { Stores } from './stores.ts';

export interface MigratePlan {
  readonly state: 'dry run';
  readonly tables: readonly { readonly table: string; readonly rows: number }[];
  readonly blobs: { readonly count: number; readonly bytes: number };
  readonly secrets: number;
  readonly settings: number;
  /** The same store on both sides: neither copied nor cleared. */
  readonly shared: readonly string[];
  readonly targets: readonly { readonly store: string; readonly url: string; readonly state: string }[];
}

export interface OpenedSource {
  readonly stores: MovedStores;
  readonly urls: StoreUrls;
}

interface PlanOptions {
  readonly source: OpenedSource;
  readonly target: Bootstrap;
  readonly unchanged: ReadonlySet<StoreKind>;
  readonly open: <K extends StoreKind>(kind: K) => Promise<Stores[K]>;
}

export async function planMigration(options: PlanOptions): Promise<MigratePlan> {
  const { source, target, unchanged } = options;
  const { sql, vault, config } = source.stores;
  const targets: MigratePlan['targets'][number][] = [];
  for (const kind of storeKinds)
    targets.push({
      store: nameOf(kind),
      url: target.stores[kind].toString(),
      state: unchanged.has(kind) ? 'stays the same' : await stateOf(kind, options),
    });
  const tables: MigratePlan['tables'][number][] = [];
  for (const { name } of unchanged.has('sql') ? [] : plannedTables)
    tables.push({ table: name, rows: Number((await sql.background.get(countOf(name), {}))?.rows ?? 0) });
  return {
    state: 'dry run',
    tables,
    blobs: unchanged.has('blobs') ? { count: 0, bytes: 0 } : await contentsTotals(sql.background),
    secrets: unchanged.has('vault') ? 0 : (await secretNames(vault)).length,
    settings: unchanged.has('config') ? 0 : (await settingEntries(config)).length,
    shared: [...unchanged].map(nameOf),
    targets,
  };
}

/** Opening a store that is not there yet would make it, and that of the documents lays out its collections. */
async function stateOf(kind: StoreKind, { target, open }: PlanOptions): Promise<string> {
  const url = target.stores[kind];
  if (inDataFolder(url)) return existsSync(url.path) ? 'there already' : 'to be made';
  switch (kind) {
    case 'documents':
      return 'not asked; made again from the journal when a node starts';
    case 'sql':
      return emptiness(await isFilled(await open(kind)));
    case 'vault':
      return emptiness((await secretNames(await open(kind))).length > 0);
    case 'config':
      return emptiness((await settingEntries(await open(kind))).length > 0);
    case 'blobs':
      return emptiness(await hasBlobs(await open(kind)));
    default:
      await (await open(kind)).ping();
      return 'reached; nothing to move';
  }
}

function emptiness(filled: boolean): string {
  return filled ? 'NOT EMPTY (fine if this migration was begun before)' : 'empty';
}

/** Whether somebody's files are there. */
export async function isFilled(sql: SqlStore): Promise<boolean> {
  try {
    return Number((await sql.reader.get(countOf('nodes'), {}))?.rows ?? 0) > 0;
  } catch (error) {
    // No such table: nobody has worked here yet.
    if (isAppError(error, 'internal')) return false;
    throw error;
  }
}
