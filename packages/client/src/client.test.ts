import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClient, isApiError } from './index.ts';

const id = '0192f0c1-0000-7000-8000-000000000001';

interface Seen {
  url: string;
  init: RequestInit;
}

function fake(...answers: (globalThis.Response | Error)[]): { fetch: typeof globalThis.fetch; seen: Seen[] } {
  const seen: Seen[] = [];
  const send = async (
    url: string | URL | globalThis.Request,
    init: RequestInit = {},
  ): Promise<globalThis.Response> => {
    seen.push({ url: String(url), init });
    const answer = answers.shift() ?? new Error('no more answers');
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return { fetch: send, seen };
}

const json = (value: unknown, status = 200, type = 'application/json'): globalThis.Response =>
  new Response(JSON.stringify(value), { status, headers: { 'content-type': type } });

test('fills in parameters and query, each percent-encoded', async () => {
  const { fetch, seen } = fake(json({ id }, 201));
  const client = createClient({
    baseUrl: 'http://host/',
    fetch,
    auth: { kind: 'basic', login: 'é', secret: 'a:b' },
  });
  await client.call('uploadFile', {
    params: { id, name: 'a/b #1?.txt' },
    query: { conflict: 'replace' },
    body: 'hello',
  });
  assert.equal(
    seen[0]?.url,
    `http://host/api/v1/nodes/${id}/children/a%2Fb%20%231%3F.txt/content?conflict=replace`,
  );
  const headers = new Headers(seen[0]?.init.headers);
  assert.equal(headers.get('authorization'), `Basic ${Buffer.from('é:a:b').toString('base64')}`);
  assert.equal(headers.get('content-type'), 'application/octet-stream');
});

test('sends the CSRF token that came with the session, with changes only, until logging out', async () => {
  const me = { user: {}, scopes: [], sessionId: id, csrfToken: 'token-1' };
  const { fetch, seen } = fake(
    json(me, 201),
    json({ items: [] }),
    json({ id }, 201),
    new Response(null, { status: 204 }),
    json({ required: false }),
  );
  const client = createClient({ fetch });
  await client.call('login', { body: { login: 'a', password: 'b' } });
  await client.call('listWorkspaces');
  await client.call('createFolder', { params: { id }, body: { name: 'x' } });
  assert.equal(await client.call('logout'), undefined);
  const tokens = seen.map((s) => new Headers(s.init.headers).get('x-csrf-token'));
  assert.deepEqual(tokens, [null, null, 'token-1', 'token-1']);
  assert.deepEqual(client.headers(true), {});
});

test('a problem document becomes an ApiError with its code', async () => {
  const problem = {
    type: 'about:blank',
    title: 'x',
    status: 409,
    code: 'conflict',
    detail: 'taken',
    requestId: 'r1',
    details: { name: 'x' },
  };
  const { fetch } = fake(
    json(problem, 409, 'application/problem+json'),
    new Response('<html>', { status: 502 }),
    new TypeError('fetch failed'),
  );
  const client = createClient({ fetch });
  const fails = () =>
    client.call('getNode', { params: { id } }).then(
      () => null,
      (e: unknown) => e,
    );
  const first = await fails();
  assert.ok(isApiError(first, 'conflict') && first.requestId === 'r1' && first.details['name'] === 'x');
  assert.ok(isApiError(await fails(), 'unavailable'), 'a proxy that has no server behind it');
  assert.ok(isApiError(await fails(), 'unavailable'), 'nothing answers');
});

test('events go on after the last seen position when the line is cut', async () => {
  const stream = (text: string): globalThis.Response =>
    new Response(text, { headers: { 'content-type': 'text/event-stream' } });
  const { fetch, seen } = fake(
    stream(
      'retry: 1000\n\nevent: ready\nid: 4\ndata: {}\n\n: beat\n\nevent: change\nid: 5\ndata: {"seq":5}\n\nevent: chan',
    ),
    stream('event: resync\nid: 9\ndata: {}\n\nevent: change\nid: 10\ndata: {"seq":10}\n\n'),
  );
  const client = createClient({ fetch });
  const kinds: string[] = [];
  for await (const event of client.events()) {
    kinds.push(event.kind === 'change' ? `change ${event.change.seq}` : `resync ${event.seq}`);
    if (kinds.length === 3) break;
  }
  assert.deepEqual(kinds, ['change 5', 'resync 9', 'change 10']);
  assert.deepEqual(
    seen.map((s) => s.url),
    ['/api/v1/events', '/api/v1/events?after=5'],
  );
});

test('events end with the error where the credentials are refused', async () => {
  const { fetch } = fake(json({ code: 'unauthenticated', title: 'x' }, 401));
  const client = createClient({ fetch });
  await assert.rejects(
    async () => {
      for await (const _ of client.events()) assert.fail('no event was sent');
    },
    (e: unknown) => isApiError(e, 'unauthenticated'),
  );
});
