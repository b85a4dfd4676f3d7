import assert from 'node:assert/strict';
import { createHash, hash } from 'node:crypto';
import { after, before, test } from 'node:test';
import type { Answer } from '../testing.ts';
import { cookieOf, openLinkWorld, type LinkWorld } from './testing.ts';

let world: LinkWorld;
let ann: { readonly headers: Record<string, string>; readonly root: string };
before(async () => {
  world = await openLinkWorld();
  ann = await world.person('ann');
});
after(() => world.close());

const octets = { 'content-type': 'application/octet-stream' };
const status = async (answer: Promise<{ readonly status: number }>): Promise<number> => (await answer).status;

function put(
  token: string,
  parent: string,
  name: string,
  bytes: string,
  cookie?: string,
  query = '',
): Promise<Answer> {
  const path = `/nodes/${parent}/children/${encodeURIComponent(name)}/content${query}`;
  return world.visit(token, 'PUT', path, {
    bytes,
    headers: octets,
    ...(cookie === undefined ? {} : { cookie }),
  });
}

async function tus(
  token: string,
  values: Record<string, string>,
  bytes: string,
  cookie?: string,
): Promise<Answer[]> {
  const metadata = Object.entries(values).map(
    ([key, value]) => `${key} ${Buffer.from(value).toString('base64')}`,
  );
  const with_ = cookie === undefined ? {} : { cookie };
  const created = await world.visit(token, 'POST', '/uploads', {
    ...with_,
    headers: {
      'tus-resumable': '1.0.0',
      'upload-length': String(bytes.length),
      'upload-metadata': metadata.join(','),
    },
  });
  const location = String(created.headers.location ?? '');
  if (created.status !== 201) return [created];
  assert.ok(location.startsWith(`/s/${token}/api/v1/uploads/`), location);
  const sent = await world.visit(token, 'PATCH', location.slice(`/s/${token}/api/v1`.length), {
    ...with_,
    bytes,
    headers: {
      'tus-resumable': '1.0.0',
      'upload-offset': '0',
      'content-type': 'application/offset+octet-stream',
    },
  });
  return [created, sent];
}

async function namesIn(folder: string): Promise<string[]> {
  const { items } = (await world.ask(ann.headers, 'GET', `/nodes/${folder}/children`)).json() as {
    items: { name: string }[];
  };
  return items.map(({ name }) => name).sort();
}

test('a drop box takes files by both ways, shows nothing, and tells nobody of others', async () => {
  const box = await world.folder(ann.headers, ann.root, 'box');
  const old = await world.file(ann.headers, box, 'report.txt', 'what was there');
  const beside = await world.folder(ann.headers, ann.root, 'not the box');
  const { token } = await world.link(ann.headers, { roots: [box], permissions: ['upload'] });
  const view = (await world.visit(token, 'GET', '/link')).json() as {
    link: { dropId: string; roots: unknown[] };
  };
  assert.deepEqual([view.link.dropId, view.link.roots], [box, []]);
  const plain = await put(token, beside, 'report.txt', 'mine', undefined, '?conflict=replace');
  assert.equal(plain.status, 201, plain.body.toString());
  assert.deepEqual(
    [plain.json()['name'], plain.json()['permissions']],
    ['report.txt', []],
    'no number is told',
  );
  const [, sent] = await tus(token, { filename: 'report.txt', parentId: beside, conflict: 'fail' }, 'by tus');
  assert.equal(sent?.status, 204);
  assert.deepEqual(await namesIn(box), ['report (2).txt', 'report (3).txt', 'report.txt'].sort());
  assert.deepEqual(await namesIn(beside), [], 'the box decides where things go');
  const kept = await world.ask(ann.headers, 'GET', `/nodes/${old}/content`);
  assert.equal(kept.body.toString(), 'what was there');
  for (const [method, path] of [
    ['GET', `/nodes/${box}/children`],
    ['GET', `/nodes/${box}`],
    ['GET', `/nodes/${old}/content`],
    ['GET', `/zip?ids=${box}`],
    ['GET', '/search?q=report'],
    ['GET', `/link/previews/${old}`],
    ['POST', `/nodes/${box}/children`],
  ] as const)
    assert.equal(
      await status(world.visit(token, method, path, method === 'POST' ? { body: { name: 'x' } } : {})),
      403,
      path,
    );
  const upload = String((await tus(token, { filename: 'again.txt' }, 'x'))[0]?.headers.location);
  const look = upload.slice(`/s/${token}/api/v1`.length);
  const tusHeaders = { headers: { 'tus-resumable': '1.0.0' } };
  assert.equal(await status(world.visit(token, 'GET', look, tusHeaders)), 403, 'nor what one has brought');
});

