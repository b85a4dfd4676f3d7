import { readFileSync } from 'node:fs';
import { setUpFrom } from '@volvox/server';
import type { Command } from 'commander';
import { action } from '../action.ts';
import { UsageError } from '../exit.ts';
import { settingsOf } from '../flags.ts';
import { print, type Output } from '../output.ts';

export function addSetup(program: Command): void {
  program
    .command('setup')
    .description(
      'first-run set-up without a browser, from a YAML file or from VOLVOX_ADMIN_LOGIN and VOLVOX_ADMIN_PASSWORD',
    )
    .option(
      '--from <file>',
      'YAML: admin: {login, password, displayName, email}, users: [...], settings: {key: value}; - for standard input',
    )
    .action(
      action(async (options: { from?: string }, command: Command) => {
        const text = options.from === undefined ? null : readPlan(options.from);
        const result = await setUpFrom(settingsOf(command), text);
        print(
          command.optsWithGlobals<Output>(),
          result,
          () =>
            `set up: administrator ${result.login}, ${result.users} more users, ${result.settings} settings`,
        );
      }),
    );
}

function readPlan(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    throw new UsageError(`--from: ${error instanceof Error ? error.message : String(error)}`);
  }
}
