/** `volvox backup` and `volvox restore`: open both sides and have services/migration copy everything (docs/decisions/0010-backup.md). */
import { existsSync } from 'node:fs';
import { cp, mkdir, rm } from 'node:fs/promises';
import { systemClock } from '../kernel/clock.ts';
import { AppError, isAppError } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import { Stamper } from '../services/journal/stamper.ts';
import type { Finding, MovedStores, Progress } from '../services/migration/api.ts';
import { takeBackup, type BackupOptions, type TakenReport } from '../services/migration/backup.ts';
import { requireEmpty } from '../services/migration/beginning.ts';
import { readMoved, strayOf } from '../services/migration/moved.ts';
import { refuseHalfFilled } from '../services/migration/node-side.ts';
import { everGuarded } from '../services/migration/plan.ts';
import { restoreBackup, verifyRows, type Restored } from '../services/migration/restore.ts';
import { readSide } from '../services/migration/state.ts';
import type { BlobStore } from '../stores/blobs/contract.ts';
import { compareSchema } from '../stores/sql/schema-version.ts';
import { BackupFolder, type Manifest } from './backup-folder.ts';
import { inDataFolder, nameOf, type Bootstrap } from './bootstrap.ts';
import { isFilled } from './migrate-plan.ts';
import { migrations } from './migrations.ts';
import { movedKinds, Opened } from './opened-sides.ts';
import { readBootstrap } from './read-bootstrap.ts';
import { placeOf, placesOf, recordedUrls, type StoreUrls } from './recorded-stores.ts';
import { usesDataFolder } from './stores.ts';
import { version } from './version.ts';

export interface BackupRun {
  readonly keepGoing: boolean;
  readonly signal: AbortSignal;
  readonly progress: (progress: Progress) => void;
}

export interface BackupReport {
  readonly folder: string;
  /** ISO 8601: everything acknowledged before is in it. */
  readonly takenAt: string;
  readonly rows: number;
  readonly blobs: { readonly count: number; readonly bytes: number };
  /** Of these, what earlier backups in the folder had not brought. */
  readonly copied: { readonly count: number; readonly bytes: number };
  readonly secrets: number;
  readonly settings: number;
  readonly findings: readonly Finding[];
  /** Without which the secrets of the backup cannot be read. */
  readonly key: 'VOLVOX_VAULT_KEY' | 'vault.keyring';
  readonly seconds: number;
}

export interface RestoreReport extends Restored {
  readonly folder: string;
  readonly takenAt: string;
  readonly seconds: number;
}

/** @throws invalid_input for a folder of something else, conflict where it is in use, corrupt naming contents */
export async function backUp(bootstrap: Bootstrap, folder: string, run: BackupRun): Promise<BackupReport> {
  const from = systemClock.monotonic();
  const place = new BackupFolder(folder);
  await place.requireOurs();
  const open = new Opened();
  try {
    const { stores: source, urls } = await openSource(open, bootstrap);
    const own = settingsIn(place.path, bootstrap);
    if (movedKinds.some((kind) => placeOf(urls[kind]) === placeOf(own.stores[kind])))
      throw new AppError(
        'invalid_input',
        `${place.path} is where the server itself keeps its data: name another folder`,
      );
    await open.lock(place.path);
    await place.finish();
    const blobs = await open.one('blobs', own);
    const id = newId();
    const taken = await gather(place, bootstrap, { ...run, id, source, clock: systemClock }, blobs);
    const { strange, copied, findings, takenAt, tables, ...held } = taken;
    const at = new Date(takenAt).toISOString();
    await place.commit({ id, version, takenAt: at, ...held, tables: tables.map(writable) });
    for (let i = 0; i < strange.length; i += 500) await blobs.delete(strange.slice(i, i + 500));
    return {
      ...{ folder: place.path, takenAt: at, blobs: held.blobs, copied, secrets: held.secrets },
      rows: tables.reduce((sum, { rows }) => sum + rows, 0),
      settings: held.settings.count,
      findings,
      key: bootstrap.vaultKey === null ? 'vault.keyring' : 'VOLVOX_VAULT_KEY',
      seconds: secondsSince(from),
    };
  } finally {
    await open.close();
  }
}

