/** Public links from their making to their end, by REST as an owner, and below /s/<token> as a visitor. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { text } from 'node:stream/consumers';
import { createClient, type Client } from '@volvox/client';
import { until } from '../../packages/server/src/testing/expectations.ts';
import {
  asAdmin,
  asUser,
  makeFolder,
  makeUser,
  refused,
  spawnVolvox,
  startServer,
  workspaceOf,
} from './harness.ts';

const server = await startServer();
await makeUser(server, 'anna');
const anna = server.client(asUser('anna'));
const admin = server.client(asAdmin);
const personal = await workspaceOf(anna, 'personal');
const folder = await anna.call('createFolder', { params: { id: personal.rootId }, body: { name: 'shown' } });
const file = await anna.call('uploadFile', {
  params: { id: folder.id, name: 'a.txt' },
  body: 'some words',
});

/** Keeps the cookies of one visitor, as a browser does. */
function visitor(token: string): Client {
  let cookie = '';
  return createClient({
    baseUrl: `${server.url}/s/${token}`,
    async fetch(input, init) {
      const headers = new Headers(init?.headers);
      if (cookie !== '') headers.set('cookie', cookie);
      const answer = await fetch(input, { ...init, headers });
      const [told] = answer.headers.getSetCookie();
      cookie = told?.split(';')[0] ?? cookie;
      return answer;
    },
  });
}

test('a link shows, counts and gives out what it is for, until it is revoked', async () => {
  const link = await anna.call('createLink', {
    body: { roots: [folder.id], password: 'pw', maxDownloads: 1 },
  });
  assert.deepEqual([link.state, link.hasPassword, link.label], ['active', true, 'shown']);
  const guest = visitor(link.token);
  assert.deepEqual((await guest.call('openLink')).needs, ['password']);
  await refused('unauthenticated', guest.call('getNode', { params: { id: file.id } }));
  const view = await guest.call('visitLink', { body: { password: 'pw' } });
  assert.deepEqual([view.needs, view.link?.downloadsLeft], [[], 1]);
  assert.deepEqual((await guest.call('getNode', { params: { id: file.id } })).permissions, ['read']);
  const answer = await guest.call('downloadContent', { params: { id: file.id }, query: { download: true } });
  assert.equal(await answer.text(), 'some words');
  await refused('gone', guest.call('downloadContent', { params: { id: file.id } }));
  const told = await anna.call('linkStatistics', { params: { id: link.id } });
  assert.deepEqual([told.days[0]?.visits, told.days[0]?.downloads], [1, 1]);
  await anna.call('updateLink', { params: { id: link.id }, body: { maxDownloads: null } });
  await guest.call('openLink');
  await anna.call('deleteLink', { params: { id: link.id } });
  await refused('not_found', guest.call('openLink'));
  await refused('not_found', anna.call('getLink', { params: { id: link.id } }));
});

test('an address tells nobody whether there is a link, or was', async () => {
  const living = await anna.call('createLink', { body: { roots: [file.id] } });
  const [off, revoked] = [
    await anna.call('createLink', { body: { roots: [file.id] } }),
    await anna.call('createLink', { body: { roots: [file.id] } }),
  ];
  const [ended, early] = [
    await anna.call('createLink', { body: { roots: [file.id], expiresAt: Date.now() + 500 } }),
    await anna.call('createLink', { body: { roots: [file.id], startsAt: Date.now() + 3_600_000 } }),
  ];
  await anna.call('updateLink', { params: { id: off.id }, body: { disabled: true } });
  await anna.call('deleteLink', { params: { id: revoked.id } });
  await until(async () => (await anna.call('getLink', { params: { id: ended.id } })).state === 'expired');
  const pages = await Promise.all(
    [living, off, revoked, ended, early, { token: 'nosuch' }].map(async ({ token }) => {
      const answer = await fetch(`${server.url}/s/${token}`);
      const headers = [...answer.headers].filter(([name]) => !['date', 'x-request-id'].includes(name));
      return [answer.status, headers, await answer.text()] as const;
    }),
  );
  for (const page of pages) assert.deepEqual(page, pages[0]);
  const refusals = [off, revoked, { token: 'nosuch' }].map(async ({ token }) => {
    const answer = await fetch(`${server.url}/s/${token}/api/v1/link`);
    const { requestId: _requestId, ...problem } = (await answer.json()) as Record<string, unknown>;
    return [answer.status, problem];
  });
  const [first, ...others] = await Promise.all(refusals);
  for (const other of others) assert.deepEqual(other, first);
  assert.equal(first?.[0], 404);
  await anna.call('revokeLinks', { body: { ids: [living.id, off.id, ended.id, early.id] } });
});

