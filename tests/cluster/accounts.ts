/** The keys that one person has to all nodes, and what each node says to them. */
import assert from 'node:assert/strict';
import type { Target } from '../harness/server-process.ts';

export interface Account {
  readonly login: string;
  readonly password: string;
}

export interface Key {
  readonly kind: 'session' | 'token' | 'password' | 'app password';
  readonly headers: Readonly<Record<string, string>>;
}

/** A cookie session, an access token, and Basic by password and by app password. */
export async function keysOf(nodes: readonly Target[], account: Account): Promise<readonly Key[]> {
  const [first, last] = [nodes[0], nodes.at(-1)];
  assert.ok(first !== undefined && last !== undefined);
  const { login, password } = account;
  const make = async (kind: 'access_token' | 'app_password'): Promise<string> => {
    const body = { kind, label: 'keys', scopes: ['files:write' as const] };
    return (await first.client.call('adminCreateToken', { params: { login }, body })).secret;
  };
  const basic = (secret: string): Record<string, string> => ({
    authorization: `Basic ${Buffer.from(`${login}:${secret}`).toString('base64')}`,
  });
  const session = await sessionOf(last, account);
  assert.equal(session.status, 201);
  return [
    { kind: 'session', headers: session.headers },
    { kind: 'token', headers: { authorization: `Bearer ${await make('access_token')}` } },
    { kind: 'password', headers: basic(password) },
    { kind: 'app password', headers: basic(await make('app_password')) },
  ];
}

/** @returns cookie and CSRF token as headers, where the log-in was right */
export async function sessionOf(
  { url }: Target,
  account: Account,
  address = '192.0.2.77',
): Promise<{ readonly status: number; readonly headers: Record<string, string> }> {
  const answer = await fetch(`${url}/api/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-forwarded-for': address },
    body: JSON.stringify(account),
  });
  const body = (await answer.json()) as { readonly csrfToken?: string };
  const cookie = answer.headers
    .getSetCookie()
    .map((text) => text.split(';')[0])
    .join('; ');
  return { status: answer.status, headers: { cookie, 'x-csrf-token': body.csrfToken ?? '' } };
}

/** Each key at each node, all at once: by REST, and by WebDAV where programs have it. */
export async function statusesOf(
  nodes: readonly Target[],
  keys: readonly Key[],
): Promise<Readonly<Record<string, number>>> {
  const asked = nodes.flatMap(({ url }) =>
    keys.flatMap(({ kind, headers }) => [
      { url, kind, headers, path: '/api/v1/workspaces' },
      ...(kind === 'session' ? [] : [{ url, kind, headers, path: '/dav/shared/' }]),
    ]),
  );
  const answers = await Promise.all(
    asked.map(async ({ url, kind, headers, path }) => {
      const method = path.startsWith('/dav') ? 'PROPFIND' : 'GET';
      const answer = await fetch(url + path, { method, headers: { ...headers, depth: '0' } });
      await answer.arrayBuffer();
      return [`${kind} ${path} ${url}`, answer.status === 207 ? 200 : answer.status] as const;
    }),
  );
  return Object.fromEntries(answers);
}

export interface Watch {
  readonly over: boolean;
}

/** Live updates by that key, until the node ends them. */
export async function watch({ url }: Target, { headers }: Key): Promise<Watch> {
  const answer = await fetch(`${url}/api/v1/events`, { headers });
  assert.equal(answer.status, 200);
  const state = { over: false };
  answer.text().then(
    () => (state.over = true),
    () => (state.over = true),
  );
  return state;
}
