import type { User } from '@volvox/api';
import type { Client } from '@volvox/client';
import type { Command } from 'commander';
import { action } from '../action.ts';
import { withClient } from '../connection.ts';
import { print, table, time, type Output } from '../output.ts';
import { readPassword } from '../password.ts';
import { addUserTransfer } from './user-transfer.ts';
import { parseQuota } from '../quota.ts';
import { findUser } from '../users.ts';

interface UserOptions {
  name?: string;
  email?: string;
  admin?: boolean;
  quota?: number | null;
}

export function addUser(program: Command): void {
  const user = program.command('user').description('people');
  user
    .command('list')
    .description('users by login')
    .action(
      action(async (_options: unknown, command: Command) => {
        const users = await withClient(command, allUsers);
        print(command.optsWithGlobals<Output>(), users, () =>
          table(
            users.map((u) => ({
              login: u.login,
              name: u.displayName,
              admin: u.admin,
              disabled: u.disabled,
              quota: u.quota,
              'last log-in': time(u.lastLoginAt),
            })),
            'no users',
          ),
        );
      }),
    );
  user
    .command('add <login>')
    .description('make a user; the password is asked for, or read from standard input')
    .option('--name <text>', 'display name')
    .option('--email <address>', 'mail address')
    .option('--admin', 'an administrator')
    .option('--quota <bytes>', 'most bytes in the personal workspace, as 500, 20GiB or "none"', parseQuota)
    .action(
      action(async (login: string, options: UserOptions, command: Command) => {
        const password = await readPassword(`Password for ${login}`);
        const body = {
          login,
          password,
          ...(options.name === undefined ? {} : { displayName: options.name }),
          ...(options.email === undefined ? {} : { email: options.email }),
          ...(options.admin ? { admin: true } : {}),
          ...(options.quota === undefined ? {} : { quota: options.quota }),
        };
        const made = await withClient(command, (client) => client.call('createUser', { body }));
        print(command.optsWithGlobals<Output>(), made, () => `made ${made.login} (${made.id})`);
      }),
    );
  addUserChanges(user);
  addUserTransfer(user);
}

function addUserChanges(user: Command): void {
  user
    .command('password <login>')
    .description('set a new password; ends the sessions of the user')
    .action(
      action(async (login: string, _options: unknown, command: Command) => {
        const password = await readPassword(`New password for ${login}`);
        await change(command, login, { password }, 'has a new password');
      }),
    );
  user
    .command('disable <login>')
    .description('lock a user out at once, everywhere')
    .action(
      action((login: string, _o: unknown, command: Command) =>
        change(command, login, { disabled: true }, 'is disabled'),
      ),
    );
  user
    .command('enable <login>')
    .description('let a user in again; also lifts the block after wrong passwords')
    .action(
      action((login: string, _o: unknown, command: Command) =>
        change(command, login, { disabled: false, unlock: true }, 'is enabled'),
      ),
    );
  user
    .command('remove <login>')
    .description('remove a user')
    .option('--hand-to <login>', 'who gets the files, teams, cells and links')
    .action(
      action(async (login: string, options: { handTo?: string }, command: Command) => {
        await withClient(command, async (client) => {
          const { handTo } = options;
          const query = handTo === undefined ? {} : { handTo: (await findUser(client, handTo)).id };
          await client.call('deleteUser', { params: { id: (await findUser(client, login)).id }, query });
        });
        print(command.optsWithGlobals<Output>(), { login }, () => `removed ${login}`);
      }),
    );
}

async function change(
  command: Command,
  login: string,
  body: { disabled?: boolean; unlock?: boolean; password?: string },
  done: string,
): Promise<void> {
  const changed = await withClient(command, async (client) =>
    client.call('updateUser', { params: { id: (await findUser(client, login)).id }, body }),
  );
  print(command.optsWithGlobals<Output>(), changed, () => `${login} ${done}`);
}

async function allUsers(client: Client): Promise<User[]> {
  const users: User[] = [];
  let cursor: string | undefined;
  do {
    const page = await client.call('listUsers', {
      query: { limit: 1000, ...(cursor === undefined ? {} : { cursor }) },
    });
    users.push(...page.items);
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  return users;
}
