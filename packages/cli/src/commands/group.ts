import type { Group } from '@volvox/api';
import type { Client } from '@volvox/client';
import type { Command } from 'commander';
import { action } from '../action.ts';
import { withClient } from '../connection.ts';
import { didYouMean } from '../did-you-mean.ts';
import { UsageError } from '../exit.ts';
import { print, table, type Output } from '../output.ts';

export function addGroup(program: Command): void {
  const group = program.command('group').description('groups of people, a tree');
  group
    .command('list')
    .description('every group with the one above it')
    .action(
      action(async (_options: unknown, command: Command) => {
        const { items } = await withClient(command, (client) => client.call('listGroups'));
        const name = new Map(items.map((g) => [g.id, g.name]));
        print(command.optsWithGlobals<Output>(), items, () =>
          table(
            items.map((g) => ({ name: g.name, above: name.get(g.parentId ?? ''), id: g.id, role: g.roleId })),
            'no groups',
          ),
        );
      }),
    );
  group
    .command('add <name>')
    .description('make a group')
    .option('--below <name>', 'the group above it; the root group if not given')
    .action(
      action(async (name: string, options: { below?: string }, command: Command) => {
        const made = await withClient(command, async (client) => {
          const parent =
            options.below === undefined ? {} : { parentId: (await find(client, options.below)).id };
          return client.call('createGroup', { body: { name, ...parent } });
        });
        print(command.optsWithGlobals<Output>(), made, () => `made ${made.name} (${made.id})`);
      }),
    );
  group
    .command('rename <name> <new>')
    .description('give a group another name')
    .action(
      action(async (name: string, next: string, _options: unknown, command: Command) => {
        const changed = await withClient(command, async (client) =>
          client.call('updateGroup', { params: { id: (await find(client, name)).id }, body: { name: next } }),
        );
        print(command.optsWithGlobals<Output>(), changed, () => `${name} is ${changed.name} now`);
      }),
    );
  group
    .command('move <name> <below>')
    .description('hang a group below another one')
    .action(
      action(async (name: string, below: string, _options: unknown, command: Command) => {
        const changed = await withClient(command, async (client) => {
          const body = { parentId: (await find(client, below)).id };
          return client.call('updateGroup', { params: { id: (await find(client, name)).id }, body });
        });
        print(command.optsWithGlobals<Output>(), changed, () => `${name} is below ${below} now`);
      }),
    );
  group
    .command('remove <name>')
    .description('remove a group that is empty')
    .action(
      action(async (name: string, _options: unknown, command: Command) => {
        const removed = await withClient(command, async (client) => {
          const { id } = await find(client, name);
          await client.call('deleteGroup', { params: { id } });
          return { id, name };
        });
        print(command.optsWithGlobals<Output>(), removed, () => `removed ${name}`);
      }),
    );
}

/** By its id or, where only one has it, its name. */
async function find(client: Client, name: string): Promise<Group> {
  const { items } = await client.call('listGroups');
  const found = items.filter((g) => g.id === name || g.name === name);
  const [one, ...more] = found;
  if (one === undefined)
    throw new UsageError(
      `no group ${name}${didYouMean(
        name,
        items.map((g) => g.name),
      )}`,
    );
  if (more.length > 0)
    throw new UsageError(
      `several groups are called ${name}; give an id: ${found.map((g) => g.id).join(', ')}`,
    );
  return one;
}
