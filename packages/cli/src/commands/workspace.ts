import type { PermissionName, Workspace } from '@volvox/api';
import type { Client } from '@volvox/client';
import { Option, type Command } from 'commander';
import { action } from '../action.ts';
import { withClient } from '../connection.ts';
import { didYouMean } from '../did-you-mean.ts';
import { UsageError } from '../exit.ts';
import { print, table, type Output } from '../output.ts';
import { parseQuota } from '../quota.ts';

interface Adding {
  readonly name?: string;
  readonly quota?: number | null;
  readonly everybody?: 'read' | 'write';
}

export function addWorkspace(program: Command): void {
  const workspace = program.command('workspace').description('where files live');
  workspace
    .command('list')
    .description('every workspace with what it holds')
    .action(
      action(async (_options: unknown, command: Command) => {
        const { items } = await withClient(command, (client) => client.call('listWorkspaces'));
        print(command.optsWithGlobals<Output>(), items, () =>
          table(
            items.map((w) => ({
              slug: w.slug,
              name: w.name,
              kind: w.kind,
              used: w.used,
              quota: w.quota ?? 'none',
              id: w.id,
            })),
            'no workspaces',
          ),
        );
      }),
    );
  workspace
    .command('add <slug>')
    .description('make a shared workspace; the administrators may enter it, and say who else')
    .option('--name <text>', 'what people see; the slug if not given')
    .option('--quota <bytes>', 'most bytes in it, as 500, 20GiB or "none"', parseQuota)
    .addOption(
      new Option('--everybody <right>', 'what all people may there to begin with').choices(['read', 'write']),
    )
    .action(
      action(async (slug: string, options: Adding, command: Command) => {
        const quota = options.quota === undefined ? {} : { quota: options.quota };
        const everybody = rightsOf(options.everybody);
        const made = await withClient(command, (client) =>
          client.call('createWorkspace', { body: { slug, name: options.name ?? slug, everybody, ...quota } }),
        );
        print(command.optsWithGlobals<Output>(), made, () => `made ${made.slug} (${made.id})`);
      }),
    );
  workspace
    .command('quota')
    .argument('<slug>')
    .argument('<bytes>', 'as 500, 20GiB or "none"', parseQuota)
    .description('change the quota of a workspace that is not personal')
    .action(
      action(async (slug: string, quota: number | null, _options: unknown, command: Command) => {
        const changed = await withClient(command, async (client) =>
          client.call('updateWorkspace', { params: { id: (await find(client, slug)).id }, body: { quota } }),
        );
        print(
          command.optsWithGlobals<Output>(),
          changed,
          () => `${slug} has the quota ${changed.quota ?? 'none'}`,
        );
      }),
    );
}

function rightsOf(everybody: Adding['everybody']): PermissionName[] {
  if (everybody === undefined) return [];
  return everybody === 'read' ? ['read'] : ['read', 'write'];
}

async function find(client: Client, slug: string): Promise<Workspace> {
  const items = (await client.call('listWorkspaces')).items.filter((w) => w.kind !== 'personal');
  const found = items.find((w) => w.slug === slug);
  const known = items.map((w) => w.slug);
  if (found === undefined) throw new UsageError(`no workspace ${slug}${didYouMean(slug, known)}`);
  return found;
}
