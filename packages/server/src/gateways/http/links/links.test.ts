import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { cookieOf, openLinkWorld, type LinkWorld } from './testing.ts';

let world: LinkWorld;
let ann: { readonly headers: Record<string, string>; readonly root: string };
before(async () => {
  world = await openLinkWorld();
  ann = await world.person('ann');
});
after(() => world.close());

const status = async (answer: Promise<{ readonly status: number }>): Promise<number> => (await answer).status;
const reasonOf = (answer: { json(): Record<string, unknown> }): unknown =>
  (answer.json()['details'] as Record<string, unknown> | undefined)?.['reason'];

test('a visitor sees the roots and what is below, and nothing beside', async () => {
  const shared = await world.folder(ann.headers, ann.root, 'ab');
  const beside = await world.folder(ann.headers, ann.root, 'abc');
  const inside = await world.file(ann.headers, shared, 'in.txt', 'inside');
  const outside = await world.file(ann.headers, beside, 'out.txt', 'outside');
  const { token } = await world.link(ann.headers, { roots: [shared] });
  const view = (await world.visit(token, 'GET', '/link')).json() as {
    link: { roots: { id: string; parentId: null; createdBy: null; path?: string }[]; owner: string };
  };
  assert.deepEqual(
    view.link.roots.map(({ id, parentId, createdBy, path }) => ({ id, parentId, createdBy, path })),
    [{ id: shared, parentId: null, createdBy: null, path: undefined }],
  );
  const list = (await world.visit(token, 'GET', `/nodes/${shared}/children`)).json() as {
    items: { id: string }[];
  };
  assert.deepEqual(
    list.items.map(({ id }) => id),
    [inside],
  );
  assert.equal((await world.visit(token, 'GET', `/nodes/${inside}/content`)).body.toString(), 'inside');
  for (const id of [beside, outside, ann.root]) {
    assert.equal(await status(world.visit(token, 'GET', `/nodes/${id}`)), 404);
    assert.equal(await status(world.visit(token, 'GET', `/nodes/${id}/content`)), 404);
    assert.equal(await status(world.visit(token, 'GET', `/zip?ids=${id}`)), 404);
  }
  assert.deepEqual((await world.visit(token, 'GET', `/nodes/${inside}/ancestors`)).json()['items'], [
    { id: shared, name: 'ab' },
  ]);
});

test('a selection of files and folders shows each of them', async () => {
  const a = await world.file(ann.headers, ann.root, 'sel-a.txt', 'a');
  const b = await world.file(ann.headers, ann.root, 'sel-b.txt', 'b');
  const { token } = await world.link(ann.headers, { roots: [b, a] });
  const view = (await world.visit(token, 'GET', '/link')).json() as { link: { roots: { id: string }[] } };
  assert.deepEqual(
    view.link.roots.map(({ id }) => id),
    [b, a],
  );
  const zip = await world.visit(token, 'GET', `/zip?ids=${a},${b}`);
  assert.equal(zip.status, 200);
  assert.equal(zip.headers['content-type'], 'application/zip');
});

test('what the owner is denied, or may not share, a visitor does not get', async () => {
  const common = await world.node.root('common');
  const admin = world.node.headers;
  const shared = await world.folder(admin, common, 'rules');
  const closed = await world.folder(admin, shared, 'closed');
  const quiet = await world.folder(admin, shared, 'quiet');
  await world.file(admin, closed, 'x.txt', 'x');
  const me = (await world.ask(ann.headers, 'GET', '/session')).json() as { user: { id: string } };
  const role = await roleOf('ann');
  const rule = (node: string, allow: string[], deny: string[]) =>
    world.ask(admin, 'PUT', `/nodes/${node}/rules/${role}`, { allow, deny });
  assert.ok((await rule(shared, ['read', 'write', 'share'], [])).status < 300, me.user.id);
  assert.ok((await rule(closed, [], ['read'])).status < 300);
  assert.ok((await rule(quiet, ['read', 'write'], [])).status < 300);
  const { token } = await world.link(ann.headers, { roots: [shared] });
  const list = (await world.visit(token, 'GET', `/nodes/${shared}/children`)).json() as { items: unknown[] };
  assert.deepEqual(list.items, []);
  for (const id of [closed, quiet])
    assert.equal(await status(world.visit(token, 'GET', `/nodes/${id}`)), 404);
  const zip = await world.visit(token, 'GET', `/zip?ids=${shared}`);
  assert.ok(!zip.body.includes('x.txt'));
  assert.ok((await rule(shared, ['read'], [])).status < 300, 'takes the right to share');
  assert.equal(await status(world.visit(token, 'GET', '/link')), 404);
  assert.equal(await status(world.visit(token, 'GET', `/nodes/${shared}/children`)), 404);
  const refused = await world.ask(ann.headers, 'POST', '/links', { roots: [shared] });
  assert.equal(refused.status, 403);
});

