import { mkdir, open } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { AppError } from '../../../kernel/errors.ts';
import type { Driver, DriverDeps } from '../../../kernel/service.ts';
import type { StoreUrl } from '../../../kernel/store-url.ts';
import type { SqlStore } from '../contract.ts';
import { damaged, translate } from './errors.ts';
import { SqliteStore, type SqliteOptions } from './store.ts';

export const sqliteDriver: Driver<SqlStore> = {
  scheme: 'sqlite',
  parameters: { cache: 'page cache in MiB (default 12)' },
  async open(url: StoreUrl, deps: DriverDeps): Promise<SqlStore> {
    if (url.path === '' || url.hosts.length > 0)
      throw new AppError('invalid_input', `expected sqlite:<file>, not ${url.toString()}`);
    const cache = url.parameters.get('cache');
    if (cache !== undefined && !/^[1-9]\d{0,4}$/.test(cache))
      throw new AppError('invalid_input', `cache must be a number of MiB in ${url.toString()}`);
    return openSqlite(
      { file: resolve(url.path), ...(cache === undefined ? {} : { cacheMiB: Number(cache) }) },
      deps,
    );
  },
};

/** @throws corrupt for a file that is no sound database, unavailable where the folder can't be written; both name the file */
export async function openSqlite(options: SqliteOptions, deps: DriverDeps): Promise<SqliteStore> {
  const { file } = options;
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new AppError('unavailable', `cannot make the folder of the database ${file}: ${reasonOf(cause)}`, {
      cause,
    });
  }
  // SQLite alone would let everybody on the machine read it; its other files take over the mode. What is wrong here it says better.
  await open(file, 'wx', 0o600).then(
    (made) => made.close(),
    () => undefined,
  );
  try {
    return new SqliteStore(options, deps);
  } catch (cause) {
    const error = translate(cause, file);
    if (error.code === 'corrupt') throw new AppError('corrupt', damaged(file), { cause });
    throw new AppError(
      error.code === 'internal' ? 'unavailable' : error.code,
      `cannot open the database ${file}: ${reasonOf(cause)}`,
      { cause },
    );
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
