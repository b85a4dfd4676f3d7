import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { PDFDocument } from 'pdf-lib';
import sharp from 'sharp';
import { openLinkWorld, type LinkWorld } from './testing.ts';

let world: LinkWorld;
let ann: { readonly headers: Record<string, string>; readonly root: string };
before(async () => {
  world = await openLinkWorld();
  ann = await world.person('ann');
});
after(() => world.close());

const status = async (answer: Promise<{ readonly status: number }>): Promise<number> => (await answer).status;

async function picture(width: number, height: number): Promise<Buffer> {
  const create = { width, height, channels: 3, background: '#88bbee' } as const;
  return sharp({ create })
    .jpeg()
    .withMetadata({ exif: { IFD0: { Copyright: 'secret place' } } })
    .toBuffer();
}

async function pdf(): Promise<Buffer> {
  const document = await PDFDocument.create();
  document.addPage([300, 300]).drawText('inside');
  return Buffer.from(await document.save());
}

test('who may only look gets made pictures and nothing of the original, by no door', async () => {
  const photo = await picture(3000, 1000);
  const folder = await world.folder(ann.headers, ann.root, 'looking');
  const image = await world.file(ann.headers, folder, 'p.jpg', photo);
  const document = await world.file(ann.headers, folder, 'd.pdf', await pdf());
  const zip = await world.file(ann.headers, folder, 'a.zip', 'PK');
  const { token } = await world.link(ann.headers, { roots: [folder], permissions: ['preview'] });
  const shown = await world.visit(token, 'GET', `/nodes/${image}/content`);
  assert.equal(shown.headers['content-type'], 'image/webp');
  const { width, exif } = await sharp(shown.body).metadata();
  assert.deepEqual([width, exif], [2048, undefined], 'smaller, and without what the camera wrote');
  const range = await world.visit(token, 'GET', `/nodes/${image}/content`, {
    headers: { range: 'bytes=0-99' },
  });
  assert.deepEqual([range.status, range.headers['content-type']], [200, 'image/webp']);
  const pages = await world.visit(token, 'GET', `/nodes/${document}/content`);
  assert.equal((await PDFDocument.load(pages.body)).getPageCount(), 1);
  const version = String((await world.ask(ann.headers, 'GET', `/nodes/${image}`)).json()['versionId']);
  for (const [path, wanted] of [
    [`/nodes/${image}/content?download=true`, 403],
    [`/nodes/${image}/content?version=${version}`, 403],
    [`/nodes/${zip}/content`, 403],
    [`/zip?ids=${folder}`, 403],
    [`/nodes/${image}/versions`, 403],
    ['/activity', 403],
    ['/changes', 403],
    ['/workspaces', 403],
  ] as const)
    assert.equal(await status(world.visit(token, 'GET', path)), wanted, path);
  for (const [method, path, body] of [
    ['POST', `/nodes/${image}/copy`, { parentId: folder }],
    ['PATCH', `/nodes/${image}`, { name: 'x.jpg' }],
    ['DELETE', `/nodes/${image}`, undefined],
    ['POST', '/batch', { verb: 'copy', ids: [image], parentId: folder }],
    ['POST', `/nodes/${folder}/children`, { name: 'new' }],
    ['PUT', `/nodes/${folder}/children/x.txt/content`, undefined],
    ['POST', '/uploads', undefined],
  ] as const)
    assert.equal(await status(world.visit(token, method, path, { body })), 403, `${method} ${path}`);
});

