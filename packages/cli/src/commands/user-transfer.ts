import type { ImportLine, Response, Routes } from '@volvox/api';
import type { Client } from '@volvox/client';
import type { Command } from 'commander';
import { readFile, writeFile } from 'node:fs/promises';
import { action } from '../action.ts';
import { withClient } from '../connection.ts';
import { UsageError } from '../exit.ts';
import { harmless, print, table, type Output } from '../output.ts';
import { ProgressLine } from '../progress.ts';

type Part = Response<Routes['importUsers']>;

export function addUserTransfer(user: Command): void {
  user
    .command('export [file]')
    .description('all users as CSV, to a file or standard output; without passwords')
    .action(
      action(async (file: string | undefined, _options: unknown, command: Command) => {
        const csv = await withClient(command, async (client) => {
          const answer = await client.call('exportUsers');
          return answer.text();
        });
        if (file === undefined) process.stdout.write(process.stdout.isTTY ? harmless(csv) : csv);
        else await writeFile(file, csv);
      }),
    );
  user
    .command('import <file>')
    .description(
      'make and change users by a CSV file: login, displayName, email, group, roles, admin, attribute:<name>, ... password',
    )
    .option('--dry-run', 'only say what would become of each line')
    .action(
      action(async (file: string, options: { dryRun?: boolean }, command: Command) => {
        const csv = await readFile(file, 'utf8').catch((error: unknown) => {
          throw new UsageError(
            `can't read ${file}: ${error instanceof Error ? error.message : String(error)}`,
          );
        });
        const lines = await withClient(command, (client) => importAll(client, csv, options.dryRun === true));
        print(command.optsWithGlobals<Output>(), lines, () => summary(lines));
        if (lines.some((line) => line.outcome === 'failed')) process.exitCode = 1;
      }),
    );
}

async function importAll(client: Client, csv: string, dryRun: boolean): Promise<readonly ImportLine[]> {
  const progress = new ProgressLine(process.stderr);
  const lines: ImportLine[] = [];
  let offset: number | null = 0;
  while (offset !== null) {
    const part: Part = await client.call('importUsers', { body: { csv, dryRun, offset, limit: 100 } });
    lines.push(...part.lines);
    progress.show('import', `${lines.length} of ${part.total} lines`);
    offset = part.next;
  }
  progress.end();
  return lines;
}

function summary(lines: readonly ImportLine[]): string {
  const count = (outcome: ImportLine['outcome']): number =>
    lines.filter((line) => line.outcome === outcome).length;
  const failed = lines.filter((line) => line.outcome === 'failed');
  const done = (['created', 'changed', 'unchanged'] as const).map(
    (outcome) => `${count(outcome)} ${outcome}`,
  );
  const told = `${done.join(', ')}, ${failed.length} failed`;
  if (failed.length === 0) return told;
  const rows = failed.map(({ line, login, problem }) => ({ line, login, problem: problem ?? '' }));
  return `${table(rows, '')}\n${told}`;
}
