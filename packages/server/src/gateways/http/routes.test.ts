import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { routes, type Route } from '@volvox/api';
import { anyId, fakeServices, send, signedIn, startTestServer, type TestServer } from './testing.ts';

const all = Object.values(routes) as readonly Route[];
const permissions = [
  'public',
  'signin',
  'self',
  'node:read',
  'node:write',
  'node:share',
  'node:manage',
  'link',
  'directory',
  'admin',
];

/** What each kind of credential is admitted to; everything else is 403, and 401 without any. */
const admits: Readonly<Record<string, (route: Route) => boolean>> = {
  'user-session': (route) => !['admin', 'link'].includes(route.permission),
  'admin-session': (route) => route.permission !== 'link',
  'read-token': (route) => route.permission === 'node:read',
  'app-password': (route) => route.permission.startsWith('node:'),
  'admin-files-token': (route) => route.permission.startsWith('node:'),
};

let server: TestServer;
before(async () => {
  server = await startTestServer(fakeServices());
});
after(() => server.close());

function ask(route: Route, headers: Record<string, string>): ReturnType<typeof send> {
  const path = `/api/v1${route.path.replace(/:\w+/g, anyId)}`;
  const body = route.body === undefined ? undefined : '{}';
  return send(
    server.port,
    {
      method: route.method,
      path,
      headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    },
    body,
  );
}

test('every route names its permission, and none is there twice', () => {
  for (const route of all) assert.ok(permissions.includes(route.permission), route.id);
  const addresses = all.map((route) => `${route.method} ${route.path.replace(/:\w+/g, ':')}`);
  assert.equal(new Set(addresses).size, all.length);
  for (const [id, route] of Object.entries(routes)) assert.equal(route.id, id);
});

interface Schema {
  readonly type?: string;
  readonly additionalProperties?: unknown;
  readonly [key: string]: unknown;
}

/** Objects of a schema that take fields which they do not name; those that name none are maps, and say what is in them. */
function openObjects(schema: unknown, at: string): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const { type, additionalProperties, patternProperties, properties } = schema as Schema;
  const isMap = properties === undefined && (patternProperties ?? additionalProperties) !== undefined;
  const open = type === 'object' && additionalProperties !== false && !isMap ? [at] : [];
  return [...open, ...Object.entries(schema).flatMap(([key, part]) => openObjects(part, `${at}.${key}`))];
}

test('every body is closed, down to the last object in it: a field that is not named is refused', () => {
  const bodies = all.filter((route) => route.body !== undefined);
  assert.ok(bodies.length > 50, `${bodies.length}`);
  assert.deepEqual(
    bodies.flatMap((route) => openObjects(route.body, route.id)),
    [],
  );
});

test('what is public is only set-up, signing in and what comes by mail', () => {
  const open = all.filter((route) => route.permission === 'public').map((route) => route.id);
  const setUp = ['getSetup', 'runSetup'];
  const signIn = [
    'login',
    'sessionMethods',
    'signInOptions',
    'secondStep',
    'secondStepOptions',
    'passkeyOptions',
    'passkeyLogin',
  ];
  const byMail = ['requestPasswordReset', 'finishPasswordReset', 'readInvitation', 'acceptInvitation'];
  assert.deepEqual(open.sort(), [...setUp, ...signIn, ...byMail].sort());
});

for (const route of all) {
  test(`${route.id}: admits exactly whom its permission names`, async () => {
    const anonymous = await ask(route, {});
    if (route.permission === 'public') assert.notEqual(anonymous.status, 401);
    else assert.equal(anonymous.status, 401, 'anonymous');
    if (route.permission === 'public') return;
    for (const [who, admitted] of Object.entries(admits)) {
      const headers = who.endsWith('session') ? signedIn(who) : { authorization: `Bearer ${who}` };
      const { status } = await ask(route, headers);
      if (admitted(route)) assert.ok(status !== 401 && status !== 403, `${who}: ${status}`);
      else assert.equal(status, 403, who);
    }
  });
}

test('answers refusals before it looks at the body', async () => {
  const answer = await send(
    server.port,
    {
      method: 'POST',
      path: '/api/v1/roles',
      headers: { ...signedIn('user-session'), 'content-type': 'application/json' },
    },
    'not json',
  );
  assert.equal(answer.status, 403);
});
