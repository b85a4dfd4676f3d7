import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import type { Context } from '../../kernel/context.ts';
import {
  client,
  openCluster,
  setUp,
  type TestCluster,
  type TestNode,
} from '../../services/identity/testing.ts';
import { fakeServices, startTestServer, type TestServer } from '../http/testing.ts';
import { createScimGateway } from './gateway.ts';

let cluster: TestCluster;
let node: TestNode;
let admin: Context;
let server: TestServer;
let token: string;
beforeEach(async () => {
  cluster = await openCluster();
  ({ node, admin } = await setUp(cluster));
  const { identity } = node;
  const services = fakeServices({ identity });
  server = await startTestServer({ ...services, identity }, {}, [
    createScimGateway({ ...services, identity }),
  ]);
  const scopes = ['admin'] as const;
  token = (await identity.createToken(admin, { kind: 'access_token', label: 'idp', scopes })).secret;
});
afterEach(async () => {
  await server.close();
  await cluster.close();
});

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- JSON as it comes
type Body = Record<string, any>;
interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}
async function ask(
  method: string,
  path: string,
  body?: unknown,
  bearer: string | null = token,
): Promise<Answer> {
  const answer = await fetch(`${server.url}/scim/v2${path}`, {
    method,
    headers: {
      ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/scim+json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, body: text === '' ? {} : JSON.parse(text) };
}
const filtered = (kind: string, filter: string) =>
  ask('GET', `/${kind}?filter=${encodeURIComponent(filter)}`);
const patchOf = (...operations: unknown[]) => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
  Operations: operations,
});
const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const entraUser = {
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:User', enterprise],
  externalId: '0a21f0f2-8d2a-4f8e',
  userName: 'Grace@corp.example',
  active: true,
  displayName: 'Grace Hopper',
  emails: [{ primary: true, type: 'work', value: 'grace@corp.example' }],
  name: { formatted: 'Grace Hopper', familyName: 'Hopper', givenName: 'Grace' },
  preferredLanguage: 'de-CH',
  [enterprise]: { department: 'Navy', employeeNumber: 7 },
};

test('names are without case in PATCH; what is read-only may be sent as it is', async () => {
  const made = (await ask('POST', '/Users', { userName: 'kim' })).body;
  const { id } = made;
  const odd = {
    SCHEMAS: patchOf().schemas,
    OPERATIONS: [{ Op: 'Replace', Path: 'DISPLAYNAME', Value: 'Kim Odd' }],
  };
  const changed = await ask('PATCH', `/Users/${id}`, odd);
  assert.deepEqual([changed.status, changed.body['displayName']], [200, 'Kim Odd']);
  const whole = { ...changed.body, displayName: 'Kim Whole' };
  const again = await ask('PATCH', `/Users/${id}`, patchOf({ op: 'replace', value: whole }));
  assert.deepEqual([again.status, again.body['displayName'], again.body['id']], [200, 'Kim Whole', id]);
  const phone = patchOf({ op: 'add', path: 'phoneNumbers[type eq "work"].value', value: '1' });
  assert.equal((await ask('PATCH', `/Users/${id}`, phone)).status, 200, 'of SCIM, if not of ours');
  const group = (await ask('POST', '/Groups', { displayName: 'Odd' })).body['id'];
  const named = { Operations: [{ OP: 'replace', PATH: 'displayName', VALUE: 'Even' }] };
  assert.equal((await ask('PATCH', `/Groups/${group}`, named)).body['displayName'], 'Even');
  for (const [operation, scimType] of [
    [{ op: 'replace', path: 'id', value: 'x' }, 'mutability'],
    [{ op: 'replace', value: { id: 'x' } }, 'mutability'],
    [{ op: 'replace', path: 'color', value: 'x' }, 'invalidPath'],
  ] as const) {
    const answer = await ask('PATCH', `/Groups/${group}`, patchOf(operation));
    assert.deepEqual([answer.status, answer.body['scimType']], [400, scimType], JSON.stringify(operation));
  }
});

