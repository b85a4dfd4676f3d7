/** Opens the database file, or begins a new one where there is none or it cannot be used: everything in it can be made again. */
import fs from 'node:fs';
import { openNative, sqliteCode, type Database } from './native.ts';

/** Another number means another layout; a file with a foreign one is put aside. */
const layoutVersion = 1;

const layout = `
  create table logs (key integer primary key, id text not null unique, at integer not null, level integer not null, message text not null,
    node text not null, request_id text, fields text not null, words text not null) strict;
  create index logs_at on logs (at);
  create index logs_severe on logs (at) where level >= 30;
  create index logs_request on logs (request_id, at) where request_id is not null;

  create table documents (key integer primary key, id text not null unique, words text not null, stem text not null, kind text not null,
    size integer not null, modified_at integer not null, owner text, extension text not null, seq integer not null,
    generation integer not null) strict;
  create index documents_stem on documents (stem);
  create index documents_modified on documents (modified_at, kind, size);
  create index documents_owner on documents (owner, modified_at);
  create index documents_extension on documents (extension, modified_at);
  create index documents_generation on documents (generation);
  create table generations (current integer not null) strict;
  insert into generations values (1);
  create virtual table beginnings using fts5 (words, content = '', contentless_delete = 1, detail = none, tokenize = 'ascii');
  create virtual table insides using fts5 (words, content = '', contentless_delete = 1, tokenize = 'trigram case_sensitive 1');

  create table activities (key integer primary key, id text not null unique, seq integer not null, at integer not null, kind text not null,
    actor_id text, node_id text, feed_ids text not null, data text not null) strict;
  create index activities_seq on activities (seq);
  create index activities_actor on activities (actor_id, seq);
  create index activities_at on activities (at);
  create table activity_feeds (feed_id text not null, seq integer not null, key integer not null, primary key (feed_id, seq, key)) strict, without rowid;

  pragma user_version = ${layoutVersion};
`;

export interface OpenedDatabase {
  readonly database: Database;
  /** It began empty. */
  readonly fresh: boolean;
  /** Why an old file was put aside; null if none was. */
  readonly putAside: string | null;
}

export function openDatabase(file: string, cacheMiB: number): OpenedDatabase {
  const fault = faultOf(file, cacheMiB);
  if (fault instanceof Error) throw fault;
  if (fault !== null) putAside(file);
  if (!fs.existsSync(file)) fs.closeSync(fs.openSync(file, 'a', 0o600)); // SQLite alone would let everybody read it
  const database = openNative(file);
  tune(database, cacheMiB);
  const fresh = versionOf(database) === 0;
  if (fresh) create(database);
  return { database, fresh, putAside: fault };
}

export const damageMark = (file: string): string => `${file}.is-damaged`;

/** Null: the file is fine or absent. A text: it cannot be used any more. An error: it could not be looked at. */
function faultOf(file: string, cacheMiB: number): string | Error | null {
  if (!fs.existsSync(file)) return null;
  if (fs.existsSync(damageMark(file))) return 'damage was found while it was in use';
  let database: Database | null = null;
  try {
    database = openNative(file);
    tune(database, cacheMiB);
    const version = versionOf(database);
    if (version !== 0 && version !== layoutVersion)
      return `its layout is version ${version}, not ${layoutVersion}`;
    if (version !== 0) for (const probe of probes) database.prepare(probe).get();
    return null;
  } catch (error) {
    const code = sqliteCode(error);
    if (code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB' || code === 'SQLITE_ERROR') return code;
    return error instanceof Error ? error : new Error(String(error));
  } finally {
    database?.close();
  }
}

/** A page or two of each part; damage elsewhere shows when it is used. */
const probes = [
  'select * from logs order by at desc limit 1',
  'select * from documents order by modified_at desc limit 1',
  'select current from generations',
  "select rowid from beginnings where beginnings match 'a*' limit 1",
  "select rowid from insides where insides match 'abc' limit 1",
  'select * from activities order by seq desc limit 1',
  'select * from activity_feeds limit 1',
];

function tune(database: Database, cacheMiB: number): void {
  database.pragma('journal_mode = wal');
  database.pragma(`cache_size = ${-1024 * cacheMiB}`);
  database.pragma('mmap_size = 0');
  database.pragma('temp_store = memory');
  database.pragma('journal_size_limit = 16777216');
}

function versionOf(database: Database): number {
  return Number(database.pragma('user_version', { simple: true }));
}

function create(database: Database): void {
  database.exec(`begin immediate; ${layout} commit;`);
}

/** One old file is kept, for whoever wants to know what happened. */
function putAside(file: string): void {
  for (const suffix of ['', '-wal', '-shm']) {
    fs.rmSync(`${file}.damaged${suffix}`, { force: true });
    if (fs.existsSync(file + suffix)) fs.renameSync(file + suffix, `${file}.damaged${suffix}`);
  }
  fs.rmSync(damageMark(file), { force: true });
}