test('a request asks who brings it, keeps uploaders apart and hands out receipts', async () => {
  const box = await world.folder(ann.headers, ann.root, 'papers');
  const { token } = await world.link(ann.headers, {
    kind: 'request',
    roots: [box],
    label: 'Your papers',
    description: 'Birth certificate',
    askName: 'required',
    askEmail: 'optional',
    subfolders: true,
    maxFileSize: 10,
  });
  const first = (await world.visit(token, 'GET', '/link')).json();
  assert.deepEqual([first['needs'], first['link']], [['name'], null]);
  assert.equal((await put(token, box, 'a.txt', 'a')).status, 401);
  const enter = async (name: string) =>
    cookieOf(await world.visit(token, 'POST', '/visit', { body: { name } }));
  const eve = await enter('Eve/../Adams');
  const bo = await enter('Bo');
  assert.equal((await put(token, box, 'a.txt', 'from eve', eve)).status, 201);
  assert.equal((await tus(token, { filename: 'a.txt' }, 'from bo', bo))[1]?.status, 204);
  assert.equal((await put(token, box, 'big.txt', 'more than ten', eve)).status, 413);
  assert.equal((await tus(token, { filename: 'big.txt' }, 'more than ten', bo))[0]?.status, 413);
  assert.deepEqual(await namesIn(box), ['Bo', 'Eve_.._Adams']);
  const receipt = (await world.visit(token, 'GET', '/receipt', { cookie: eve })).json() as {
    title: string;
    items: { name: string; size: number; sha256: string }[];
  };
  const sha256 = createHash('sha256').update('from eve').digest('hex');
  assert.equal(receipt.title, 'Your papers');
  assert.deepEqual(
    receipt.items.map(({ name, size, sha256: hash }) => ({ name, size, sha256: hash })),
    [{ name: 'a.txt', size: 8, sha256 }],
  );
  const page = (await world.visit(token, 'GET', '/link', { cookie: bo })).body.toString();
  assert.ok(!page.includes('Eve') && !page.includes('a.txt'));
});

test('after the deadline an uploader still reads its receipt, and everybody else hears that it is over', async () => {
  const box = await world.folder(ann.headers, ann.root, 'late papers');
  const { token, id } = await world.link(ann.headers, { kind: 'request', roots: [box], askName: 'required' });
  const eve = cookieOf(await world.visit(token, 'POST', '/visit', { body: { name: 'Eve' } }));
  assert.equal((await put(token, box, 'a.txt', 'from eve', eve)).status, 201);
  const ended = { expiresAt: Date.now() - 1 };
  assert.equal((await world.ask(ann.headers, 'PATCH', `/links/${id}`, ended)).status, 200);
  const receipt = await world.visit(token, 'GET', '/receipt', { cookie: eve });
  assert.deepEqual([receipt.status, (receipt.json()['items'] as unknown[]).length], [200, 1]);
  assert.equal(receipt.headers['cache-control'], 'no-store');
  assert.equal((await put(token, box, 'b.txt', 'late', eve)).status, 410);
  const stranger = await world.visit(token, 'GET', '/receipt');
  const page = await world.visit(token, 'GET', '/link', { cookie: eve });
  const told = ({ json }: Answer) => ({ ...json(), requestId: '', instance: '' });
  assert.equal(stranger.status, 410);
  assert.deepEqual(told(stranger), told(page));
  await world.ask(ann.headers, 'PATCH', `/links/${id}`, { disabled: true });
  const off = await world.visit(token, 'GET', '/receipt', { cookie: eve });
  const unknown = await world.visit('there-is-no-such-link', 'GET', '/receipt', { cookie: eve });
  assert.equal(off.status, 404);
  assert.deepEqual(told(off), told(unknown));
});

test('receipts tell the hash of files of several chunks: at once where they come as one stream, else by a duty', async () => {
  const small = { params: { key: 'contents.chunkMiB' }, body: { value: 1 } };
  await world.node.client.call('setSetting', small);
  const box = await world.folder(ann.headers, ann.root, 'large papers');
  const { token } = await world.link(ann.headers, { kind: 'request', roots: [box] });
  const large = 'volvox '.repeat(400_000);
  const cookie = cookieOf(await world.visit(token, 'POST', '/visit', { body: {} }));
  assert.equal((await put(token, box, 'streamed.bin', large, cookie)).status, 201);
  assert.equal((await tus(token, { filename: 'by tus.bin' }, large, cookie))[1]?.status, 204);
  const told = async () => {
    const { items } = (await world.visit(token, 'GET', '/receipt', { cookie })).json() as {
      items: { name: string; sha256: string | null; pending: boolean }[];
    };
    return items.map(({ name, sha256, pending }) => [name, sha256, pending]);
  };
  const sha256 = hash('sha256', large);
  assert.deepEqual(await told(), [
    ['streamed.bin', sha256, false],
    ['by tus.bin', null, true],
  ]);
  assert.equal((await world.node.node.services.jobs.runNow('links.receipts')).state, 'done');
  assert.deepEqual(await told(), [
    ['streamed.bin', sha256, false],
    ['by tus.bin', sha256, false],
  ]);
});