test('Entra: looks for the user, makes it, changes it in its dialect, disables and removes it', async () => {
  const none = await filtered('Users', 'userName eq "grace@corp.example"');
  assert.deepEqual([none.status, none.body['totalResults'], none.body['Resources']], [200, 0, []]);
  const made = await ask('POST', '/Users', entraUser);
  assert.equal(made.status, 201);
  const { id } = made.body;
  assert.equal(made.headers.get('location'), `${server.url}/scim/v2/Users/${id}`);
  assert.match(made.headers.get('content-type') ?? '', /^application\/scim\+json/);
  assert.equal(made.body[enterprise]['employeeNumber'], '7');
  for (const filter of [
    'userName eq "GRACE@corp.example"',
    'externalId eq "0a21f0f2-8d2a-4f8e"',
    'emails[type eq "work" and value eq "grace@corp.example"]',
    'displayName sw "Grace" and not (active eq false)',
  ])
    assert.deepEqual((await filtered('Users', filter)).body['Resources'][0]?.id, id, filter);
  const user = await node.identity.user(id);
  assert.deepEqual(
    [user.source, user.locale, user.attributes['department'], user.attributes['familyName']],
    ['scim', 'de', 'Navy', 'Hopper'],
  );
  const changed = await ask(
    'PATCH',
    `/Users/${id}`,
    patchOf(
      { op: 'Replace', path: 'emails[type eq "work"].value', value: 'g@corp.example' },
      { op: 'Add', path: `${enterprise}:department`, value: 'Research' },
      { op: 'Replace', path: 'name.givenName', value: 'G.' },
      { op: 'Remove', path: `${enterprise}:employeeNumber` },
    ),
  );
  assert.equal(changed.status, 200);
  assert.equal(changed.body['emails'][0].value, 'g@corp.example');
  assert.deepEqual(changed.body[enterprise], { department: 'Research' });
  const off = await ask('PATCH', `/Users/${id}`, patchOf({ op: 'Replace', path: 'active', value: 'False' }));
  assert.equal(off.body['active'], false);
  assert.equal((await node.identity.user(id)).disabled, true);
  assert.equal((await ask('DELETE', `/Users/${id}`)).status, 204);
  assert.equal((await ask('GET', `/Users/${id}`)).status, 404);
});

test('Okta: changes by an object without a path, and replaces as a whole; what is not named goes, what is not SCIM stays', async () => {
  const { id } = (
    await ask('POST', '/Users', { userName: 'ann', name: { givenName: 'Ann', familyName: 'Lee' } })
  ).body;
  assert.equal((await node.identity.user(id)).displayName, 'Ann Lee');
  await node.identity.updateUser(admin, id, { attributes: { local: 'kept', title: 'Boss' } });
  const off = await ask('PATCH', `/Users/${id}`, patchOf({ op: 'replace', value: { active: false } }));
  assert.deepEqual([off.body['active'], off.body['title']], [false, 'Boss']);
  const put = await ask('PUT', `/Users/${id}`, { userName: 'ann', displayName: 'Annie', active: true });
  assert.deepEqual([put.status, put.body['active'], put.body['displayName']], [200, true, 'Annie']);
  assert.deepEqual((await node.identity.user(id)).attributes, { local: 'kept' });
  const again = await ask('PUT', `/Users/${id}`, { userName: 'bob', displayName: 'x' });
  assert.deepEqual([again.status, again.body['scimType']], [400, 'mutability']);
});

