/** A browser as the server sees it: keeps the cookie and, where asked, sends the CSRF token. */
import assert from 'node:assert/strict';
import { createClient, type Client, type Me } from '@volvox/client';
import { admin, userPassword } from './harness.ts';

export interface Browser {
  readonly client: Client;
  readonly me: Me;
  readonly cookie: string;
  /** As the server sent it, with its attributes. */
  readonly setCookie: string;
}

export async function logIn(
  url: string,
  login: string,
  options: { readonly password?: string; readonly remember?: boolean } = {},
): Promise<Browser> {
  const password = options.password ?? (login === admin.login ? admin.password : userPassword);
  let setCookie = '';
  const cookieOf = (): string => setCookie.split(';')[0] ?? '';
  const client = createClient({
    baseUrl: url,
    fetch: async (address, init) => {
      const headers = new Headers(init?.headers);
      if (setCookie !== '') headers.set('cookie', cookieOf());
      const answer = await fetch(address, { ...init, headers });
      setCookie = answer.headers.getSetCookie()[0] ?? setCookie;
      return answer;
    },
  });
  const remember = options.remember ?? false;
  const me = await client.call('login', { body: { login, password, remember } });
  assert.notEqual(setCookie, '');
  return { client, me, cookie: cookieOf(), setCookie };
}
