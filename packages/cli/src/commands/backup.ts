import { backUp, restore, type BackupReport, type RestoreReport } from '@volvox/server';
import type { Command } from 'commander';
import { action } from '../action.ts';
import { copying, refuseServer } from '../copy-run.ts';
import { settingsOf } from '../flags.ts';
import { print, table, type Output } from '../output.ts';

interface Options {
  readonly keepGoing?: boolean;
}

export function addBackup(program: Command): void {
  program
    .command('backup <folder>')
    .description(
      'a consistent copy of everything in a folder, whichever stores are in use; people go on working meanwhile. Again into the same folder it copies only what is new',
    )
    .option('--keep-going', 'keep damaged contents as they are, and go on without missing ones')
    .action(
      action(async (folder: string, options: Options, command: Command) => {
        refuseServer(command);
        const bootstrap = settingsOf(command);
        const report = await copying('stopped; the backup that was there before still holds', (run) =>
          backUp(bootstrap, folder, { keepGoing: options.keepGoing ?? false, ...run }),
        );
        print(command.optsWithGlobals<Output>(), report, () => backupText(report));
      }),
    );
}

export function addRestore(program: Command): void {
  program
    .command('restore <folder>')
    .description(
      'bring a backup to the stores that are set, which have to be empty; may be interrupted and begun again',
    )
    .option('--keep-going', 'bring damaged contents as they are, and go on without missing ones')
    .action(
      action(async (folder: string, options: Options, command: Command) => {
        refuseServer(command);
        const bootstrap = settingsOf(command);
        const report = await copying('stopped; begin it again to finish it', (run) =>
          restore(bootstrap, folder, { keepGoing: options.keepGoing ?? false, ...run }),
        );
        print(command.optsWithGlobals<Output>(), report, () => restoredText(report));
      }),
    );
}

function backupText(report: BackupReport): string {
  const { blobs, copied, rows, secrets, settings, key } = report;
  return [
    `backup of ${report.takenAt} in ${report.folder}, made in ${report.seconds} s: everything acknowledged before is in it`,
    `${rows} rows, ${blobs.count} contents (${blobs.bytes} bytes; new: ${copied.count}, ${copied.bytes} bytes), ${secrets} secrets, ${settings} settings`,
    ...findingsText(report.findings),
    key === 'vault.keyring'
      ? 'Its secrets can be read by whoever has the folder (the key is in vault.keyring): keep it as safe as the server.'
      : 'Its secrets are sealed with VOLVOX_VAULT_KEY: keep that elsewhere, without it the backup cannot be restored.',
  ].join('\n');
}

function restoredText(report: RestoreReport): string {
  const { blobs, rows, secrets, settings } = report;
  return [
    `restored in ${report.seconds} s, as of ${report.takenAt}, and compared: ${rows} rows, ${blobs.count} contents (${blobs.bytes} bytes), ${secrets} secrets, ${settings} settings`,
    ...findingsText(report.findings),
    'Start a node on these stores now. Search and activities are made again while it serves.',
  ].join('\n');
}

function findingsText(findings: BackupReport['findings']): string[] {
  if (findings.length === 0) return [];
  return [table(findings.map((f) => ({ content: f.problem, blob: f.blob, files: f.files.join(', ') })))];
}