test('a link to upload by never replaces what is there, and does not lead out of its folder', async () => {
  const folder = await world.folder(ann.headers, ann.root, 'common work');
  const old = await world.file(ann.headers, folder, 'plan.txt', 'old');
  const { token } = await world.link(ann.headers, { roots: [folder], permissions: ['download', 'upload'] });
  const answer = await put(token, folder, 'plan.txt', 'new', undefined, '?conflict=replace');
  assert.deepEqual([answer.status, answer.json()['name']], [201, 'plan (2).txt']);
  const [, sent] = await tus(token, { filename: 'plan.txt', parentId: folder, conflict: 'replace' }, 'new');
  assert.equal(sent?.status, 204);
  assert.equal((await world.ask(ann.headers, 'GET', `/nodes/${old}/content`)).body.toString(), 'old');
  assert.equal((await put(token, ann.root, 'out.txt', 'x')).status, 404);
  assert.equal((await tus(token, { filename: 'out.txt', parentId: ann.root }, 'x'))[0]?.status, 404);
  assert.equal((await tus(token, { filename: 'out.txt', path: '/personal' }, 'x'))[1]?.status, 204);
  assert.ok((await namesIn(folder)).includes('out.txt'), 'paths mean nothing to a visitor');
  const made = await world.visit(token, 'POST', `/nodes/${folder}/children`, { body: { name: 'sub' } });
  assert.equal(made.status, 201);
  for (const [method, path, body] of [
    ['PUT', `/nodes/${old}/content`, undefined],
    ['PATCH', `/nodes/${old}`, { name: 'x' }],
    ['DELETE', `/nodes/${old}`, undefined],
    ['POST', '/batch', { verb: 'trash', ids: [old] }],
    ['POST', `/nodes/${folder}/bulk`, undefined],
  ] as const) {
    const got = await status(world.visit(token, method, path, body === undefined ? {} : { body }));
    assert.ok([403, 404].includes(got), `${method} ${path}: ${got}`);
  }
});

test('where a policy forbids uploads, drop boxes that were there before are shut', async () => {
  const box = await world.folder(ann.headers, ann.root, 'shut');
  const { token } = await world.link(ann.headers, { roots: [box], permissions: ['upload'] });
  const set = (value: boolean) =>
    world.ask(world.node.headers, 'PUT', '/admin/settings/links.uploadAllowed', { value });
  assert.equal((await put(token, box, 'a.txt', 'a')).status, 201);
  await set(false);
  assert.equal((await put(token, box, 'b.txt', 'b')).status, 404);
  assert.equal((await tus(token, { filename: 'b.txt' }, 'b'))[0]?.status, 404);
  const body = { roots: [box], kind: 'request' };
  assert.equal(await status(world.ask(ann.headers, 'POST', '/links', body)), 403);
  await set(true);
});

test('an upload from another site is refused', async () => {
  const box = await world.folder(ann.headers, ann.root, 'csrf');
  const { token } = await world.link(ann.headers, { roots: [box], permissions: ['upload'] });
  const path = `/nodes/${box}/children/x.txt/content`;
  const headers = { ...octets, 'sec-fetch-site': 'cross-site' };
  assert.equal(await status(world.visit(token, 'PUT', path, { bytes: 'x', headers })), 403);
  const visit = { body: { name: 'x' }, headers: { 'sec-fetch-site': 'cross-site' } };
  assert.equal(await status(world.visit(token, 'POST', '/visit', visit)), 403);
});

test('what makes no sense is refused when a link is made', async () => {
  const folder = await world.folder(ann.headers, ann.root, 'sense');
  const file = await world.file(ann.headers, folder, 'f.txt', 'f');
  for (const [body, wanted] of [
    [{ roots: [file], permissions: ['upload'] }, 400],
    [{ roots: [folder, file], permissions: ['upload'] }, 400],
    [{ roots: [folder], kind: 'request', permissions: ['download'] }, 400],
    [{ roots: [folder], startsAt: 2000, expiresAt: 1000 }, 400],
    [{ roots: [folder], restricted: true }, 400],
    [{ roots: [folder], slug: 'No!' }, 400],
    [{ roots: [folder], ownerId: ann.root }, 400],
    [{ roots: ['0192f0c1-0000-7000-8000-000000000009'] }, 404],
  ] as const)
    assert.equal(await status(world.ask(ann.headers, 'POST', '/links', body)), wanted, JSON.stringify(body));
});
