/** Runs `volvox` from the sources and waits for its end. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { environmentOf } from './server-process.ts';

const program = fileURLToPath(new URL('./cli.child.ts', import.meta.url));

export interface CliResult {
  /** null: it had to be ended. */
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

export interface CliOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly user?: number;
}

/** Ended after a minute, so that a start that should be refused cannot hang. */
const limitMs = 60_000;

export function runCli(
  folder: string,
  args: readonly string[],
  { env = {}, user }: CliOptions = {},
): Promise<CliResult> {
  const child = spawn(process.execPath, ['--conditions=source', '--no-warnings', program, ...args], {
    env: environmentOf(folder, env),
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(user === undefined ? {} : { uid: user, gid: user }),
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), limitMs);
  let output = '';
  let errors = '';
  child.stdout.on('data', (piece: Buffer) => (output += piece.toString()));
  child.stderr.on('data', (piece: Buffer) => (errors += piece.toString()));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(timer);
      resolve({ code, output, errors });
    });
  });
}
