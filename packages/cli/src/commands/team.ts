import type { Team, TeamDetails } from '@volvox/api';
import type { Client } from '@volvox/client';
import type { Command } from 'commander';
import { action } from '../action.ts';
import { serverOf, withClient } from '../connection.ts';
import { didYouMean } from '../did-you-mean.ts';
import { UsageError } from '../exit.ts';
import { print, table, time, type Output } from '../output.ts';
import { findPerson } from '../users.ts';

/** Teams belong to people: over the network these are the asker's own, on this machine everybody's. */
export function addTeam(program: Command): void {
  const team = program
    .command('team')
    .description("teams of people, made by users: everybody's on this machine, your own with --server");
  team
    .command('list')
    .description('teams with their owners')
    .action(
      action(async (_options: unknown, command: Command) => {
        const { items } = await withClient(command, (client) => client.call('listTeams'));
        print(command.optsWithGlobals<Output>(), items, () =>
          table(
            items.map((each) => ({ name: each.name, owner: each.owner.displayName, id: each.id })),
            'no teams',
          ),
        );
      }),
    );
  team
    .command('show <name>')
    .description('the members of a team')
    .action(
      action(async (name: string, _options: unknown, command: Command) => {
        const found = await withClient(command, async (client) =>
          client.call('getTeam', { params: { id: (await find(client, name)).id } }),
        );
        print(command.optsWithGlobals<Output>(), found, () => membersOf(found));
      }),
    );
  addMaking(team);
  addMembers(team);
}

function addMaking(team: Command): void {
  team
    .command('create <name>')
    .description('make a team')
    .option('--owner <login>', 'whose it is; needed on this machine, yourself with --server')
    .option('--description <text>', 'what it is for')
    .action(
      action(async (name: string, options: { owner?: string; description?: string }, command: Command) => {
        const { owner, description } = options;
        if (owner === undefined && serverOf(command) === null)
          throw new UsageError('teams belong to a person: say whose with --owner');
        const made = await withClient(command, async (client) => {
          const ownerId = owner === undefined ? {} : { ownerId: await findPerson(client, owner) };
          const body = { name, ...ownerId, ...(description === undefined ? {} : { description }) };
          return client.call('createTeam', { body });
        });
        print(command.optsWithGlobals<Output>(), made, () => `made ${made.name} (${made.id})`);
      }),
    );
  team
    .command('rename <name> <new>')
    .description('give a team another name')
    .action(
      action(async (name: string, next: string, _options: unknown, command: Command) => {
        const changed = await withClient(command, async (client) =>
          client.call('updateTeam', { params: { id: (await find(client, name)).id }, body: { name: next } }),
        );
        print(command.optsWithGlobals<Output>(), changed, () => `${name} is ${changed.name} now`);
      }),
    );
  team
    .command('delete <name>')
    .description('delete a team; what was shared with it is no longer')
    .action(
      action(async (name: string, _options: unknown, command: Command) => {
        const deleted = await withClient(command, async (client) => {
          const found = await find(client, name);
          await client.call('deleteTeam', { params: { id: found.id } });
          return { id: found.id, name: found.name };
        });
        print(command.optsWithGlobals<Output>(), deleted, () => `deleted ${deleted.name}`);
      }),
    );
}

function addMembers(team: Command): void {
  team
    .command('add-member <name> <login>')
    .description('take a user into a team')
    .option('--manager', 'may rename the team and choose its members')
    .action(
      action(async (name: string, login: string, options: { manager?: boolean }, command: Command) => {
        const changed = await withClient(command, async (client) => {
          const params = {
            id: (await find(client, name)).id,
            subjectId: await findPerson(client, login),
          };
          const body = options.manager === true ? { manager: true } : {};
          return client.call('setTeamMember', { params, body });
        });
        print(command.optsWithGlobals<Output>(), changed, () => `${login} is in ${changed.name}`);
      }),
    );
  team
    .command('remove-member <name> <login>')
    .description('take a user out of a team')
    .action(
      action(async (name: string, login: string, _options: unknown, command: Command) => {
        const found = await withClient(command, async (client) => {
          const { id, name: known } = await find(client, name);
          const params = { id, subjectId: await findPerson(client, login) };
          await client.call('removeTeamMember', { params });
          return { id, name: known, login };
        });
        print(command.optsWithGlobals<Output>(), found, () => `${login} is no longer in ${found.name}`);
      }),
    );
}

function membersOf({ members }: TeamDetails): string {
  return table(
    members.map((each) => ({
      name: each.displayName,
      role: each.role,
      guest: each.guest,
      until: time(each.expiresAt),
      id: each.id,
    })),
  );
}

/** By its id or, where only one has it, its name. */
async function find(client: Client, name: string): Promise<Team> {
  const { items } = await client.call('listTeams');
  const found = items.filter((each) => each.id === name || each.name === name);
  const [one, ...more] = found;
  const names = items.map((each) => each.name);
  if (one === undefined) throw new UsageError(`no team ${name}${didYouMean(name, names)}`);
  if (more.length > 0)
    throw new UsageError(
      `several teams are called ${name}; give an id: ${found.map((each) => each.id).join(', ')}`,
    );
  return one;
}