async function roleOf(login: string): Promise<string> {
  const { services } = await import('../../../boot/index.ts').then(() => ({
    services: world.node.node.services,
  }));
  const user = await services.identity.userByLogin(login);
  return (await services.identity.principalOf(user?.id ?? '')).roles.at(-1) ?? '';
}

test('a link dies with the owner, at the next request', async () => {
  const carl = await world.person('carl');
  const file = await world.file(carl.headers, carl.root, 'carl.txt', 'c');
  const { token } = await world.link(carl.headers, { roots: [file] });
  assert.equal(await status(world.visit(token, 'GET', `/nodes/${file}/content`)), 200);
  const { id } = (await world.node.node.services.identity.userByLogin('carl')) ?? { id: '' };
  await world.node.client.call('updateUser', { params: { id }, body: { disabled: true } });
  assert.equal(await status(world.visit(token, 'GET', `/nodes/${file}/content`)), 404);
  assert.equal(await status(world.visit(token, 'GET', '/link')), 404);
  await world.node.client.call('updateUser', { params: { id }, body: { disabled: false } });
  assert.equal(await status(world.visit(token, 'GET', '/link')), 200);
  await world.node.client.call('deleteUser', { params: { id } });
  assert.equal(await status(world.visit(token, 'GET', '/link')), 404);
});

test('what is in the trash is no longer shown, and comes back with it', async () => {
  const folder = await world.folder(ann.headers, ann.root, 'to-trash');
  const file = await world.file(ann.headers, folder, 'f.txt', 'f');
  const { token } = await world.link(ann.headers, { roots: [folder] });
  assert.equal(await status(world.visit(token, 'GET', `/nodes/${file}/content`)), 200);
  await world.ask(ann.headers, 'DELETE', `/nodes/${folder}`);
  for (const path of ['/link', `/nodes/${file}/content`, `/nodes/${folder}/children`])
    assert.equal(await status(world.visit(token, 'GET', path)), 404, path);
  await world.ask(ann.headers, 'POST', `/nodes/${folder}/restore`, {});
  assert.equal(await status(world.visit(token, 'GET', `/nodes/${file}/content`)), 200);
  await world.ask(ann.headers, 'DELETE', `/nodes/${folder}?permanent=true`);
  await world.node.node.services.journal.settled();
  const left = (await world.ask(ann.headers, 'GET', `/links?nodeId=${folder}`)).json() as {
    items: unknown[];
  };
  assert.deepEqual(left.items, [], 'gone for good, and the link with it');
});

test('a password is needed, and the cookie of one link is nothing at another', async () => {
  const file = await world.file(ann.headers, ann.root, 'secret.txt', 'secret');
  const a = await world.link(ann.headers, { roots: [file], password: 'open sesame' });
  const b = await world.link(ann.headers, { roots: [file], password: 'open sesame' });
  const first = (await world.visit(a.token, 'GET', '/link')).json();
  assert.deepEqual([first['needs'], first['link']], [['password'], null]);
  for (const path of [
    `/nodes/${file}/content`,
    `/nodes/${file}`,
    `/zip?ids=${file}`,
    `/search?q=secret`,
    `/link/previews/${file}`,
  ])
    assert.equal(await status(world.visit(a.token, 'GET', path)), 401, path);
  assert.equal(await status(world.visit(a.token, 'POST', '/visit', { body: { password: 'wrong' } })), 401);
  const opened = await world.visit(a.token, 'POST', '/visit', { body: { password: 'open sesame' } });
  assert.deepEqual(opened.json()['needs'], []);
  assert.match(
    String(opened.headers['set-cookie']),
    new RegExp(`Path=/s/${a.token}; HttpOnly; SameSite=Lax`),
  );
  const cookie = cookieOf(opened);
  assert.equal(
    (await world.visit(a.token, 'GET', `/nodes/${file}/content`, { cookie })).body.toString(),
    'secret',
  );
  assert.equal(await status(world.visit(b.token, 'GET', `/nodes/${file}/content`, { cookie })), 401);
  const forged = `${cookie.slice(0, -4)}AAAA`;
  assert.equal(await status(world.visit(a.token, 'GET', `/nodes/${file}/content`, { cookie: forged })), 401);
  await world.ask(ann.headers, 'PATCH', `/links/${a.id}`, { password: 'another' });
  assert.equal(
    await status(world.visit(a.token, 'GET', `/nodes/${file}/content`, { cookie })),
    401,
    'new password',
  );
});

