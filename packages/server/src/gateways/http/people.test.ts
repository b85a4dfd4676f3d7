/** The directory by REST on a whole node: what goes through several services. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import sharp from 'sharp';
import { admin, basic, startTestNode, type TestNode } from '../testing/node.ts';

let node: TestNode;
before(async () => {
  node = await startTestNode();
});
after(() => node.close());

type Body = Readonly<Record<string, unknown>>;
async function ask(
  method: string,
  path: string,
  headers: Record<string, string>,
  body?: unknown,
): Promise<{ readonly status: number; readonly headers: Headers; readonly bytes: Buffer; json(): Body }> {
  const answer = await fetch(`${node.url}/api/v1${path}`, {
    method,
    headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const bytes = Buffer.from(await answer.arrayBuffer());
  return {
    status: answer.status,
    headers: answer.headers,
    bytes,
    json: () => JSON.parse(bytes.toString()) as Body,
  };
}
const idOf = async (login: string): Promise<string> => {
  const { items } = await node.client.call('listUsers', { query: { q: login, limit: 10 } });
  return items.find((user) => user.login === login)?.id ?? '';
};
async function put(headers: Record<string, string>, name: string, text: string): Promise<void> {
  const answer = await fetch(`${node.url}/dav/personal/${name}`, { method: 'PUT', headers, body: text });
  assert.ok(answer.ok, String(answer.status));
}
const get = async (headers: Record<string, string>, path: string) =>
  fetch(`${node.url}/dav/${path}`, { headers }).then(async (answer) => [answer.status, await answer.text()]);

test('a picture is drawn anew and handed out as nothing else; SVG and bombs are refused', async () => {
  const ann = await node.user('ann');
  const set = (image: Buffer) => ask('PUT', '/me/avatar', ann, { image: image.toString('base64') });
  const script = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>');
  assert.equal((await set(script)).status, 415);
  assert.equal((await set(Buffer.from('GIF89a...........'))).status, 415);
  const background = { r: 200, g: 10, b: 10 };
  const drawn = sharp({ create: { width: 400, height: 300, channels: 3, background } }).withMetadata();
  const hidden = Buffer.concat([await drawn.png().toBuffer(), Buffer.from('<script>hidden</script>')]);
  const answer = await set(hidden);
  assert.equal(answer.status, 200);
  assert.equal((await set(hidden.subarray(0, 60))).status, 400);
  const flat = sharp({
    create: { width: 9000, height: 9000, channels: 3, background },
    limitInputPixels: false,
  });
  assert.equal((await set(await flat.png({ compressionLevel: 9 }).toBuffer())).status, 400);
  const { id, avatar } = answer.json() as { id: string; avatar: string };
  const bob = await node.user('bob');
  const picture = await ask('GET', `/people/${id}/avatar?v=${avatar}`, bob);
  assert.equal(picture.headers.get('content-type'), 'image/webp');
  assert.equal(picture.headers.get('x-content-type-options'), 'nosniff');
  assert.match(picture.headers.get('content-security-policy') ?? '', /sandbox/);
  assert.ok(!picture.bytes.includes('hidden'));
  const { width, height, format } = await sharp(picture.bytes).metadata();
  assert.deepEqual([width, height, format], [256, 256, 'webp']);
  assert.equal((await ask('GET', `/people/${id}/avatar`, {})).status, 401);
  await ask('DELETE', '/me/avatar', ann);
  assert.equal((await ask('GET', `/people/${id}/avatar`, bob)).status, 404);
});

test('the files of who goes come to who stays, the account is shut before', async () => {
  const [cid, dora] = [await node.user('cid'), await node.user('dora')];
  await put(cid, 'letter.txt', 'dear dora');
  await put(dora, 'own.txt', 'mine');
  await fetch(`${node.url}/dav/personal/box`, { method: 'MKCOL', headers: cid });
  await put(cid, 'box/inner.txt', 'deep');
  const answer = await ask(
    'DELETE',
    `/users/${await idOf('cid')}?handTo=${await idOf('dora')}`,
    node.headers,
  );
  assert.equal(answer.status, 204);
  const folder = 'personal/cid%20(handed%20over)';
  assert.deepEqual(await get(dora, `${folder}/letter.txt`), [200, 'dear dora']);
  assert.deepEqual(await get(dora, `${folder}/box/inner.txt`), [200, 'deep']);
  assert.deepEqual(await get(dora, 'personal/own.txt'), [200, 'mine']);
  assert.equal((await get(cid, 'personal/letter.txt'))[0], 401);
});

test('everybody takes all that is kept of them; admins take the facts, nobody else anything', async () => {
  const eve = await node.user('eve');
  await put(eve, 'diary.txt', 'what nobody else reads');
  await ask('POST', '/teams', eve, { name: 'Eves' });
  // Activity, which names the file, comes a moment later.
  await node.node.services.journal.settled();
  const own = await ask('GET', '/me/export', eve);
  assert.equal(own.status, 200);
  assert.equal(own.bytes.readUInt32LE(0), 0x04034b50);
  const text = own.bytes.toString('latin1');
  for (const expected of [
    'profile.json',
    'files/Personal files/diary.txt',
    'what nobody else reads',
    '"name": "diary.txt"',
    '"Eves"',
  ])
    assert.ok(text.includes(expected), expected);
  const facts = await ask('GET', `/users/${await idOf('eve')}/export`, node.headers);
  assert.ok(facts.bytes.includes('"Eves"') && !facts.bytes.includes('diary'));
  const bob = basic('bob', 'correct horse 2');
  assert.equal((await ask('GET', `/users/${await idOf('eve')}/export`, bob)).status, 403);
});

test('whoever has one of each kind of data finds each of them, and nothing that opens anything', async () => {
  const gus = await node.user('gus');
  const { services } = node.node;
  const gusId = await idOf('gus');
  await put(gus, 'plan.txt', 'a plan');
  const made = async (method: string, path: string, body?: unknown): Promise<Body> => {
    const answer = await ask(method, path, gus, body);
    assert.ok(answer.status < 300, `${path}: ${answer.bytes.toString()}`);
    return answer.bytes.length === 0 ? {} : answer.json();
  };
  const { items } = await made('GET', '/workspaces');
  const { rootId } =
    (items as { slug: string; rootId: string }[]).find((one) => one.slug === 'personal') ?? {};
  const tree = await made('GET', `/nodes/${rootId}/children`);
  const file = (tree['items'] as { id: string; name: string }[]).find((one) => one.name === 'plan.txt');
  const background = { r: 1, g: 2, b: 3 };
  const picture = sharp({ create: { width: 9, height: 9, channels: 3, background } });
  await made('PUT', '/me/avatar', { image: (await picture.png().toBuffer()).toString('base64') });
  const token = await made('POST', '/tokens', { kind: 'access_token', label: 'of the laptop' });
  const link = await made('POST', '/links', {
    roots: [file?.id],
    password: 'a long secret',
    label: 'for all',
  });
  await node.user('hal');
  const [hal] = (await made('GET', '/people?q=hal'))['items'] as { roleId: string }[];
  await made('POST', `/nodes/${file?.id}/shares`, { roleId: hal?.roleId, role: 'viewer', message: 'see' });
  await made('POST', '/cells', { name: 'Hive' });
  await made('POST', '/teams', { name: 'Gusses' });
  await services.oidc.records.put(
    'Grant',
    'granted',
    { accountId: gusId, clientId: 'volvox-cli', openid: { scope: 'openid' } },
    600,
  );
  const linked = { connectorId: 'elsewhere', externalId: 'gus-over-there', since: 1 };
  Object.assign(services.connectors, { linksOf: async (id: string) => (id === gusId ? [linked] : []) });
  // The second browser is worth a mail to the address, which waits: nothing listens there.
  const setTo = { 'mail.host': '127.0.0.1', 'mail.port': 9, 'mail.from': 'volvox@house.example' };
  for (const [key, value] of Object.entries(setTo)) await services.settings.set(key, value, { actor: null });
  await made('PATCH', '/me', { email: 'gus@house.example' });
  const client = { address: '127.0.0.1', userAgent: 'a browser' };
  for (const device of ['at-home', 'elsewhere'])
    await services.identity.signIn.login('gus', 'correct horse 2', client, { remember: false, device });
  const begun = await fetch(`${node.url}/api/v1/uploads`, {
    method: 'POST',
    headers: {
      ...gus,
      'tus-resumable': '1.0.0',
      'upload-length': '9',
      'upload-metadata': `filename ${btoa('half.bin')},parent ${btoa(rootId ?? '')}`,
    },
  });
  assert.equal(begun.status, 201, await begun.text());
  await node.node.services.journal.settled();

  const own = await ask('GET', '/me/export', gus);
  const facts = new Map(entriesOf(own.bytes));
  assert.deepEqual(
    [...facts.keys()].filter((name) => !name.startsWith('files/')),
    [
      ...['profile.json', 'avatar.webp', 'sign-in.json', 'sessions.json', 'devices.json', 'tokens.json'],
      ...['apps.json', 'linked-accounts.json', 'roles.json', 'teams.json', 'cells.json', 'guests.json'],
      ...['mail-wishes.json', 'mail-waiting.json', 'uploads.json'],
      ...['received.json', 'given.json', 'links.json', 'activity.json'],
    ],
  );
  assert.ok(facts.has('files/Personal files/plan.txt'));
  for (const [name, expected] of [
    ['sign-in.json', '"passkeys": []'],
    ['tokens.json', 'of the laptop'],
    ['apps.json', '"clientId": "volvox-cli"'],
    ['linked-accounts.json', 'gus-over-there'],
    ['devices.json', '"seenAt": '],
    ['mail-waiting.json', '"to": "gus@house.example"'],
    ['uploads.json', '"name": "half.bin"'],
    ['teams.json', 'Gusses'],
    ['cells.json', 'Hive'],
    ['given.json', '"name": "plan.txt"'],
    ['links.json', 'for all'],
    ['activity.json', 'plan.txt'],
  ] as const)
    assert.ok(facts.get(name)?.includes(expected), `${name}: ${facts.get(name)?.toString()}`);
  assert.equal((await sharp(facts.get('avatar.webp')).metadata()).format, 'webp');
  const opens = [String(token['secret']), String(link['token']), 'a long secret', 'correct horse 2'];
  for (const secret of opens) assert.ok(!own.bytes.includes(secret), secret);
  assert.doesNotMatch(own.bytes.toString('latin1'), /\$argon2/);

  const told = await ask('GET', `/users/${gusId}/export`, node.headers);
  const names = entriesOf(told.bytes).map(([name]) => name);
  assert.deepEqual(
    names,
    [...facts.keys()].filter((name) => !name.startsWith('files/')),
  );
  assert.ok(
    told.bytes.includes('gus-over-there') && !/plan\.txt|half\.bin/.test(told.bytes.toString('latin1')),
  );
});

test('bodies name what they set: unknown and protected fields are refused at the door', async () => {
  const fay = await node.user('fay');
  for (const extra of [
    { admin: true },
    { kind: 'person' },
    { roles: [] },
    { groupId: null },
    { attributes: {} },
    { expiresAt: null },
  ])
    assert.equal(
      (await ask('PATCH', '/me', fay, { displayName: 'x', ...extra })).status,
      400,
      JSON.stringify(extra),
    );
  for (const extra of [
    { source: 'ldap' },
    { externalId: 'x' },
    { invitedBy: 'x' },
    { role_id: 'x' },
    { kind: 'guest' },
  ]) {
    const body = { login: 'made', password: 'correct horse 2', ...extra };
    assert.equal((await ask('POST', '/users', node.headers, body)).status, 400, JSON.stringify(extra));
  }
  for (const path of ['/users', '/groups', '/users/export', '/roles', `/users/${await idOf('fay')}`])
    assert.equal((await ask('GET', path, fay)).status, 403, path);
  assert.equal((await ask('POST', '/users/import', fay, { csv: 'login\nx' })).status, 403);
});

test('who must have a second factor is named by roles that there are; one that goes later does no harm', async () => {
  const set = (value: unknown) =>
    ask('PUT', '/admin/settings/login.secondFactorRoles', node.headers, { value });
  const role = (await ask('POST', '/roles', node.headers, { label: 'Treasury' })).json()['id'];
  for (const value of [['nonsense'], [role, 'nonsense'], ['Treasury']]) {
    const refused = await set(value);
    assert.deepEqual([refused.status, refused.json()['code']], [400, 'invalid_input'], String(value));
    assert.match(refused.bytes.toString(), /there is no role/);
  }
  assert.equal((await set([role])).status, 200);
  assert.equal((await ask('DELETE', `/roles/${role}`, node.headers)).status, 204);
  assert.equal((await ask('GET', '/tokens', node.headers)).status, 200);
  assert.equal((await set([role])).status, 200, 'what was taken before may stay');
  assert.equal((await set([])).status, 200);
  assert.equal((await set([role])).status, 400, 'but not come back');
  assert.equal((await set('admins')).status, 400);
});

test('a guest sees nothing of the house', async () => {
  const enabled = await ask('POST', '/guests', node.headers, { email: 'zoe@guests.example' });
  assert.equal(enabled.status, 201);
  const { path } = enabled.json() as { path: string };
  const invitation = path.replace('/invite#', '');
  const password = 'correct horse 9';
  assert.equal((await ask('POST', '/invitations/accept', {}, { invitation, password })).status, 200);
  assert.equal((await ask('POST', '/invitations/accept', {}, { invitation, password })).status, 410);
  const zoe = basic('zoe@guests.example', password);
  const workspaces = (await ask('GET', '/workspaces', zoe)).json() as { items: { slug: string }[] };
  assert.ok(
    workspaces.items.every((each) => each.slug === 'shared'),
    JSON.stringify(workspaces),
  );
  assert.equal((await get(zoe, 'common/'))[0], 404);
  assert.deepEqual((await ask('GET', `/people?q=${admin.login}`, zoe)).json(), { items: [] });
  assert.equal((await ask('POST', '/guests', zoe, { email: 'more@guests.example' })).status, 403);
  assert.equal(
    (await ask('POST', '/guests', basic('fay', 'correct horse 2'), { email: 'x@guests.example' })).status,
    403,
  );
});

/** Entries of a zip whose members lie in it as they are. */
function entriesOf(zip: Buffer): [string, Buffer][] {
  const entries: [string, Buffer][] = [];
  let at = zip.lastIndexOf(Buffer.from('PK\x05\x06'));
  const count = zip.readUInt16LE(at + 10);
  at = zip.readUInt32LE(at + 16);
  for (let i = 0; i < count; i++) {
    const size = zip.readUInt32LE(at + 24);
    const [name, extra, comment] = [28, 30, 32].map((offset) => zip.readUInt16LE(at + offset)) as number[];
    const local = zip.readUInt32LE(at + 42);
    const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
    entries.push([zip.toString('utf8', at + 46, at + 46 + (name ?? 0)), zip.subarray(start, start + size)]);
    at += 46 + (name ?? 0) + (extra ?? 0) + (comment ?? 0);
  }
  return entries;
}
