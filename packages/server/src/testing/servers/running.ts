/** Keeps one server process: its throw-away folder and port, its start, its death by whatever cause. Knows nothing of kinds. */
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { chownSync, closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { ended, signalFamily, stoodStill } from './family.ts';
import { freePort } from './free-port.ts';
import { type Guard, guard } from './guard.ts';
import type { RunAs, ServerRecipe } from './recipe.ts';

const readyLimitMs = 60_000;
const pollMs = 40;
/** A free port may be taken by somebody else before the server has it. */
const portAttempts = 3;

export interface Running {
  readonly port: number;
  readonly folder: string;
  readonly pid: number;
  kill(): Promise<void>;
  start(): Promise<void>;
  freeze(): void;
  thaw(): void;
  stop(): Promise<void>;
}

type Account = { readonly uid: number; readonly gid: number } | null;

export async function run(recipe: ServerRecipe, program: readonly string[]): Promise<Running> {
  const account = accountOf(recipe.account);
  const folder = mkdtempSync(path.join(tmpdir(), `volvox-${recipe.kind}-`));
  if (account) chownSync(folder, account.uid, account.gid);
  const watcher = guard(folder);
  try {
    await recipe.prepare?.(program, folder, runAs(account, folder));
    for (let attempt = 1; ; attempt += 1) {
      const port = await freePort();
      const server = new Kept(recipe, program, account, folder, port, watcher);
      try {
        await server.start();
        return server;
      } catch (error) {
        await server.kill();
        if (attempt === portAttempts) throw error;
      }
    }
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    watcher.release();
    throw error;
  }
}

class Kept implements Running {
  readonly folder: string;
  readonly port: number;
  readonly #recipe: ServerRecipe;
  readonly #command: readonly string[];
  readonly #account: Account;
  #child: ChildProcess | null = null;
  readonly #guard: Guard;

  constructor(
    recipe: ServerRecipe,
    program: readonly string[],
    account: Account,
    folder: string,
    port: number,
    watcher: Guard,
  ) {
    this.folder = folder;
    this.port = port;
    this.#recipe = recipe;
    this.#command = [...program, ...recipe.arguments(folder, port)];
    this.#account = account;
    this.#guard = watcher;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  async start(): Promise<void> {
    if (this.#child) throw new Error(`${this.#recipe.kind} runs already`);
    this.#recipe.configure?.(this.folder, this.port);
    const [program = '', ...args] = this.#command;
    const log = openSync(path.join(this.folder, 'server.log'), 'a');
    // Detached: Ctrl-C and the end of a suite's process group are for the guard to act on.
    const child = spawn(program, args, {
      cwd: this.folder,
      stdio: ['ignore', log, log],
      detached: true,
      ...this.#account,
    });
    closeSync(log);
    let failure: string | null = null;
    child.on('error', (error) => (failure = error.message));
    child.on('exit', (code, signal) => {
      failure = `it ended with ${signal ?? code}`;
      if (this.#child === child) this.#guard.watch(null);
    });
    child.unref();
    this.#child = child;
    this.#guard.watch(child.pid ?? null);
    const deadline = Date.now() + readyLimitMs;
    while (!(await this.#recipe.answers(this.port, this.folder).catch(() => false))) {
      if (failure === null && Date.now() > deadline) failure = 'it does not answer';
      if (failure !== null) throw new Error(`${this.#recipe.kind}: ${failure}\n${this.#lastWords()}`);
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
  }

  async kill(): Promise<void> {
    const pid = this.#child?.pid;
    this.#child = null;
    if (pid !== undefined) await ended(signalFamily(pid, 'SIGKILL'));
    this.#guard.watch(null);
  }

  freeze(): void {
    if (this.pid > 0) stoodStill(signalFamily(this.pid, 'SIGSTOP'));
  }

  thaw(): void {
    if (this.pid > 0) signalFamily(this.pid, 'SIGCONT');
  }

  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
    this.#guard.release();
  }

  #lastWords(): string {
    return readFileSync(path.join(this.folder, 'server.log'), 'utf8').split('\n').slice(-15).join('\n');
  }
}

function accountOf(name: string | undefined): Account {
  if (name === undefined || process.getuid?.() !== 0) return null;
  const id = (flag: string) => Number(spawnSync('id', [flag, name], { encoding: 'utf8' }).stdout);
  return { uid: id('-u'), gid: id('-g') };
}

function runAs(account: Account, folder: string): RunAs {
  return async (program, args) => {
    try {
      await promisify(execFile)(program, [...args], { cwd: folder, ...account });
    } catch (error) {
      const said = error instanceof Error && 'stderr' in error ? String(error.stderr) : '';
      throw new Error(`${program} failed: ${said}`, { cause: error });
    }
  };
}
