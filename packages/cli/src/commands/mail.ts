import type { Command } from 'commander';
import { action } from '../action.ts';
import { withClient } from '../connection.ts';
import { UsageError } from '../exit.ts';
import { print, table, time, type Output } from '../output.ts';

const states = ['waiting', 'sent', 'failed'] as const;

export function addMail(program: Command): void {
  const mail = program.command('mail').description('outgoing mail; "volvox config" has its settings');
  mail
    .command('test <address>')
    .description('send a test message now and say what the mail server answered')
    .action(
      action(async (to: string, _options: unknown, command: Command) => {
        await withClient(command, (client) => client.call('testMail', { body: { to } }));
        print(command.optsWithGlobals<Output>(), { sent: true, to }, () => `sent to ${to}`);
      }),
    );
  mail
    .command('queue')
    .description('the last 100 messages')
    .option('--state <state>', `only these: ${states.join(', ')}`)
    .action(
      action(async (options: { state?: string }, command: Command) => {
        const state = states.find((known) => known === options.state);
        if (options.state !== undefined && state === undefined)
          throw new UsageError(`--state: expected one of ${states.join(', ')}, got "${options.state}"`);
        const { items } = await withClient(command, (client) =>
          client.call('listMail', { query: state === undefined ? {} : { state } }),
        );
        print(command.optsWithGlobals<Output>(), items, () =>
          table(
            items.map((m) => ({
              id: m.id,
              to: m.to,
              what: m.template,
              state: m.state,
              attempts: m.attempts,
              next: time(m.nextAt),
              error: m.lastError,
            })),
            'no messages',
          ),
        );
      }),
    );
}
