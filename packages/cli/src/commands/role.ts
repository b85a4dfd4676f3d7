import type { AssignedRole } from '@volvox/api';
import type { Client } from '@volvox/client';
import type { Command } from 'commander';
import { action } from '../action.ts';
import { withClient } from '../connection.ts';
import { didYouMean } from '../did-you-mean.ts';
import { UsageError } from '../exit.ts';
import { print, table, type Output } from '../output.ts';
import { findUser } from '../users.ts';

export function addRole(program: Command): void {
  const role = program.command('role').description('roles that are given to users and groups');
  role
    .command('list')
    .description('roles, weakest first')
    .action(
      action(async (_options: unknown, command: Command) => {
        const { items } = await withClient(command, (client) => client.call('listRoles'));
        const automatic = ({ auto }: AssignedRole): string =>
          auto ? `${auto.attribute} = ${auto.value}` : '';
        print(command.optsWithGlobals<Output>(), items, () =>
          table(
            items.map((each) => ({ name: each.label, automatic: automatic(each), id: each.id })),
            'no roles',
          ),
        );
      }),
    );
  role
    .command('add <name>')
    .description('make a role, the strongest of all')
    .action(
      action(async (label: string, _options: unknown, command: Command) => {
        const made = await withClient(command, (client) => client.call('createRole', { body: { label } }));
        print(command.optsWithGlobals<Output>(), made, () => `made ${made.label} (${made.id})`);
      }),
    );
  role
    .command('remove <name>')
    .description('remove a role and every rule that names it')
    .action(
      action(async (name: string, _options: unknown, command: Command) => {
        const removed = await withClient(command, async (client) => {
          const found = await find(client, name);
          await client.call('deleteRole', { params: { id: found.id } });
          return found;
        });
        print(command.optsWithGlobals<Output>(), removed, () => `removed ${removed.label}`);
      }),
    );
  addGiving(role);
}

function addGiving(role: Command): void {
  for (const verb of ['give', 'take'] as const)
    role
      .command(`${verb} <name> <login>`)
      .description(verb === 'give' ? 'give a role to a user' : 'take a role away from a user')
      .action(
        action(async (name: string, login: string, _options: unknown, command: Command) => {
          await withClient(command, async (client) => {
            const { id } = await find(client, name);
            const params = { id, subjectId: (await findUser(client, login)).id };
            if (verb === 'give') await client.call('assignRole', { params, body: { kind: 'user' } });
            else await client.call('unassignRole', { params });
          });
          const told = verb === 'give' ? `${login} has ${name}` : `${login} no longer has ${name}`;
          print(command.optsWithGlobals<Output>(), { name, login }, () => told);
        }),
      );
}

async function find(client: Client, name: string): Promise<AssignedRole> {
  const { items } = await client.call('listRoles');
  const found = items.find((each) => each.id === name || each.label === name);
  if (found !== undefined) return found;
  const names = items.map((each) => each.label);
  throw new UsageError(`no role ${name}${didYouMean(name, names)}`);
}
