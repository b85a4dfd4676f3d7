/** Which addresses a client may register: nobody on the way may read what is sent there. */
import type { OidcClientInput } from '@volvox/api';
import { AppError } from '../../kernel/errors.ts';

const loopback = new Set(['127.0.0.1', '[::1]', 'localhost']);

/** @throws invalid_input naming field and address */
export function refuseBadAddresses(input: OidcClientInput): void {
  for (const field of ['redirectUris', 'postLogoutRedirectUris'] as const)
    for (const uri of input[field]) refuse(field, uri);
  if (input.backchannelLogoutUri !== null) refuse('backchannelLogoutUri', input.backchannelLogoutUri);
  if (input.redirectUris.length === 0 && !input.deviceFlow)
    throw new AppError('invalid_input', 'an app needs a redirect address or the device flow', {
      details: { reason: 'redirect_missing' },
    });
}

function refuse(field: string, uri: string): void {
  const url = URL.parse(uri);
  const secure =
    url !== null && (url.protocol === 'https:' || (url.protocol === 'http:' && loopback.has(url.hostname)));
  // Without user names (they hide the host from a reader), fragments (RFC 6749 section 3.1.2) and patterns.
  const plain = url !== null && url.username === '' && url.password === '' && !/[#*\s\\]/.test(uri);
  if (!secure || !plain)
    throw new AppError('invalid_input', `${field}: ${uri} is neither https nor http on this machine`, {
      details: { reason: 'redirect_address', field },
    });
}
