import type { Principal } from '../kernel/context.ts';
import type { AccessService } from '../services/access/api.ts';
import type { IdentityService } from '../services/identity/api.ts';

type Identity = Pick<IdentityService, 'authenticate' | 'csrfToken'>;

/**
 * Identity for a gateway: whoever is authenticated knows where it comes from, which policies may ask for. Where there is no policy,
 * principals stay as they are.
 * @param protocol what whoever has no session and came by no link uses
 */
export function placedIdentity(
  identity: Identity,
  access: Pick<AccessService, 'placed'>,
  protocol: 'dav' | 'api',
): Identity {
  return {
    csrfToken: (secret) => identity.csrfToken(secret),
    async authenticate(credentials, from, options) {
      const principal = await identity.authenticate(credentials, from, options);
      return access.placed(principal, { address: from.address, client: clientOf(principal, protocol) });
    },
  };
}

function clientOf({ via }: Principal, protocol: 'dav' | 'api'): 'web' | 'dav' | 'api' | 'link' {
  if (via === 'link') return 'link';
  return via === 'session' ? 'web' : protocol;
}
