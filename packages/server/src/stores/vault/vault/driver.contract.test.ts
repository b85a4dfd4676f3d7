import { describe } from 'node:test';
import { sharedServer } from '../../../testing/servers/index.ts';
import { vaultSuite } from '../contract.suite.ts';
import { openVault } from './testing.ts';

const server = await sharedServer('vault');
if (server === null) describe('vault: server', { skip: 'no vault server to be had' }, () => {});
else {
  const open = (token: string | undefined) => (place: string) =>
    openVault(server.url.replace('?', `/${place}?`), { token });
  vaultSuite('server', open(server.environment['VAULT_TOKEN']), {
    survivesReopen: true,
    openWithWrongKey: open('s.wrong'),
  });
}
