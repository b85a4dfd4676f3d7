import type { Scope } from '@volvox/api';
import { InvalidArgumentError, type Command } from 'commander';
import { action } from '../action.ts';
import { withClient } from '../connection.ts';
import { print, table, time, type Output } from '../output.ts';

const scopes: readonly Scope[] = ['files:read', 'files:write', 'account', 'admin'];

/** Tokens belong to a person, so these commands need `--server` and VOLVOX_TOKEN, or `--user` on this machine. */
export function addToken(program: Command): void {
  const token = program.command('token').description('app passwords and personal access tokens');
  token
    .command('list')
    .description('the tokens of a user')
    .requiredOption('--user <login>', 'whose')
    .action(
      action(async (options: { user: string }, command: Command) => {
        const { items } = await withClient(command, (client) =>
          client.call('adminListTokens', { params: { login: options.user } }),
        );
        print(command.optsWithGlobals<Output>(), items, () =>
          table(
            items.map((t) => ({
              id: t.id,
              kind: t.kind,
              label: t.label,
              scopes: t.scopes.join(' '),
              expires: time(t.expiresAt),
              used: time(t.lastUsedAt),
            })),
            'no tokens',
          ),
        );
      }),
    );
  token
    .command('add <label>')
    .description('make a token; its secret is printed this once')
    .requiredOption('--user <login>', 'whose')
    .option('--app-password', 'an app password for WebDAV instead of an access token')
    .option('--scope <scope...>', `of ${scopes.join(', ')}`, parseScope)
    .option('--days <number>', 'void after so many days', parseDays)
    .action(
      action(
        async (
          label: string,
          options: { user: string; appPassword?: boolean; scope?: Scope[]; days?: number },
          command: Command,
        ) => {
          const body = {
            kind: options.appPassword ? ('app_password' as const) : ('access_token' as const),
            label,
            ...(options.scope === undefined ? {} : { scopes: options.scope }),
            ...(options.days === undefined ? {} : { expiresAt: Date.now() + options.days * 86_400_000 }),
          };
          const made = await withClient(command, (client) =>
            client.call('adminCreateToken', { params: { login: options.user }, body }),
          );
          print(command.optsWithGlobals<Output>(), made, () => made.secret);
        },
      ),
    );
  token
    .command('revoke <id>')
    .description('void a token at once, everywhere')
    .requiredOption('--user <login>', 'whose')
    .action(
      action(async (id: string, options: { user: string }, command: Command) => {
        await withClient(command, (client) =>
          client.call('adminRevokeToken', { params: { login: options.user, id } }),
        );
        print(command.optsWithGlobals<Output>(), { id }, () => `revoked ${id}`);
      }),
    );
}

function parseScope(text: string, before: Scope[] = []): Scope[] {
  const found = scopes.find((s) => s === text);
  if (found === undefined) throw new InvalidArgumentError(`one of ${scopes.join(', ')}`);
  return [...before, found];
}

function parseDays(text: string): number {
  const days = Number(text);
  if (!(days > 0)) throw new InvalidArgumentError('a number of days');
  return days;
}