test('a group is a role: members have it at once, in the dialects of both', async () => {
  const [ann, bob] = [
    (await ask('POST', '/Users', { userName: 'ann' })).body['id'],
    (await ask('POST', '/Users', { userName: 'bob' })).body['id'],
  ];
  const made = await ask('POST', '/Groups', { displayName: 'Editors', members: [{ value: ann }] });
  assert.equal(made.status, 201);
  const { id } = made.body;
  const has = async (user: string) => (await node.identity.principalOf(user)).roles.includes(id);
  assert.deepEqual([await has(ann), await has(bob)], [true, false]);
  await ask(
    'PATCH',
    `/Groups/${id}`,
    patchOf({ op: 'Add', path: 'members', value: [{ value: bob }, { value: ann }] }),
  );
  assert.deepEqual([await has(ann), await has(bob)], [true, true]);
  await ask('PATCH', `/Groups/${id}`, patchOf({ op: 'Remove', path: 'members', value: [{ value: ann }] }));
  await ask('PATCH', `/Groups/${id}`, patchOf({ op: 'remove', path: `members[value eq "${bob}"]` }));
  assert.deepEqual([await has(ann), await has(bob)], [false, false]);
  const both = { id, displayName: 'Writers', members: [{ value: ann }, { value: bob }] };
  const renamed = await ask('PATCH', `/Groups/${id}`, patchOf({ op: 'replace', value: both }));
  assert.deepEqual([renamed.body['displayName'], renamed.body['members'].length], ['Writers', 2]);
  const found = await ask(
    'GET',
    `/Groups?excludedAttributes=members&filter=${encodeURIComponent('displayName eq "writers"')}`,
  );
  assert.deepEqual([found.body['totalResults'], found.body['Resources'][0].members], [1, undefined]);
  assert.equal((await filtered('Groups', `members[value eq "${ann}"]`)).body['totalResults'], 1);
  assert.equal((await ask('POST', '/Groups', { displayName: 'Writers' })).status, 409);
  assert.equal((await ask('DELETE', `/Groups/${id}`)).status, 204);
  assert.equal(await has(ann), false);
});

test('pages by startIndex and count', async () => {
  for (const userName of ['a', 'b', 'c', 'd']) await ask('POST', '/Users', { userName });
  const page = async (query: string) => {
    const { body } = await ask('GET', `/Users?${query}`);
    return [
      body['totalResults'],
      body['startIndex'],
      body['Resources'].map((each: Body) => each['userName']),
    ];
  };
  assert.deepEqual(await page('startIndex=2&count=2'), [5, 2, ['b', 'c']]);
  assert.deepEqual(await page('startIndex=5&count=2'), [5, 5, ['root']]);
  assert.deepEqual(await page('startIndex=-3&count=1'), [5, 1, ['a']]);
  assert.deepEqual(await page('count=0'), [5, 1, []]);
});

test('says what it offers', async () => {
  const config = (await ask('GET', '/ServiceProviderConfig')).body;
  assert.deepEqual(
    [config['patch'].supported, config['filter'].supported, config['bulk'].supported],
    [true, true, false],
  );
  assert.equal((await ask('GET', '/ResourceTypes')).body['totalResults'], 2);
  assert.equal((await ask('GET', '/ResourceTypes/User')).body['endpoint'], '/Users');
  assert.equal((await ask('GET', `/Schemas/${enterprise}`)).body['id'], enterprise);
  assert.equal((await ask('GET', '/Schemas/none')).status, 404);
});

test('lets in nobody but administrators with the scope, by token alone', async () => {
  const person = await node.identity.createUser(admin, { login: 'ann', password: 'correct horse 1' });
  const session = await node.identity.login('ann', 'correct horse 1', client, false);
  const own = {
    principal: session.principal,
    requestId: 't',
    signal: new AbortController().signal,
    lockTokens: [],
  };
  const label = 'x';
  const weak = await node.identity.createToken(own, { kind: 'access_token', label, scopes: ['account'] });
  const files = await node.identity.createToken(admin, {
    kind: 'access_token',
    label,
    scopes: ['files:write', 'account'],
  });
  for (const [secret, status] of [
    [null, 401],
    ['vvx_pat_nonsense', 401],
    [weak.secret, 403],
    [files.secret, 403],
  ] as const) {
    assert.equal((await ask('GET', '/Users', undefined, secret)).status, status);
    assert.equal((await ask('POST', '/Users', { userName: 'evil' }, secret)).status, status);
    assert.equal((await ask('DELETE', `/Users/${person.id}`, undefined, secret)).status, status);
  }
  const byCookie = await fetch(`${server.url}/scim/v2/Users`, { headers: { cookie: 'volvox_session=x' } });
  assert.equal(byCookie.status, 401);
  assert.equal(await node.identity.userByLogin('evil'), null);
});

