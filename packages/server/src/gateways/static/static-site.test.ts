import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fakeServices, send, startTestServer, type TestServer } from '../http/testing.ts';

let root: string;
let site: TestServer;
const html = { accept: 'text/html,*/*;q=0.8' };

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'volvox-site-'));
  const dist = join(root, 'dist');
  await mkdir(join(dist, 'assets'), { recursive: true });
  await writeFile(join(root, 'secret.txt'), 'secret');
  await writeFile(join(dist, 'index.html'), '<!doctype html>page');
  await writeFile(join(dist, 'assets', 'app-B1x2C3d4.js'), 'run()');
  await writeFile(join(dist, 'assets', 'app-B1x2C3d4.js.br'), 'brotli');
  await writeFile(join(dist, 'assets', 'app-B1x2C3d4.js.gz'), 'gzip');
  await writeFile(join(dist, 'favicon.svg'), '<svg/>');
  site = await startTestServer(fakeServices(), { webRoot: dist });
});
after(async () => {
  await site.close();
  await rm(root, { recursive: true });
});

const get = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
  send(site.port, { method, path, headers });

test('the page is fresh, what has a hash in its name is kept for ever', async () => {
  const page = await get('/', html);
  assert.deepEqual(
    [page.status, page.body.toString(), page.headers['cache-control']],
    [200, '<!doctype html>page', 'no-cache'],
  );
  assert.match(String(page.headers['content-security-policy']), /default-src 'self'; script-src 'self';/);
  assert.equal((await get('/', { 'if-none-match': String(page.headers.etag) })).status, 304);
  assert.equal((await get('/', { 'if-modified-since': new Date().toUTCString() })).status, 200);
  assert.match(String((await get('/assets/app-B1x2C3d4.js')).headers['cache-control']), /immutable/);
  assert.equal((await get('/favicon.svg')).headers['cache-control'], 'no-cache');
  assert.equal((await get('/', html, 'HEAD')).body.length, 0);
});

test('sends what was compressed at build where the client takes it', async () => {
  const coding = async (accepted: string) =>
    (await get('/assets/app-B1x2C3d4.js', { 'accept-encoding': accepted })).headers['content-encoding'];
  assert.deepEqual(
    [await coding('gzip, br'), await coding('gzip'), await coding('br;q=0, gzip'), await coding('identity')],
    ['br', 'gzip', 'gzip', undefined],
  );
  assert.equal((await get('/assets/app-B1x2C3d4.js.br')).status, 404);
});

test('addresses of the application get its page, whatever they end in', async () => {
  for (const path of ['/files/common/a.txt', '/login', '/setup?key=x', '/files/%E2%82%AC'])
    assert.equal((await get(path, html)).body.toString(), '<!doctype html>page', path);
});

test('what is no page gets none', async () => {
  for (const path of [
    '/api',
    '/api/v2/x',
    '/dav',
    '/dav/x',
    '/assets/gone-12345678.js',
    '/assets/',
    '/.well-known/x',
  ]) {
    const answer = await get(path, html);
    assert.equal(answer.status, 404, path);
    assert.ok(!answer.body.toString().includes('page'), path);
  }
  assert.equal((await get('/files/x', { accept: '*/*' })).status, 404);
  assert.equal((await get('/', html, 'POST')).status, 405);
});

test('no address leads out of the build', async () => {
  for (const path of [
    '/../secret.txt',
    '/..%2fsecret.txt',
    '/%2e%2e/secret.txt',
    '/assets/../../secret.txt',
    '/..%5csecret.txt',
    '/%00',
    '/%zz',
  ]) {
    const answer = await get(path);
    assert.equal(answer.status, 404, path);
    assert.ok(!answer.body.includes('secret'), path);
  }
});

test('without a build it says so', async () => {
  const bare = await startTestServer(fakeServices());
  const answer = await send(bare.port, { path: '/', headers: html });
  assert.equal(answer.status, 503);
  assert.match(answer.body.toString(), /npm run build/);
  await bare.close();
});
