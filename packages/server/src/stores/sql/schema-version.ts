/** Which migrations a database has, and whether a program can work on those that it does not know. Applying them is the drivers'. */
import { AppError } from '../../kernel/errors.ts';
import type { Migration, SqlReader } from './contract.ts';
import { queriesOf } from './query.ts';

export interface SchemaTables {
  schema_migrations: { name: string; applied_at: number | null; needs: string | null };
}

/** A row of `schema_migrations`. */
export interface Applied {
  readonly name: string;
  /** `Migration.needs` of the program that applied it. */
  readonly needs: string | null;
}

const define = queriesOf<SchemaTables>();
const selectNeeding = define<Record<string, never>, Applied>((db) =>
  db.selectFrom('schema_migrations').select(['name', 'needs']).where('needs', 'is not', null).orderBy('name'),
);

const selectNames = define<Record<string, never>, { name: string }>((db) =>
  db.selectFrom('schema_migrations').select('name').where('applied_at', 'is not', null).orderBy('name'),
);

/** Where a schema and a program differ: what the one lacks, and what the other does not know. @throws where there is no schema */
export async function compareSchema(
  reader: SqlReader,
  migrations: readonly Migration[],
): Promise<{ readonly missing: readonly string[]; readonly unknown: readonly string[] }> {
  const applied = new Set((await reader.all(selectNames, {})).map(({ name }) => name));
  const known = new Set(migrations.map(({ name }) => name));
  return {
    missing: [...known].filter((name) => !applied.has(name)),
    unknown: [...applied].filter((name) => !known.has(name)),
  };
}

/** In the order of application. @throws internal for two of one name */
export function inOrder(migrations: readonly Migration[]): readonly Migration[] {
  const ordered = [...migrations].sort((a, b) => (a.name < b.name ? -1 : 1));
  if (new Set(ordered.map((m) => m.name)).size !== ordered.length)
    throw new AppError('internal', 'two migrations have the same name');
  return ordered;
}

/** @returns names that this program does not know and can live with @throws unsupported, naming the first that it cannot live with */
export function acceptNewer(
  applied: readonly Applied[],
  migrations: readonly Migration[],
  version: string | undefined,
): readonly string[] {
  const known = new Set(migrations.map((m) => m.name));
  const unknown = applied.filter((row) => !known.has(row.name));
  const refused = unknown.find(({ needs }) => needs !== null && !isAtLeast(version, needs));
  if (refused !== undefined) throw tooOld(refused, version);
  return unknown.map((row) => row.name);
}

/** For a node that runs: whether another one has migrated the database further than this program can follow. */
export async function findTooNew(
  reader: SqlReader,
  migrations: readonly Migration[],
  version: string,
): Promise<AppError | null> {
  const applied = await reader.all(selectNeeding, {});
  try {
    acceptNewer(applied, migrations, version);
    return null;
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
}

function tooOld({ name, needs }: Applied, version: string | undefined): AppError {
  return new AppError(
    'unsupported',
    `the database was migrated by a newer version: ${name} needs version ${needs} or later` +
      `${version === undefined ? '' : `, and this is ${version}`}; install that version`,
    { details: { migration: name, needs } },
  );
}

/** By major, minor and patch; what follows a `-` is of the version that it leads to. */
function isAtLeast(version: string | undefined, needs: string): boolean {
  if (version === undefined) return false;
  const [have, want] = [numbersOf(version), numbersOf(needs)];
  const at = want.findIndex((n, i) => n !== (have[i] ?? 0));
  return at === -1 || (have[at] ?? 0) > (want[at] ?? 0);
}

function numbersOf(version: string): number[] {
  return (version.split(/[-+]/)[0] ?? '').split('.').map(Number);
}