test('what looking only hands out of each kind of file: pictures never as they are, the rest as documented', async () => {
  const photo = await picture(40, 40);
  const raster = sharp(photo);
  const svg = Buffer.from(
    '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>',
  );
  const plain = Buffer.from('<script>alert(1)</script> as it is');
  const files = {
    'a.jpg': photo,
    'a.png': await raster.png().toBuffer(),
    'a.gif': await raster.gif().toBuffer(),
    'a.webp': await raster.webp().toBuffer(),
    'a.tiff': await raster.tiff().toBuffer(),
    'a.avif': await raster.avif().toBuffer(),
    'a.svg': svg,
    'a.bmp': Buffer.from('BM no decoder knows this'),
    'a.heic': Buffer.from('nor this'),
    'a.mp4': plain,
    'a.mp3': plain,
    'a.txt': plain,
    'a.html': plain,
    'a.pdf': await pdf(),
    'a.docx': plain,
    'a.bin': plain,
  };
  const folder = await world.folder(ann.headers, ann.root, 'kinds');
  const { token } = await world.link(ann.headers, { roots: [folder], permissions: ['preview'] });
  const told: Record<string, string> = {};
  for (const [name, bytes] of Object.entries(files)) {
    const id = await world.file(ann.headers, folder, name, bytes);
    for (const range of ['', 'bytes=0-9']) {
      const headers: Record<string, string> = range === '' ? {} : { range };
      const answer = await world.visit(token, 'GET', `/nodes/${id}/content`, { headers });
      const original = answer.status < 300 && answer.body.length > 0 && bytes.includes(answer.body);
      const type = String(answer.headers['content-type']).split(';')[0];
      const [way] = String(answer.headers['content-disposition'] ?? '').split(';');
      const facts = [answer.status, type, way, original ? 'original' : 'made'].join(' ');
      told[name] = [told[name], answer.status < 300 ? facts : answer.status].filter(Boolean).join(', ');
    }
  }
  const drawn = '200 image/webp inline made, 200 image/webp inline made';
  const asText = '200 text/plain inline original, 200 text/plain inline original';
  assert.deepEqual(told, {
    ...Object.fromEntries(
      ['jpg', 'png', 'gif', 'webp', 'tiff', 'avif', 'svg'].map((end) => [`a.${end}`, drawn]),
    ),
    'a.bmp': '415, 415',
    'a.heic': '415, 415',
    'a.mp4': '200 video/mp4 inline original, 206 video/mp4 inline original',
    'a.mp3': '200 audio/mpeg inline original, 206 audio/mpeg inline original',
    'a.txt': asText,
    'a.html': asText,
    'a.pdf': '200 application/pdf inline original, 200 application/pdf inline original',
    'a.docx': '403, 403',
    'a.bin': '403, 403',
  });
});

test('the watermark is in the picture and the pages, and different for each recipient', async () => {
  const photo = await picture(600, 600);
  const image = await world.file(ann.headers, ann.root, 'mark.jpg', photo);
  const document = await world.file(ann.headers, ann.root, 'mark.pdf', await pdf());
  const body = { roots: [image, document], permissions: ['preview'], label: 'Draft' };
  const plain = await world.link(ann.headers, body);
  const marked = await world.link(ann.headers, { ...body, watermark: true });
  const stats = async (token: string) =>
    (await sharp((await world.visit(token, 'GET', `/nodes/${image}/content`)).body).stats()).channels[0]
      ?.stdev ?? 0;
  assert.ok((await stats(plain.token)) < 2);
  assert.ok((await stats(marked.token)) > 5, 'something is drawn over it');
  const size = async (token: string) =>
    (await world.visit(token, 'GET', `/nodes/${document}/content`)).body.length;
  assert.ok((await size(marked.token)) > (await size(plain.token)));
  const small = await world.visit(marked.token, 'GET', `/link/previews/${image}?size=320`);
  assert.equal((await sharp(small.body).metadata()).width, 320);
});

test('what is no picture is refused, not a fault', async () => {
  const fake = await world.file(ann.headers, ann.root, 'fake.png', 'not a picture');
  const { token } = await world.link(ann.headers, { roots: [fake], permissions: ['preview'] });
  assert.equal(await status(world.visit(token, 'GET', `/nodes/${fake}/content`)), 415);
});