test('protected fields and bad bodies get nowhere', async () => {
  const smuggled = {
    userName: 'eve',
    admin: true,
    roles: [{ value: 'admins' }],
    groupId: 'x',
    quota: 0,
    source: 'x',
  };
  const { id } = (await ask('POST', '/Users', smuggled)).body;
  const user = await node.identity.user(id);
  assert.deepEqual([user.admin, user.quota, user.source], [false, null, 'scim']);
  const raised = await ask('PATCH', `/Users/${id}`, patchOf({ op: 'add', path: 'admin', value: true }));
  assert.deepEqual([raised.status, raised.body['scimType']], [400, 'invalidPath']);
  await ask('PATCH', `/Users/${id}`, patchOf({ op: 'add', value: { admin: true } }));
  assert.equal((await node.identity.user(id)).admin, false);
  const guest = await node.identity.guests.invite(admin, { email: 'g@guests.example' });
  assert.equal((await ask('GET', `/Users/${guest.user.id}`)).status, 404);
  assert.equal((await ask('DELETE', `/Users/${guest.user.id}`)).status, 404);
  const cases: [unknown, string][] = [
    [{}, 'invalidSyntax'],
    [patchOf({ op: 'jump', path: 'active', value: true }), 'invalidSyntax'],
    [patchOf({ op: 'remove' }), 'noTarget'],
    [patchOf({ op: 'replace', path: 'emails[type eq', value: 'x' }), 'invalidPath'],
    [patchOf({ op: 'replace', path: '__proto__.x', value: 'x' }), 'invalidPath'],
    [patchOf({ op: 'replace', path: 'active', value: 'perhaps' }), 'invalidValue'],
    [patchOf({ op: 'replace', path: 'userName', value: 'root' }), 'mutability'],
    [patchOf({ op: 'replace', path: 'id', value: 'x' }), 'mutability'],
    [patchOf({ op: 'replace', path: 'ID', value: 'x' }), 'mutability'],
    [patchOf({ op: 'replace', value: { id: 'x' } }), 'mutability'],
    [patchOf({ op: 'remove', path: 'meta.created' }), 'mutability'],
    [patchOf({ op: 'add', path: 'groups', value: [{ value: 'x' }] }), 'mutability'],
    [patchOf({ op: 'replace', path: 'shoeSize', value: 43 }), 'invalidPath'],
    [patchOf({ op: 'replace', path: 'shoeSize[type eq "left"].value', value: 43 }), 'invalidPath'],
    [patchOf({ op: 'replace', path: `${enterprise}:shoeSize`, value: 43 }), 'invalidPath'],
  ];
  for (const [body, scimType] of cases) {
    const answer = await ask('PATCH', `/Users/${id}`, body);
    assert.deepEqual([answer.status, answer.body['scimType']], [400, scimType], JSON.stringify(body));
  }
  assert.deepEqual((await filtered('Users', 'userName eq')).body['scimType'], 'invalidFilter');
  assert.equal((await ask('POST', '/Users', { userName: 'eve' })).body['scimType'], 'uniqueness');
  assert.equal((await ask('POST', '/Users', { userName: 'a b' })).status, 400);
  assert.equal((await ask('PATCH', '/Users', {})).status, 501);
  const last = await filtered('Users', 'userName eq "root"');
  assert.equal((await ask('DELETE', `/Users/${last.body['Resources'][0].id}`)).status, 409);
});
