import type { Command } from 'commander';
import { action } from '../action.ts';
import { withClient } from '../connection.ts';
import { settingsOf } from '../flags.ts';
import { print, table, type Output } from '../output.ts';

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
        if (found === undefined) throw new Error(`unknown setting ${key}; volvox config list shows all`);
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
        const set = await withClient(command, (client) =>
          client.call('setSetting', { params: { key }, body: { value: parseValue(value) } }),
        );
        print(command.optsWithGlobals<Output>(), set, () => `${key} = ${JSON.stringify(set.value)}`);
      }),
    );
  config
    .command('unset <key>')
    .description('back to the default')
    .action(
      action(async (key: string, _options: unknown, command: Command) => {
        await withClient(command, (client) => client.call('unsetSetting', { params: { key } }));
        print(command.optsWithGlobals<Output>(), { key }, () => `${key} is back to its default`);
      }),
    );
  config
    .command('validate')
    .description('check flags, environment, store URLs and every stored setting')
    .action(
      action(async (_options: unknown, command: Command) => {
        settingsOf(command);
        const { items } = await withClient(command, (client) => client.call('listSettings', {}));
        print(
          command.optsWithGlobals<Output>(),
          { valid: true, settings: items.length },
          () => `valid: ${items.length} settings`,
        );
      }),
    );
}

function parseValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