test('a counted link gives out as often as it says; going on with a download is not another one', async () => {
  const file = await world.file(ann.headers, ann.root, 'counted.txt', '0123456789');
  const { token, id } = await world.link(ann.headers, { roots: [file], maxDownloads: 2 });
  const path = `/nodes/${file}/content`;
  assert.equal(await status(world.visit(token, 'GET', `${path}?download=true`)), 200);
  assert.equal(await status(world.visit(token, 'HEAD', path)), 200, 'nothing was sent');
  assert.equal(await status(world.visit(token, 'GET', `${path}?download=true`)), 200);
  const more = await world.visit(token, 'GET', path, { headers: { range: 'bytes=5-' } });
  assert.deepEqual([more.status, more.body.toString()], [206, '56789'], 'goes on');
  const elsewhere = { range: 'bytes=5-', 'user-agent': 'somebody else' };
  assert.equal(await status(world.visit(token, 'GET', path, { headers: elsewhere })), 410);
  assert.equal(await status(world.visit(token, 'GET', path)), 410);
  for (const other of ['/link', `/nodes/${file}`, `/zip?ids=${file}`])
    assert.equal(await status(world.visit(token, 'GET', other)), 410, other);
  const link = (await world.ask(ann.headers, 'GET', `/links/${id}`)).json();
  assert.deepEqual([link['downloads'], link['state']], [2, 'exhausted']);
  const told = (await world.ask(ann.headers, 'GET', `/links/${id}/statistics`)).json() as {
    days: { downloads: number }[];
    items: { nodeId: string; name: string; downloads: number }[];
  };
  assert.equal(told.days[0]?.downloads, 2);
  assert.deepEqual(
    told.items.map(({ nodeId, name, downloads }) => [nodeId, name, downloads]),
    [[file, 'counted.txt', 2]],
  );
});

test('search stays inside', async () => {
  const inside = await world.folder(ann.headers, ann.root, 'finding');
  const hit = await world.file(ann.headers, inside, 'needle-in.txt', 'x');
  await world.file(ann.headers, ann.root, 'needle-out.txt', 'x');
  await world.node.node.services.journal.settled();
  const { token } = await world.link(ann.headers, { roots: [inside] });
  const found = (await world.visit(token, 'GET', '/search?q=needle')).json() as {
    items: { id: string; workspaceId: string; createdBy: unknown; path?: string }[];
  };
  assert.deepEqual(
    found.items.map(({ id, createdBy, path }) => [id, createdBy, path]),
    [[hit, null, undefined]],
  );
});

test('policies that come later bind links that were there before', async () => {
  const file = await world.file(ann.headers, ann.root, 'policy.txt', 'p');
  const link = await world.link(ann.headers, { roots: [file] });
  const slug = await world.link(ann.headers, { roots: [file], slug: 'policy-word' });
  const set = (key: string, value: unknown) =>
    world.ask(world.node.headers, 'PUT', `/admin/settings/${key}`, { value });
  const opens = (token: string) => status(world.visit(token, 'GET', `/nodes/${file}/content`));
  assert.equal(await opens(link.token), 200);
  for (const [key, strict, usual, answers] of [
    ['links.enabled', false, true, [404, 404]],
    ['links.passwordRequired', true, false, [404, 404]],
    ['links.customSlug', false, true, [200, 404]],
  ] as const) {
    assert.ok((await set(key, strict)).status < 300, key);
    assert.deepEqual([await opens(link.token), await opens(slug.token)], answers, key);
    await set(key, usual);
  }
  await set('links.maxDays', 7);
  const refused = await world.ask(ann.headers, 'POST', '/links', {
    roots: [file],
    expiresAt: Date.now() + 30 * 86_400_000,
  });
  assert.equal(refused.status, 403);
  const bound = (await world.ask(ann.headers, 'GET', `/links/${link.id}`)).json();
  assert.equal(bound['endsAt'], Number(bound['createdAt']) + 7 * 86_400_000);
  await set('links.maxDays', 0);
  await set('links.defaultDays', 3);
  const made = await world.ask(ann.headers, 'POST', '/links', { roots: [file] });
  assert.ok(Number(made.json()['expiresAt']) > Date.now() + 2 * 86_400_000);
  await set('links.defaultDays', 0);
});
