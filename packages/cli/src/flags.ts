import { hostname } from 'node:os';
import type { Bootstrap } from '@volvox/server';
import { readBootstrap, variables } from '@volvox/server';
import type { Command } from 'commander';

/** One flag per bootstrap variable, described where the variable is. */
export function addSettingFlags(command: Command): Command {
  for (const variable of variables) {
    if (variable.flag !== '')
      command.option(
        `${variable.flag} <value>`,
        `${variable.description} (${variable.name}${variable.default === '' ? '' : `, default ${variable.default}`})`,
      );
  }
  return command;
}

/** @throws invalid_input with every fault */
export function settingsOf(command: Command): Bootstrap {
  const given = command.optsWithGlobals<Record<string, string | undefined>>();
  const flags = Object.fromEntries(
    variables.filter((v) => v.flag !== '').map((v) => [v.name, given[camel(v.flag)]]),
  );
  return readBootstrap(process.env, flags, hostname().replace(/[^A-Za-z0-9._-]/g, '-'));
}

function camel(flag: string): string {
  return flag.replace(/^--/, '').replace(/-([a-z])/g, (_all, letter: string) => letter.toUpperCase());
}
