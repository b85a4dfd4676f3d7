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
  const bootstrap = readBootstrap(process.env, flags, hostname().replace(/[^A-Za-z0-9._-]/g, '-'));
  for (const { name, flag } of variables)
    if (flags[name] !== undefined && holdsSecret(bootstrap, flags[name]))
      process.stderr.write(
        `warning: ${flag} holds a secret, which every user of this machine sees in the list of processes: set ${name} instead\n`,
      );
  return bootstrap;
}

/** A store URL that is not shown as it was given has something to hide. */
function holdsSecret({ stores }: Bootstrap, given: string): boolean {
  return Object.values(stores).some((url) => url.reveal() === given && url.toString() !== given);
}

function camel(flag: string): string {
  return flag.replace(/^--/, '').replace(/-([a-z])/g, (_all, letter: string) => letter.toUpperCase());
}
