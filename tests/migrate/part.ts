/** What a server holds besides files: made once, looked at on both sides of a move, and used on the new one. */
import assert from 'node:assert/strict';
import { createClient, type Client } from '@volvox/client';
import type { Target } from '../harness/server-process.ts';

export interface Part {
  /** As its people and administrators see it, in a form that can be compared; changes nothing. */
  see(server: Target): Promise<unknown>;
  /** That it works. Called after each move. */
  use(server: Target): Promise<void>;
  end?(): Promise<void>;
}

export const password = 'correct horse 3';

/** @returns how that person's own client is made, on whichever node they are */
export async function person(
  server: Target,
  login: string,
  more: { readonly email?: string } = {},
): Promise<{ readonly roleId: string; readonly on: (server: Target) => Client }> {
  const displayName = `${login} 👩`;
  await server.client.call('createUser', { body: { login, password, displayName, ...more } });
  const made = createClient({ baseUrl: server.url, auth: { kind: 'basic', login, secret: password } });
  const { secret } = await made.call('createToken', {
    body: { kind: 'access_token', label: 'parts', scopes: ['files:write', 'account'] },
  });
  const people = (await server.client.call('searchPeople', { query: { q: login } })).items;
  const { roleId } = people.find(({ name }) => name === displayName) ?? assert.fail(JSON.stringify(people));
  return { roleId, on: ({ url }) => createClient({ baseUrl: url, auth: { kind: 'bearer', secret } }) };
}

/** Keeps the cookie of one browser, wherever the server goes. */
export class Jar {
  #cookie = '';

  on({ url }: Target, path = ''): Client {
    return createClient({
      baseUrl: url + path,
      fetch: async (address, init) => {
        const headers = new Headers(init?.headers);
        if (this.#cookie !== '') headers.set('cookie', this.#cookie);
        const answer = await fetch(address, { ...init, headers });
        this.#cookie = answer.headers.getSetCookie()[0]?.split(';')[0] ?? this.#cookie;
        return answer;
      },
    });
  }
}

/** What roll-ups and duties change by themselves at another moment on each side. */
export function without(value: unknown, ...names: readonly string[]): unknown {
  return JSON.parse(JSON.stringify(value), (key, inner: unknown) =>
    names.includes(key) ? undefined : inner,
  );
}
