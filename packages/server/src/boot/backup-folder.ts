/**
 * The folder of a backup: a data folder (volvox.db, config.json, vault.json with its keyring, blobs) and `manifest.json`, which says what
 * has to be in it. Contents are shared by the backup that there is and the one that is being made; everything else of a new one is
 * gathered in `next`, becomes `ready` in one step, and takes the place of the old from there. Whoever comes after a kill finishes that.
 */
import { createHash } from 'node:crypto';
import { chmod, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import { fileError, syncFolder, writeFileDurably } from '../kernel/durable-file.ts';
import { AppError } from '../kernel/errors.ts';
import { parseJsonFile } from '../kernel/json-file.ts';

/** What one backup consists of, besides the contents. */
const Part = Type.Union([
  Type.Literal('volvox.db'),
  Type.Literal('config.json'),
  Type.Literal('vault.json'),
  Type.Literal('vault.keyring'),
]);
const count = Type.Integer({ minimum: 0 });
const Manifest = Type.Object({
  volvox: Type.Literal('backup'),
  format: count,
  id: Type.String(),
  /** Of the program that made it. */
  version: Type.String(),
  /** ISO 8601: everything acknowledged before is in it. */
  takenAt: Type.String(),
  files: Type.Array(Part),
  tables: Type.Array(
    Type.Object({
      table: Type.String(),
      key: Type.Array(Type.String()),
      columns: Type.Array(Type.String()),
      rows: count,
      sha256: Type.String(),
    }),
  ),
  blobs: Type.Object({ count, bytes: count }),
  secrets: count,
  settings: Type.Object({ count, sha256: Type.String() }),
});
export type Manifest = Static<typeof Manifest>;

const format = 1;
const manifestName = 'manifest.json';
/** What a node makes there, or a file system by itself. */
const harmless = new Set(['volvox.lock', 'volvox.pid', 'lost+found']);
const parts = Part.anyOf.map((part) => part.const);
/** What whoever looked into the backup that there was left behind. */
const leftovers = ['volvox.db-wal', 'volvox.db-shm', 'documents.db', 'documents.db-wal', 'documents.db-shm'];

export class BackupFolder {
  readonly path: string;

  constructor(folder: string) {
    this.path = path.resolve(folder);
  }

  in(...names: readonly string[]): string {
    return path.join(this.path, ...names);
  }

  /** @throws invalid_input for a folder that holds something else: contents that no backup knows are removed */
  async requireOurs(): Promise<void> {
    const names = await entriesOf(this.path);
    if (names.every((name) => harmless.has(name))) return;
    if ([manifestName, 'next', 'ready'].some((name) => names.includes(name))) return;
    throw new AppError('invalid_input', `${this.path} is neither empty nor a backup: name another folder`);
  }

  /** A new, empty `next`; nobody else may enter the folder. */
  async begin(): Promise<void> {
    await this.#attempt(async () => {
      await chmod(this.path, 0o700);
      await rm(this.in('next'), { recursive: true, force: true });
      await mkdir(this.in('next'), { mode: 0o700 });
    });
  }

  /** What was gathered in `next` is the backup from here on, also if this is cut off. Its stores are closed. */
  async commit(manifest: Omit<Manifest, 'volvox' | 'format' | 'files'>): Promise<void> {
    await this.#attempt(async () => {
      const files = await presentOf(parts, this.in('next'));
      if ((await sizeOf(this.in('next', 'volvox.db-wal'))) > 0)
        throw new AppError(
          'unavailable',
          `the log of ${this.in('next', 'volvox.db')} could not be moved into it`,
        );
      for (const name of files) await makeLasting(this.in('next', name));
      const whole: Manifest = { volvox: 'backup', format, ...manifest, files };
      const text = JSON.stringify({ ...whole, sum: sumOf(whole) }, null, 1);
      await writeFileDurably(this.in('next', manifestName), `${text}\n`);
      await syncFolder(this.in('next'));
      await rename(this.in('next'), this.in('ready'));
      await syncFolder(this.path);
    });
    await this.finish();
  }

  /** Puts in place what is ready. May be cut off and begun again. */
  async finish(): Promise<void> {
    if (!(await isThere(this.in('ready')))) return;
    await this.#attempt(async () => {
      const names = await entriesOf(this.in('ready'));
      // It goes last: without it everything is in place.
      if (names.includes(manifestName)) {
        const { files } = await this.manifest('ready');
        for (const name of leftovers) await rm(this.in(name), { force: true });
        for (const name of parts) {
          if (names.includes(name)) await rename(this.in('ready', name), this.in(name));
          else if (!files.includes(name)) await rm(this.in(name), { force: true });
        }
        await syncFolder(this.path);
        await rename(this.in('ready', manifestName), this.in(manifestName));
        await syncFolder(this.path);
      }
      await rm(this.in('ready'), { recursive: true });
    });
  }

  /** @throws invalid_input where there is none, corrupt naming it where it is damaged, unsupported for one of a later program */
  async manifest(...folder: readonly string[]): Promise<Manifest> {
    const file = this.in(...folder, manifestName);
    const text = await readFile(file, 'utf8').catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
        throw new AppError(
          'invalid_input',
          `${this.path} is not a backup, or not a whole one: there is no ${manifestName}`,
        );
      throw fileError(error, `cannot read ${file}`);
    });
    const parsed = parseJsonFile(file, text) as { readonly format?: unknown; readonly sum?: unknown };
    if (typeof parsed.format === 'number' && parsed.format > format)
      throw new AppError('unsupported', `${file} was written by a newer version of Volvox`);
    const { sum, ...manifest } = parsed;
    if (!Value.Check(Manifest, manifest) || sum !== sumOf(manifest))
      throw new AppError('corrupt', `the backup is damaged: ${file} is not as it was written`);
    return manifest;
  }

  /** @throws corrupt naming files that are not there */
  async requireFiles({ files }: Manifest): Promise<void> {
    const there = await presentOf<string>([...files, 'blobs'], this.path);
    const missing = [...files, 'blobs'].filter((name) => !there.includes(name));
    if (missing.length > 0)
      throw new AppError(
        'corrupt',
        `the backup is damaged: ${missing.map((name) => this.in(name)).join(', ')} is missing`,
      );
  }

  async #attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      throw fileError(error, `cannot write to the backup ${this.path}`);
    }
  }
}

function sumOf(manifest: Manifest): string {
  return createHash('sha256').update(JSON.stringify(manifest)).digest('hex');
}

async function makeLasting(file: string): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    await handle.chmod(0o600);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function entriesOf(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw fileError(error, `cannot read the folder ${folder}`);
  }
}

async function presentOf<T extends string>(names: readonly T[], folder: string): Promise<T[]> {
  const entries = await entriesOf(folder);
  return names.filter((name) => entries.includes(name));
}

async function isThere(file: string): Promise<boolean> {
  return (await stat(file).catch(() => null)) !== null;
}

async function sizeOf(file: string): Promise<number> {
  return (await stat(file).catch(() => null))?.size ?? 0;
}
