/** Signing in by a code that is typed in a browser (RFC 8628), against the server's OpenID provider. */
import { UsageError } from './exit.ts';
import type { StoredLogin } from './stored-logins.ts';

const clientId = 'volvox-cli';
const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code';
const pollSeconds = 5;

interface Provider {
  readonly token_endpoint: string;
  readonly device_authorization_endpoint: string;
  readonly revocation_endpoint: string;
  readonly userinfo_endpoint: string;
}

interface Tokens {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly expires_in: number;
}

interface Device {
  readonly device_code: string;
  readonly user_code: string;
  readonly verification_uri: string;
  readonly verification_uri_complete: string;
  readonly expires_in: number;
  readonly interval?: number;
}

/** @param show tells the person where to go @param wait in seconds */
export async function deviceLogin(
  server: string,
  scope: string,
  show: (device: { readonly address: string; readonly direct: string; readonly code: string }) => void,
  wait: (seconds: number) => Promise<void> = sleep,
): Promise<StoredLogin> {
  const provider = await discover(server);
  const device = await ask<Device>(provider.device_authorization_endpoint, { client_id: clientId, scope });
  show({
    address: device.verification_uri,
    direct: device.verification_uri_complete,
    code: device.user_code,
  });
  let pause = device.interval ?? pollSeconds;
  for (;;) {
    await wait(pause);
    const fields = { grant_type: deviceGrant, device_code: device.device_code, client_id: clientId };
    const answer = await post(provider.token_endpoint, fields);
    if (answer.status === 200) return withLogin(provider, (await answer.json()) as Tokens);
    const { error } = (await answer.json()) as { readonly error?: string };
    if (error === 'slow_down') pause += pollSeconds;
    else if (error === 'access_denied') throw new Error('the log-in was refused in the browser');
    else if (error === 'expired_token') throw new Error('nobody typed the code in time: begin again');
    else if (error !== 'authorization_pending') throw new Error(`the server refuses the log-in: ${error}`);
  }
}

/** @throws where the login has ended: it must be begun anew */
export async function refresh(server: string, login: StoredLogin): Promise<StoredLogin> {
  const provider = await discover(server);
  const fields = { grant_type: 'refresh_token', refresh_token: login.refreshToken, client_id: clientId };
  const answer = await post(provider.token_endpoint, fields);
  if (answer.status !== 200)
    throw new UsageError(
      `the login at ${server} has ended: "volvox login --server ${server}" makes a new one`,
    );
  return stored((await answer.json()) as Tokens, login.login);
}

/** Ends it on the server too. */
export async function revoke(server: string, login: StoredLogin): Promise<void> {
  const provider = await discover(server);
  await post(provider.revocation_endpoint, { token: login.refreshToken, client_id: clientId });
}

async function discover(server: string): Promise<Provider> {
  const address = new URL('/.well-known/openid-configuration', server);
  const answer = await reach(address, {});
  if (answer.status !== 200)
    throw new Error(`${address.href} answers ${answer.status}: is this a Volvox server?`);
  return (await answer.json()) as Provider;
}

async function withLogin(provider: Provider, tokens: Tokens): Promise<StoredLogin> {
  const headers = { authorization: `Bearer ${tokens.access_token}` };
  const answer = await reach(new URL(provider.userinfo_endpoint), { headers });
  const { preferred_username: name } = (await answer.json()) as { readonly preferred_username?: string };
  return stored(tokens, name ?? '');
}

function stored(tokens: Tokens, login: string): StoredLogin {
  return {
    accessToken: tokens.access_token,
    refreshToken: tokens.refresh_token,
    expiresAt: Date.now() + tokens.expires_in * 1000,
    login,
  };
}

async function ask<T>(address: string, fields: Readonly<Record<string, string>>): Promise<T> {
  const answer = await post(address, fields);
  if (answer.status !== 200) throw new Error(`${address} answers ${answer.status}`);
  return (await answer.json()) as T;
}

function post(address: string, fields: Readonly<Record<string, string>>): Promise<Response> {
  return reach(new URL(address), { method: 'POST', body: new URLSearchParams(fields) });
}

async function reach(address: URL, options: RequestInit): Promise<Response> {
  try {
    return await fetch(address, { ...options, redirect: 'error' });
  } catch (cause) {
    throw new Error(`${address.origin} does not answer`, { cause });
  }
}

function sleep(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}
