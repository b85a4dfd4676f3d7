import type { Client } from '@volvox/client';
import type { Command } from 'commander';
import { action } from '../action.ts';
import { withClient } from '../connection.ts';
import { isWithoutData, UnreachableError, UsageError } from '../exit.ts';
import { settingsOf } from '../flags.ts';
import { print, table, type Output } from '../output.ts';
import { didYouMean } from '../did-you-mean.ts';

export function addConfig(program: Command): void {
  const config = program
    .command('config')
    .description('typed configuration; changes hold on every node without restart');
  config
    .command('list')
    .description('every setting with its value and meaning')
    .action(
      action(async (_options: unknown, command: Command) => {
        const { items } = await withClient(command, (client) => client.call('listSettings', {}));
        print(command.optsWithGlobals<Output>(), items, () =>
          table(
            items.map((s) => ({
              key: s.key,
              value: JSON.stringify(s.value),
              default: s.isDefault ? 'yes' : JSON.stringify(s.default),
              meaning: s.description,
            })),
          ),
        );
      }),
    );
  config
    .command('get <key>')
    .description('one setting')
    .action(
      action(async (key: string, _options: unknown, command: Command) => {
        const { items } = await withClient(command, (client) => client.call('listSettings', {}));
        const found = items.find((s) => s.key === key);
        if (found === undefined) throw unknownSetting(key, items);
        print(command.optsWithGlobals<Output>(), found.value, () =>
          String(typeof found.value === 'object' ? JSON.stringify(found.value) : found.value),
        );
      }),
    );
  config
    .command('set <key> <value>')
    .description('change a setting; the value is JSON, or text where it is none')
    .action(
      action(async (key: string, value: string, _options: unknown, command: Command) => {
        const set = await withClient(command, async (client) => {
          await requireKnown(client, key);
          return client.call('setSetting', { params: { key }, body: { value: parseValue(value) } });
        });
        print(command.optsWithGlobals<Output>(), set, () => `${key} = ${JSON.stringify(set.value)}`);
      }),
    );
  config
    .command('unset <key>')
    .description('back to the default')
    .action(
      action(async (key: string, _options: unknown, command: Command) => {
        await withClient(command, async (client) => {
          await requireKnown(client, key);
          return client.call('unsetSetting', { params: { key } });
        });
        print(command.optsWithGlobals<Output>(), { key }, () => `${key} is back to its default`);
      }),
    );
  config
    .command('validate')
    .description('check flags, environment, store URLs, every stored setting, and that each store answers')
    .action(
      action(async (_options: unknown, command: Command) => {
        // Faults of flags, environment and URLs first, whoever is asked for the stored settings.
        settingsOf(command);
        const settings = await storedSettings(command);
        print(command.optsWithGlobals<Output>(), { valid: true, settings }, () =>
          settings === null ? 'valid; nothing is stored yet' : `valid: ${settings} settings`,
        );
      }),
    );
}

/** @returns how many settings there are; null where there is no data folder yet. @throws UnreachableError naming the stores */
async function storedSettings(command: Command): Promise<number | null> {
  try {
    return await withClient(command, async (client) => {
      const { items } = await client.call('listSettings', {});
      await requireStores(client);
      return items.length;
    });
  } catch (error) {
    if (isWithoutData(error)) return null;
    throw error;
  }
}

async function requireStores(client: Client): Promise<void> {
  const { stores } = await client.call('status');
  const away = stores.filter((store) => !store.ok).map((store) => `${store.kind}: ${store.error}`);
  if (away.length > 0) throw new UnreachableError(away.join('\n  '));
}

async function requireKnown(client: Client, key: string): Promise<void> {
  const { items } = await client.call('listSettings', {});
  if (!items.some((setting) => setting.key === key)) throw unknownSetting(key, items);
}

function unknownSetting(key: string, items: readonly { readonly key: string }[]): UsageError {
  const known = items.map((setting) => setting.key);
  return new UsageError(`unknown setting ${key}${didYouMean(key, known)}; "volvox config list" shows all`);
}

function parseValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
