/** Who this machine's user has signed in as, by server; in a file that only the user may read. */
import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';

export interface StoredLogin {
  readonly accessToken: string;
  readonly refreshToken: string;
  /** ms since 1970, by the clock of this machine */
  readonly expiresAt: number;
  readonly login: string;
}

type Logins = Readonly<Record<string, StoredLogin>>;

const staleLockMs = 30_000;
const pollMs = 50;

export function loginsFile(environment: NodeJS.ProcessEnv = process.env): string {
  const base = environment['XDG_CONFIG_HOME'] ?? path.join(homedir(), '.config');
  return path.join(base, 'volvox', 'logins.json');
}

export function storedLogin(server: string, file = loginsFile()): StoredLogin | null {
  return readLogins(file)[keyOf(server)] ?? null;
}

/** null: forgets it. The file is replaced as a whole, so that nobody reads half of one. */
export function storeLogin(server: string, login: StoredLogin | null, file = loginsFile()): void {
  const { [keyOf(server)]: _old, ...others } = readLogins(file);
  const logins = login === null ? others : { ...others, [keyOf(server)]: login };
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  const fresh = `${file}.${process.pid}`;
  // One that is there keeps its mode, and whoever may read it would read this as well.
  rmSync(fresh, { force: true });
  writeFileSync(fresh, `${JSON.stringify(logins, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
  renameSync(fresh, file);
}

/** One process at a time: a refresh token that two of them use is taken for stolen, and ends the login. */
export async function locked<T>(work: () => Promise<T>, file = loginsFile()): Promise<T> {
  const lock = `${file}.lock`;
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  while (!take(lock)) await new Promise((resolve) => setTimeout(resolve, pollMs));
  try {
    return await work();
  } finally {
    rmSync(lock, { force: true });
  }
}

function take(lock: string): boolean {
  try {
    closeSync(openSync(lock, 'wx', 0o600));
    return true;
  } catch (error) {
    if (!isError(error, 'EEXIST')) throw error;
    // Of a process that was killed.
    const age = statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    if (Date.now() - age > staleLockMs) rmSync(lock, { force: true });
    return false;
  }
}

function readLogins(file: string): Logins {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Logins; // the edge: written by `storeLogin`
  } catch (error) {
    if (isError(error, 'ENOENT')) return {};
    throw new Error(`${file} can't be read: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

function keyOf(server: string): string {
  return new URL(server).origin;
}

function isError(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
