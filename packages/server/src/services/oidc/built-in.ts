/** The clients that come with Volvox itself. */
import type { RegisteredClient } from './api.ts';

export const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code';

/** `volvox login`: by device code, or by a browser on the same machine. */
const cli: RegisteredClient = {
  firstParty: true,
  secretHash: null,
  metadata: {
    client_id: 'volvox-cli',
    client_name: 'Volvox CLI',
    application_type: 'native',
    token_endpoint_auth_method: 'none',
    grant_types: ['authorization_code', 'refresh_token', deviceGrant],
    response_types: ['code'],
    redirect_uris: ['http://127.0.0.1/callback'],
    scope: 'openid offline_access profile email files:read files:write account admin',
  },
};

export const builtInClients: ReadonlyMap<string, RegisteredClient> = new Map([['volvox-cli', cli]]);
