import type { Command } from 'commander';
import { action } from '../action.ts';
import { withClient } from '../connection.ts';
import { exitCodes } from '../exit.ts';
import { print, table, type Output } from '../output.ts';

export function addCheck(program: Command): void {
  program
    .command('check')
    .description(
      'prove journal, tree, versions and blobs consistent; every finding named; exit code 1 if any is left',
    )
    .option('--deep', 'read and hash every byte')
    .option('--repair', 'mend what can be mended without losing anything')
    .action(
      action(async (options: { deep?: boolean; repair?: boolean }, command: Command) => {
        const report = await withClient(command, (client) =>
          client.call('runCheck', { body: { deep: options.deep ?? false, repair: options.repair ?? false } }),
        );
        print(command.optsWithGlobals<Output>(), report, () =>
          report.total === 0
            ? 'everything is consistent'
            : `${table(report.findings)}\n\n${report.total} findings, ${report.repaired} repaired`,
        );
        if (report.total > report.repaired) process.exitCode = exitCodes.failed;
      }),
    );
}