test('for looking only there is a preview, and no original', async () => {
  const svg =
    '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><rect width="40" height="20"/></svg>';
  const picture = await anna.call('uploadFile', { params: { id: folder.id, name: 'p.svg' }, body: svg });
  const link = await anna.call('createLink', { body: { roots: [picture.id], permissions: ['preview'] } });
  const guest = visitor(link.token);
  const made = await guest.call('linkPreview', { params: { id: picture.id } });
  assert.equal(made.headers.get('content-type'), 'image/webp');
  const query = { download: true };
  await refused('forbidden', guest.call('downloadContent', { params: { id: picture.id }, query }));
});

test('a file request takes files and hands out receipts', async () => {
  const box = await anna.call('createFolder', { params: { id: personal.rootId }, body: { name: 'box' } });
  const link = await anna.call('createLink', {
    body: { kind: 'request', roots: [box.id], askEmail: 'required', recipients: ['bo@example.org'] },
  });
  const guest = visitor(link.token);
  await guest.call('visitLink', { body: { email: 'bo@example.org' } });
  await guest.call('uploadFile', { params: { id: box.id, name: 'mine.txt' }, body: 'mine' });
  const { items } = await guest.call('getReceipt');
  assert.deepEqual(
    items.map(({ name, size }) => [name, size]),
    [['mine.txt', 4]],
  );
  await guest.call('sendReceipt');
  await refused('forbidden', guest.call('listChildren', { params: { id: box.id } }));
  // Mails need to say where the server is, and nobody has told this one.
  await refused('unsupported', anna.call('sendLink', { params: { id: link.id }, body: {} }));
});

test('owners list and revoke their own, administrators those of everybody', async () => {
  const { id } = await anna.call('createLink', { body: { roots: [file.id], label: 'mine' } });
  const own = await anna.call('listLinks', { query: { nodeId: file.id } });
  assert.deepEqual(
    own.items.map((link) => link.label),
    ['mine'],
  );
  await refused('forbidden', anna.call('listAllLinks'));
  const all = await admin.call('listAllLinks');
  const found = async (q: string): Promise<readonly string[]> =>
    (await admin.call('listAllLinks', { query: { q } })).items.map((link) => link.id);
  const address = `${server.url}/s/${own.items[0]?.token}`;
  for (const q of ['MÍNE', 'anna', address]) assert.ok((await found(q)).includes(id), q);
  assert.deepEqual(await found('nobody calls a link that'), []);
  // Of one's own, all have the same owner.
  assert.deepEqual((await anna.call('listLinks', { query: { q: 'anna' } })).items, []);
  assert.ok(all.items.some((link) => link.id === id && link.owner.displayName === 'anna'));
  assert.deepEqual(await admin.call('revokeLinks', { body: { ids: [id] } }), { revoked: 1 });
});

test('the command line makes, lists and revokes links', async () => {
  const { secret } = await anna.call('createToken', {
    body: { kind: 'access_token', label: 'cli', scopes: ['files:write'] },
  });
  const cwd = await makeFolder();
  const runBy = async (token: string, ...args: string[]): Promise<string> => {
    const child = spawnVolvox(['--server', server.url, 'link', ...args], cwd, { VOLVOX_TOKEN: token });
    assert.ok(child.stdout !== null && child.stderr !== null);
    const [out, faults] = await Promise.all([text(child.stdout), text(child.stderr)]);
    assert.equal(faults, '');
    return out.trim();
  };
  const run = (...args: string[]): Promise<string> => runBy(secret, ...args);
  const address = await run(
    'create',
    '/personal/shown',
    '--may',
    'preview',
    '--days',
    '3',
    '--label',
    'By hand',
  );
  assert.match(address, new RegExp(`^${server.url}/s/[\\w-]{22}$`));
  const view = await visitor(address.replace(/^.*\//, '')).call('openLink');
  assert.deepEqual([view.link?.label, view.link?.permissions], ['By hand', ['preview']]);
  const [listed] = JSON.parse(await run('list', '--json')) as { id: string; label: string }[];
  assert.equal(listed?.label, 'By hand');
  const { secret: ofAdmin } = await admin.call('createToken', {
    body: { kind: 'access_token', label: 'cli', scopes: ['admin'] },
  });
  const labels = async (owner: string): Promise<readonly string[]> => {
    const links = JSON.parse(await runBy(ofAdmin, 'list', '--owner', owner, '--json')) as { label: string }[];
    return links.map(({ label }) => label);
  };
  assert.ok((await labels('anna')).includes('By hand'));
  assert.ok(!(await labels('admin')).includes('By hand'));
  assert.equal(await run('revoke', listed.id), 'revoked 1');
});
