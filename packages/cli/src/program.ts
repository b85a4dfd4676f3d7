import { Command, type CommanderError } from 'commander';
import { addAudit } from './commands/audit.ts';
import { addBackup, addRestore } from './commands/backup.ts';
import { addCheck } from './commands/check.ts';
import { addCompletion } from './commands/completion.ts';
import { addConfig } from './commands/config.ts';
import { addGroup } from './commands/group.ts';
import { addJob } from './commands/job.ts';
import { addLink } from './commands/link.ts';
import { addMail } from './commands/mail.ts';
import { addLogin, addLogout } from './commands/login.ts';
import { addMigrate } from './commands/migrate.ts';
import { addRole } from './commands/role.ts';
import { addSetup } from './commands/setup.ts';
import { addStart } from './commands/start.ts';
import { addStatus } from './commands/status.ts';
import { addTeam } from './commands/team.ts';
import { addToken } from './commands/token.ts';
import { addUser } from './commands/user.ts';
import { addWorkspace } from './commands/workspace.ts';
import { exitCodes } from './exit.ts';
import { addSettingFlags } from './flags.ts';
import { version } from '@volvox/server';

/** The whole command line; each command in its own file. */
export function buildProgram(): Command {
  const program = new Command('volvox')
    .description('Self-hosted file sharing: one command on one machine, or a cluster of identical nodes')
    .version(version)
    .option('--json', 'print data as JSON')
    .option(
      '--server <url>',
      'ask the server at this address (with VOLVOX_TOKEN, or after "volvox login") instead of the one on this machine',
    )
    .showSuggestionAfterError()
    .showHelpAfterError('(volvox --help shows what there is)')
    .configureHelp({ showGlobalOptions: true })
    .exitOverride(leave);
  addSettingFlags(program);
  const commands = [
    ...[addStart, addSetup, addStatus, addConfig, addCheck, addMigrate, addBackup, addRestore],
    ...[addUser, addGroup, addTeam, addRole, addWorkspace, addToken, addLink, addJob, addCompletion],
    ...[addMail, addAudit, addLogin, addLogout],
  ];
  for (const add of commands) add(program);
  return program;
}

/** Commander's own exits: help and version are 0, everything else is wrong usage. */
function leave(error: CommanderError): never {
  process.exit(error.exitCode === 0 ? exitCodes.done : exitCodes.usage);
}