test('neither a session nor a password counts at a link, and a visit counts nowhere else', async () => {
  const file = await world.file(ann.headers, ann.root, 'mine.txt', 'mine');
  const other = await world.file(ann.headers, ann.root, 'other.txt', 'other');
  const { token } = await world.link(ann.headers, { roots: [file], password: 'pw' });
  const login = await world.ask({}, 'POST', '/session', { login: 'ann', password: 'correct horse 2' });
  const session = cookieOf(login);
  assert.match(session, /volvox_session/);
  assert.equal(await status(world.visit(token, 'GET', `/nodes/${file}/content`, { cookie: session })), 401);
  assert.equal(
    await status(world.visit(token, 'GET', `/nodes/${file}/content`, { headers: ann.headers })),
    401,
  );
  const visit = cookieOf(await world.visit(token, 'POST', '/visit', { body: { password: 'pw' } }));
  assert.equal(await status(world.ask({ cookie: visit }, 'GET', `/nodes/${file}/content`)), 401);
  const both = { cookie: `${session}; ${visit}` };
  assert.equal(
    await status(world.visit(token, 'GET', `/nodes/${other}/content`, both)),
    404,
    'still a visitor',
  );
  assert.equal(await status(world.ask({}, 'GET', '/link')), 401, 'no visitor outside of a link');
});

test('guessing a password is slowed, whatever address is claimed', async () => {
  const file = await world.file(ann.headers, ann.root, 'guess.txt', 'g');
  const { token } = await world.link(ann.headers, { roots: [file], password: 'right' });
  const answers: number[] = [];
  for (let n = 0; n < 12; n++)
    answers.push(
      await status(
        world.visit(token, 'POST', '/visit', {
          body: { password: `wrong ${n}` },
          headers: { 'x-forwarded-for': `198.51.100.${n}`, 'x-real-ip': `198.51.100.${n}` },
        }),
      ),
    );
  assert.deepEqual(answers.slice(0, 10), Array<number>(10).fill(401));
  assert.equal(answers.at(-1), 429);
  assert.equal(await status(world.visit(token, 'POST', '/visit', { body: { password: 'right' } })), 429);
});

test('unknown and disabled addresses answer alike; what is over says so', async () => {
  const file = await world.file(ann.headers, ann.root, 'over.txt', 'o');
  const link = await world.link(ann.headers, { roots: [file] });
  const unknown = await world.visit('AAAAAAAAAAAAAAAAAAAAAA', 'GET', '/link');
  await world.ask(ann.headers, 'PATCH', `/links/${link.id}`, { disabled: true });
  const disabled = await world.visit(link.token, 'GET', '/link');
  const bare = (text: string): string => text.replace(/"requestId":"[^"]*"/, '');
  assert.equal(bare(unknown.body.toString()), bare(disabled.body.toString()));
  assert.equal(unknown.status, 404);
  await world.ask(ann.headers, 'PATCH', `/links/${link.id}`, { disabled: false, expiresAt: 1000 });
  const expired = await world.visit(link.token, 'GET', '/link');
  assert.deepEqual([expired.status, reasonOf(expired)], [410, 'expired']);
  assert.equal(await status(world.visit(link.token, 'GET', `/nodes/${file}/content`)), 410);
  const later = Date.now() + 3_600_000;
  await world.ask(ann.headers, 'PATCH', `/links/${link.id}`, { expiresAt: null, startsAt: later });
  assert.equal(reasonOf(await world.visit(link.token, 'GET', '/link')), 'not_started');
});

test('a disclaimer is accepted first, and anew once it is another', async () => {
  const file = await world.file(ann.headers, ann.root, 'terms.txt', 't');
  const link = await world.link(ann.headers, { roots: [file], disclaimer: 'Be kind.' });
  const first = (await world.visit(link.token, 'GET', '/link')).json();
  assert.deepEqual([first['needs'], first['disclaimer']], [['disclaimer'], 'Be kind.']);
  const cookie = cookieOf(await world.visit(link.token, 'POST', '/visit', { body: { accept: true } }));
  assert.equal(await status(world.visit(link.token, 'GET', `/nodes/${file}/content`, { cookie })), 200);
  await world.ask(ann.headers, 'PATCH', `/links/${link.id}`, { disclaimer: 'Be very kind.' });
  assert.equal(await status(world.visit(link.token, 'GET', `/nodes/${file}/content`, { cookie })), 401);
});

test('pages and pictures with script in them do not run', async () => {
  const html = await world.file(ann.headers, ann.root, 'evil.html', '<script>alert(1)</script>');
  const svg = await world.file(
    ann.headers,
    ann.root,
    'evil.svg',
    '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>1</script></svg>',
  );
  const { token } = await world.link(ann.headers, { roots: [html, svg] });
  for (const id of [html, svg]) {
    const { headers } = await world.visit(token, 'GET', `/nodes/${id}/content`);
    assert.match(String(headers['content-security-policy']), /sandbox/);
    assert.match(String(headers['content-disposition']), /^attachment/);
    assert.equal(headers['x-content-type-options'], 'nosniff');
  }
  const looking = await world.link(ann.headers, { roots: [html, svg], permissions: ['preview'] });
  const page = await world.visit(looking.token, 'GET', `/nodes/${html}/content`);
  assert.equal(page.headers['content-type'], 'text/plain; charset=utf-8');
  const picture = await world.visit(looking.token, 'GET', `/nodes/${svg}/content`);
  assert.equal(picture.headers['content-type'], 'image/webp');
});
