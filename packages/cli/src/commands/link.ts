import type { Link, LinkPermission } from '@volvox/api';
import type { Client } from '@volvox/client';
import { InvalidArgumentError, type Command } from 'commander';
import { action } from '../action.ts';
import { withClient } from '../connection.ts';
import { readPassword } from '../password.ts';
import { print, table, time, type Output } from '../output.ts';
import { findUser } from '../users.ts';

const permissions: readonly LinkPermission[] = ['preview', 'download', 'upload'];

interface CreateOptions {
  readonly may?: LinkPermission[];
  readonly request?: boolean;
  readonly label?: string;
  readonly password?: boolean;
  readonly days?: number;
  readonly maxDownloads?: number;
  readonly slug?: string;
}

/** Links belong to a person: making one needs `--server` and VOLVOX_TOKEN. Listing and revoking on this machine reach everybody's. */
export function addLink(program: Command): void {
  const link = program.command('link').description('public links and file requests');
  link
    .command('create <path...>')
    .description('share files or folders (/workspace/folder/name) by a public address; prints it')
    .option(
      '--may <permission...>',
      `of ${permissions.join(', ')}; upload alone is a drop box`,
      parsePermission,
    )
    .option('--request', 'ask for files: visitors upload and see nothing')
    .option('--label <text>', 'name that visitors see')
    .option('--password', 'needed to open it; asked for, or read from standard input')
    .option('--days <number>', 'ends after so many days', parseCount)
    .option('--max-downloads <number>', 'downloads at most', parseCount)
    .option('--slug <word>', 'an address of your own')
    .action(
      action(async (paths: string[], options: CreateOptions, command: Command) => {
        const made = await withClient(command, async (client) => {
          const nodes = [];
          for (const path of paths) nodes.push(await client.call('lookupNode', { query: { path } }));
          const password =
            options.password === true ? { password: await readPassword('Password of the link') } : {};
          const body = { roots: nodes.map(({ id }) => id), ...settingsOf(options), ...password };
          return client.call('createLink', { body });
        });
        print(command.optsWithGlobals<Output>(), made, () => addressOf(made, command));
      }),
    );
  link
    .command('list')
    .description('your links; of everybody on this machine, or with --all as an administrator')
    .option('--all', 'those of everybody')
    .option(
      '--search <text>',
      'only those with this text in their name, their address or the name of their owner',
    )
    .option('--owner <login>', 'only those of this person')
    .action(
      action(async (options: ListOptions, command: Command) => {
        const items = await withClient(command, (client) => all(client, options, command));
        print(command.optsWithGlobals<Output>(), items, () =>
          table(
            items.map((item) => ({
              id: item.id,
              label: item.label,
              owner: item.owner.displayName,
              may: item.permissions.join(' '),
              state: item.state,
              ends: time(item.endsAt),
              visits: item.visits,
              downloads: item.downloads,
            })),
            'no links',
          ),
        );
      }),
    );
  link
    .command('revoke <id...>')
    .description('take links back for good, at once and everywhere')
    .action(
      action(async (ids: string[], _options: object, command: Command) => {
        const answer = await withClient(command, (client) => client.call('revokeLinks', { body: { ids } }));
        print(command.optsWithGlobals<Output>(), answer, () => `revoked ${answer.revoked}`);
      }),
    );
}

interface ListOptions {
  readonly all?: boolean;
  readonly search?: string;
  readonly owner?: string;
}

async function all(client: Client, options: ListOptions, command: Command): Promise<readonly Link[]> {
  const remote = command.optsWithGlobals<{ server?: string }>().server !== undefined;
  const route = options.all === true || options.owner !== undefined || !remote ? 'listAllLinks' : 'listLinks';
  const owner = options.owner === undefined ? {} : { ownerId: (await findUser(client, options.owner)).id };
  const found: Link[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const page: { items: Link[]; next: string | null } = await client.call(route, {
      query: {
        limit: 200,
        ...(options.search === undefined ? {} : { q: options.search }),
        ...owner,
        ...(cursor === '' ? {} : { cursor }),
      },
    });
    found.push(...page.items);
    cursor = page.next;
  }
  return found;
}

function settingsOf(options: CreateOptions) {
  const { may, request, label, days, maxDownloads, slug } = options;
  return {
    ...(request === true ? { kind: 'request' as const } : {}),
    ...(may === undefined ? {} : { permissions: may }),
    ...(label === undefined ? {} : { label }),
    ...(days === undefined ? {} : { expiresAt: Date.now() + days * 86_400_000 }),
    ...(maxDownloads === undefined ? {} : { maxDownloads }),
    ...(slug === undefined ? {} : { slug }),
  };
}

function addressOf(link: Link, command: Command): string {
  const { server = '' } = command.optsWithGlobals<{ server?: string }>();
  return `${server.replace(/\/+$/, '')}/s/${link.token}`;
}

function parsePermission(text: string, before: LinkPermission[] = []): LinkPermission[] {
  const found = permissions.find((name) => name === text);
  if (found === undefined) throw new InvalidArgumentError(`one of ${permissions.join(', ')}`);
  return [...before, found];
}

function parseCount(text: string): number {
  const count = Number(text);
  if (!(Number.isSafeInteger(count) && count > 0)) throw new InvalidArgumentError('a whole number above 0');
  return count;
}