/** Everything but the contents in `next`, whose stores are closed then. */
async function gather(
  place: BackupFolder,
  bootstrap: Bootstrap,
  options: Omit<BackupOptions, 'target' | 'stampJournal'>,
  blobs: BlobStore,
): Promise<TakenReport> {
  await place.begin();
  // It is made lasting as a whole, when it is complete.
  const next = { ...settingsIn(place.in('next'), bootstrap), durability: 'relaxed' as const };
  const open = new Opened();
  try {
    const sql = await open.one('sql', next);
    await sql.migrate(migrations, version);
    const target = {
      config: await open.one('config', next),
      vault: await open.one('vault', next),
      sql,
      blobs,
    };
    const stampJournal = (): Promise<void> => new Stamper(options.source.sql).stamp();
    return await takeBackup({ ...options, target, stampJournal });
  } finally {
    await open.close();
  }
}

/** @throws conflict where the target is not empty, corrupt naming what of the backup is damaged */
export async function restore(bootstrap: Bootstrap, folder: string, run: BackupRun): Promise<RestoreReport> {
  const from = systemClock.monotonic();
  const place = new BackupFolder(folder);
  if (!existsSync(place.path)) throw new AppError('invalid_input', `there is no folder ${place.path}`);
  const open = new Opened();
  try {
    await place.requireOurs();
    if (placeOf(bootstrap.stores.sql) === placeOf(settingsIn(place.path, bootstrap).stores.sql))
      throw new AppError(
        'invalid_input',
        `${place.path} is the data folder itself: name another one with --data`,
      );
    await open.lock(place.path);
    await place.finish();
    const manifest = await place.manifest();
    await place.requireFiles(manifest);
    open.beforeClosed(() => rm(place.in('opened'), { recursive: true, force: true }));
    const source = await openBackup(open, place, manifest, bootstrap, run);
    const target = await openTarget(open, bootstrap, manifest.id);
    const name = `the backup of ${manifest.takenAt}`;
    const restored = await restoreBackup({
      ...run,
      id: manifest.id,
      name,
      source,
      target,
      clock: systemClock,
    });
    return { folder: place.path, takenAt: manifest.takenAt, ...restored, seconds: secondsSince(from) };
  } finally {
    await open.close();
  }
}

/** @throws where these are not the stores of a server of this version */
async function openSource(
  open: Opened,
  bootstrap: Bootstrap,
): Promise<{ readonly stores: MovedStores; readonly urls: StoreUrls }> {
  // Opening embedded stores would make them.
  if (usesDataFolder(bootstrap) && !existsSync(bootstrap.data))
    throw new AppError('not_found', `there is no data folder ${bootstrap.data}: name it with --data`);
  const source = await open.source(bootstrap);
  const { sql } = source.stores;
  const { missing, unknown } = await compareSchema(sql.reader, migrations);
  if (unknown.length > 0) throw newer('the database is', unknown);
  if (missing.length > 0)
    throw new AppError(
      'conflict',
      `the database is of an older version (it lacks ${missing[0]}): back it up with the program that works on it, or start a node of this one first`,
    );
  await refuseHalfFilled(sql, open.deps(bootstrap).log, false);
  const moved = await readMoved(sql.reader);
  const stray = moved === null ? null : strayOf(moved, placesOf(source.urls));
  if (stray !== null) throw stray;
  return source;
}

