/** `volvox migrate`, `backup` and `restore` in a process of their own, to be watched and killed. */
import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { environmentOf } from '../harness/server-process.ts';

const program = fileURLToPath(new URL('../harness/cli.child.ts', import.meta.url));

export type Environment = Readonly<Record<string, string>>;

/** Stores of one side: its folder, and the variables of what lies elsewhere. */
export interface Side {
  /** As a target '': whatever the variables do not name stays as it is. */
  readonly folder: string;
  readonly environment: Environment;
}

export interface MigrateRun {
  /** null: it was killed. */
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

export interface RunOptions {
  readonly flags?: readonly string[];
  /** Called with each stage that is told; `kill` ends the process as a power cut would. */
  readonly onStage?: (stage: string, kill: () => void) => void;
}

export async function runMigrate(from: Side, to: Side | null, options: RunOptions = {}): Promise<MigrateRun> {
  const args = ['migrate', '--json', ...(options.flags ?? [])];
  if (to !== null) {
    const file = path.join(from.folder, 'urls.env');
    const data = to.folder === '' ? {} : { VOLVOX_DATA: to.folder };
    const variables = Object.entries({ ...data, ...to.environment });
    await writeFile(file, variables.map(([name, value]) => `${name}=${value}\n`).join(''), { mode: 0o600 });
    args.push('--to', file);
  }
  return run(from, args, options);
}

/** @param side its stores are what is backed up, or restored to */
export function runCopy(
  command: 'backup' | 'restore',
  side: Side,
  folder: string,
  options: RunOptions = {},
): Promise<MigrateRun> {
  return run(side, [command, folder, '--json', ...(options.flags ?? [])], options);
}

async function run(from: Side, args: readonly string[], options: RunOptions): Promise<MigrateRun> {
  const child = spawn(process.execPath, ['--conditions=source', '--no-warnings', program, ...args], {
    env: environmentOf(from.folder, from.environment),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const told = { output: '', errors: '' };
  child.stdout.on('data', (piece: Buffer) => (told.output += piece.toString()));
  child.stderr.on('data', (piece: Buffer) => {
    told.errors += piece.toString();
    for (const stage of piece.toString().trim().split('\n'))
      options.onStage?.(stage, () => child.kill('SIGKILL'));
  });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, ...told };
}
