import { readFileSync } from 'node:fs';
import { abortMigration, migrateTo, type MigratePlan, type MigrationReport } from '@volvox/server';
import type { Command } from 'commander';
import { action } from '../action.ts';
import { copying, refuseServer } from '../copy-run.ts';
import { UsageError } from '../exit.ts';
import { settingsOf } from '../flags.ts';
import { print, table, type Output } from '../output.ts';

interface Options {
  readonly to?: string;
  readonly dryRun?: boolean;
  readonly keepGoing?: boolean;
  readonly abort?: boolean;
}

export function addMigrate(program: Command): void {
  program
    .command('migrate')
    .description(
      'copy all or some stores to other URLs while the server runs, read-only for the last part; may be interrupted and begun again',
    )
    .option(
      '--to <file>',
      'lines NAME=value: VOLVOX_SQL and so on, and the credentials, of the new stores; without VOLVOX_SQL and VOLVOX_DATA all others stay',
    )
    .option('--dry-run', 'say what would be copied, and change nothing')
    .option('--keep-going', 'move damaged contents as they are, and go on without missing ones')
    .option('--abort', 'give a migration up: the server takes changes again')
    .action(action(migrate));
}

async function migrate(options: Options, command: Command): Promise<void> {
  const output = command.optsWithGlobals<Output>();
  const bootstrap = settingsOf(command);
  refuseServer(command);
  if ((options.to === undefined) === (options.abort !== true))
    throw new UsageError('give either --to FILE or --abort');
  if (options.to === undefined) {
    const aborted = await abortMigration(bootstrap);
    return print(output, { aborted }, () =>
      aborted ? 'given up: the server takes changes again' : 'no migration was under way',
    );
  }
  const to = readTarget(options.to);
  const result = await copying('stopped; the server takes changes again', (run) =>
    migrateTo(bootstrap, {
      to,
      dryRun: options.dryRun ?? false,
      keepGoing: options.keepGoing ?? false,
      ...run,
    }),
  );
  print(output, result, () => (result.state === 'done' ? doneText(result) : planText(result as MigratePlan)));
}

function readTarget(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`--to: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function doneText(report: MigrationReport): string {
  const { blobs, secrets, settings, findings } = report;
  const lines =
    report.tables.length === 0
      ? []
      : [
          table(
            report.tables.map((t) => ({
              table: t.table,
              rows: t.rows,
              sha256: t.sha256?.slice(0, 16) ?? 'live',
            })),
          ),
        ];
  lines.push(
    `other stores now: ${report.moved.join(', ')}`,
    `moved and compared: ${blobs.count} contents (${blobs.bytes} bytes), ${secrets} secrets, ${settings} settings; read-only for ${report.readOnlyMs} ms`,
  );
  if (findings.length > 0)
    lines.push(table(findings.map((f) => ({ content: f.problem, blob: f.blob, files: f.files.join(', ') }))));
  lines.push(
    'Stop the nodes here and start them on the new stores. Until "volvox migrate --abort" nothing here can be changed.',
  );
  return lines.join('\n\n');
}

function planText(plan: MigratePlan): string {
  return [
    table(plan.targets),
    table(plan.tables.filter((t) => t.rows > 0)),
    `to copy: ${plan.blobs.count} contents (${plan.blobs.bytes} bytes), ${plan.secrets} secrets, ${plan.settings} settings`,
  ].join('\n\n');
}