/** On copies of everything but the contents: the backup itself stays as it is. */
async function openBackup(
  open: Opened,
  place: BackupFolder,
  manifest: Manifest,
  bootstrap: Bootstrap,
  { signal, progress }: BackupRun,
): Promise<MovedStores> {
  progress({ stage: 'verify', part: 'the backup', done: 0, total: null });
  await rm(place.in('opened'), { recursive: true, force: true });
  await mkdir(place.in('opened'), { mode: 0o700 });
  for (const name of [...manifest.files, 'volvox.db-wal'])
    if (existsSync(place.in(name))) await cp(place.in(name), place.in('opened', name), { mode: 2 });
  const copy = settingsIn(place.in('opened'), bootstrap);
  const config = await open.one('config', copy);
  const vault = await open.one('vault', copy);
  const sql = await open.one('sql', copy);
  await verifyRows({ sql, config }, manifest, signal);
  const { unknown } = await compareSchema(sql.reader, migrations);
  if (unknown.length > 0) throw newer('the backup was made', unknown);
  const secrets = await vault.list('');
  for (const name of secrets) await vault.get(name);
  if (secrets.length !== manifest.secrets)
    throw new AppError(
      'corrupt',
      `the backup is damaged: it has ${secrets.length} secrets instead of ${manifest.secrets}`,
    );
  await sql.unguard(everGuarded);
  await sql.migrate(migrations, version);
  return { config, vault, sql, blobs: await open.one('blobs', settingsIn(place.path, bootstrap)) };
}

/** @throws conflict where something is there; nothing was changed then */
async function openTarget(open: Opened, bootstrap: Bootstrap, id: string): Promise<MovedStores> {
  if (usesDataFolder(bootstrap) || inDataFolder(bootstrap.stores.sql)) await open.lock(bootstrap.data);
  const config = await open.one('config', bootstrap);
  const vault = await open.one('vault', bootstrap);
  const urls = await recordedUrls(bootstrap, { config, vault });
  for (const kind of movedKinds)
    if (urls[kind].scheme === 'memory')
      throw new AppError('invalid_input', `${nameOf(kind)} is memory, which ends with the restoring`);
  const sql = await open.one('sql', bootstrap, urls);
  const blobs = await open.one('blobs', bootstrap, urls);
  const target = { config, vault, sql, blobs };
  const registry = await open.one('registry', bootstrap, urls);
  const nodes = (await registry.nodes()).map(({ name }) => name);
  if (nodes.length > 0)
    throw new AppError('conflict', `nodes work on these stores (${nodes.join(', ')}): end them first`);
  await requireFree(target, id);
  await sql.migrate(migrations, version);
  return target;
}

/** Before the schema is touched: it may be somebody's. @throws conflict */
async function requireFree(target: MovedStores, id: string): Promise<void> {
  const { reader } = target.sql;
  const schema = await compareSchema(reader, migrations).catch((error: unknown) => {
    // No such table: nobody has worked here yet.
    if (isAppError(error, 'internal')) return null;
    throw error;
  });
  if (schema === null) return;
  // Of an older version, or cut off while it was made.
  if (schema.missing.length > 0) {
    if (await isFilled(target.sql))
      throw new AppError('conflict', 'the target is not empty: VOLVOX_SQL', {
        details: { reason: 'not_empty' },
      });
  } else if ((await readSide(reader, 'target'))?.id !== id) await requireEmpty(target, new Set());
}

/** The embedded stores of a folder, whatever the environment says of others. */
function settingsIn(folder: string, { vaultKey }: Bootstrap): Bootstrap {
  return { ...readBootstrap({ VOLVOX_DATA: folder }, {}, 'backup'), vaultKey };
}

function newer(what: string, unknown: readonly string[]): AppError {
  return new AppError(
    'unsupported',
    `${what} of a newer version (${unknown[0]} is not known): install that version`,
  );
}

function secondsSince(from: number): number {
  return Math.round((systemClock.monotonic() - from) / 100) / 10;
}

function writable<T extends { readonly key: readonly string[]; readonly columns: readonly string[] }>(
  sum: T,
) {
  return { ...sum, key: [...sum.key], columns: [...sum.columns] };
}
