import type { Command } from 'commander';
import { action } from '../action.ts';
import { serverOf } from '../connection.ts';
import { deviceLogin, revoke } from '../device-login.ts';
import { UsageError } from '../exit.ts';
import { harmless, print, type Output } from '../output.ts';
import { locked, loginsFile, storedLogin, storeLogin } from '../stored-logins.ts';

const scope = 'openid offline_access profile files:read files:write account';

export function addLogin(program: Command): void {
  program
    .command('login')
    .description('sign in at a server with a browser, for further commands with --server')
    .option('--admin', 'for administering as well, where you may')
    .action(
      action(async (options: { admin?: boolean }, command: Command) => {
        const server = requireServer(command);
        const wanted = options.admin === true ? `${scope} admin` : scope;
        const login = await deviceLogin(server, wanted, ({ address, direct, code }) =>
          process.stderr.write(harmless(`Open ${address} and type ${code}\n(or open ${direct})\n`)),
        );
        await locked(async () => storeLogin(server, login));
        print(
          command.optsWithGlobals<Output>(),
          { server, login: login.login },
          () => `signed in at ${server} as ${login.login}; kept in ${loginsFile()}`,
        );
      }),
    );
}

export function addLogout(program: Command): void {
  program
    .command('logout')
    .description('end what "login" began, here and on the server')
    .action(
      action(async (_options: object, command: Command) => {
        const server = requireServer(command);
        const login = storedLogin(server);
        if (login === null) throw new UsageError(`nobody is signed in at ${server} on this machine`);
        await locked(async () => storeLogin(server, null));
        await revoke(server, login);
        print(command.optsWithGlobals<Output>(), { server }, () => `signed out of ${server}`);
      }),
    );
}

function requireServer(command: Command): string {
  const server = serverOf(command);
  if (server === null) throw new UsageError('say which server: --server https://files.example.org');
  return server;
}
