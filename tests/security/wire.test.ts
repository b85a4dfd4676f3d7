/** Bytes on the wire that two parsers could read in two ways, addresses in disguise, and names that try to leave their header. */
import assert from 'node:assert/strict';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { makeFolder, put, raw, startPlace, statuses } from './support.ts';

const place = await startPlace();
const eve = await place.makePerson('eve');
const { url } = place.server;
const auth = `authorization: ${eve.authorization}\r\n`;
const leak = /\/(?:work|tmp|home|root|usr)\/|node_modules|\.ts:\d|sqlite|select |at async /i;

test('a request that has two ends is refused, and nothing behind it is taken for a second request', async () => {
  const smuggled = 'GET /api/v1/session HTTP/1.1\r\nhost: x\r\n\r\n';
  const length = Buffer.byteLength(smuggled);
  const heads = [
    `content-length: 0\r\ncontent-length: ${length}\r\n`,
    `content-length: 0, ${length}\r\n`,
    `content-length: +0\r\n`,
    `content-length: 0x0\r\n`,
    `content-length: ${length}\r\ntransfer-encoding: chunked\r\n`,
    `transfer-encoding: chunked\r\ncontent-length: ${length}\r\n`,
    `transfer-encoding: xchunked\r\n`,
    `transfer-encoding : chunked\r\n`,
    `transfer-encoding: chunked, identity\r\n`,
    `content-length: 0\r\n transfer-encoding: chunked\r\n`,
    `x: y\r\n folded: z\r\n`,
    `x\0y: z\r\n`,
    `x: a\0b\r\n`,
    `x: a\rb\r\n`,
    `: empty\r\n`,
  ];
  for (const head of heads) {
    const text = await raw(
      url,
      `PUT /dav/personal/s.txt HTTP/1.1\r\nhost: x\r\n${auth}${head}\r\n${smuggled}`,
      400,
    );
    const [first, ...more] = statuses(text);
    assert.ok(
      first === undefined || (first >= 400 && first < 500),
      `${JSON.stringify(head)}: ${text.slice(0, 60)}`,
    );
    assert.deepEqual(more, [], JSON.stringify(head));
  }
});

test('chunks that lie are refused', async () => {
  const chunked = 'transfer-encoding: chunked\r\n\r\n';
  for (const body of [
    'zz\r\nabc\r\n0\r\n\r\n',
    '-1\r\n',
    'fffffffffffffffff\r\nabc',
    `5;${'x'.repeat(40_000)}\r\nhello\r\n0\r\n\r\n`,
    '5\nhello\n0\n\n',
  ]) {
    const text = await raw(
      url,
      `PUT /dav/personal/c.txt HTTP/1.1\r\nhost: x\r\n${auth}${chunked}${body}`,
      400,
    );
    const [first] = statuses(text);
    assert.ok(first === undefined || first >= 400, `${body.slice(0, 20)}: ${text.slice(0, 60)}`);
  }
  const absent = await eve.request('GET', '/dav/personal/c.txt');
  assert.equal(absent.status, 404);
});

test('no disguise of an address reaches what the plain one does not', async () => {
  const file = await put(eve.client, eve.home.rootId, 'file.txt', 'mine');
  const targets = [
    '/api/v1/../v1/session',
    '/api/v1/./session',
    '//api/v1/session',
    '/api//v1/session',
    '/API/v1/session',
    '/%61pi/v1/session',
    '/api/v1/%73ession/',
    '/api%2fv1%2fsession',
    '/api/v1/session/',
    '/api/v1/session;a=b',
    '/api/v1/session%00',
    '/api/v1/session%0d%0a',
    '/api/v1/nodes/..%2f..%2fsession',
    `/api/v1/nodes/${file.id}%2fcontent`,
    `/api/v1/nodes/${file.id}/../${file.id}/content`,
    '/dav/personal/../personal/file.txt',
    '/dav/personal/%2e%2e/personal/file.txt',
    '/dav/personal/x/..%2ffile.txt',
    '/dav/personal/%2e/file.txt',
    '/dav/personal%2ffile.txt',
    '/dav/personal/file.txt%00',
    '/dav/personal\\file.txt',
    '/dav/personal/file.txt%0d%0ax:y',
    '/dav/personal/%c0%ae%c0%ae/file.txt',
    '/dav/personal/%ff',
    '/dav/%2e%2e/dav/personal/file.txt',
    '/%2e%2e/dav/personal/file.txt',
    '/..;/dav/personal/file.txt',
    '/./dav/personal/file.txt',
    '/metrics/../api/v1/session',
    '/healthz/../api/v1/session',
    '/assets/../api/v1/session',
    '/assets/%2e%2e/%2e%2e/package.json',
    '/..%2f..%2fpackage.json',
  ];
  for (const target of targets) {
    const text = await raw(url, `GET ${target} HTTP/1.1\r\nhost: x\r\n${auth}connection: close\r\n\r\n`);
    const [status] = statuses(text);
    assert.ok(status !== undefined && status >= 400 && status < 500, `${target}: ${text.slice(0, 80)}`);
    assert.ok(!text.includes('mine') && !leak.test(text), `${target}: ${text}`);
  }
});

test('the absolute form, foreign hosts and odd methods open nothing', async () => {
  const ask = (head: string): Promise<string> => raw(url, `${head}\r\nconnection: close\r\n\r\n`);
  for (const target of [
    'http://evil.example/api/v1/session',
    'http://x@y/api/v1/session',
    'https://evil.example/dav/',
  ])
    assert.deepEqual(statuses(await ask(`GET ${target} HTTP/1.1\r\nhost: evil.example`)), [401], target);
  for (const host of ['a b', 'a/b', 'a@b', 'a,b', '<script>', 'a\\b', 'x'.repeat(300)])
    assert.deepEqual(statuses(await ask(`GET /api/v1/setup HTTP/1.1\r\nhost: ${host}`)), [400], host);
  assert.deepEqual(statuses(await ask('GET / HTTP/1.1')), [400]);
  for (const method of ['TRACE', 'CONNECT', 'TRACK', 'DEBUG', 'get', 'PURGE']) {
    const text = await ask(`${method} /api/v1/session HTTP/1.1\r\nhost: x\r\n${auth}x-canary: told`);
    assert.ok(!text.includes('told'), method);
    assert.ok((statuses(text)[0] ?? 400) >= 400, `${method}: ${text.slice(0, 60)}`);
  }
  const evil = await place.request('GET', '/dav/', {
    headers: { accept: 'text/html', authorization: eve.authorization, 'x-forwarded-host': 'evil.example' },
  });
  assert.ok(!JSON.stringify([...evil.headers]).includes('evil.example'));
  for (const name of ['x-http-method-override', 'x-http-method', 'x-method-override'])
    assert.equal(
      (await eve.request('GET', '/api/v1/session', { headers: { [name]: 'DELETE' } })).status,
      200,
    );
});

const wicked = [
  'a"b.txt',
  "a'b.txt",
  'a;filename=evil.html',
  'a\u2028b.txt',
  'a\u202etxt.exe',
  'ä"\\.txt',
  '%0d%0aset-cookie: a=b',
  '<img src=x onerror=alert(1)>.txt',
  ']]>&<.txt',
  '$(id).txt',
  '..\\..\\evil',
  'C:\\evil',
  '-rf',
  '__proto__',
  'constructor',
  'x'.repeat(255),
  'a?b#c',
  '%2e%2e',
  "' or 1=1 --",
  '.htaccess',
  'CON',
  '😀.txt',
];

test('names are data in every header and every document', async () => {
  const folder = await makeFolder(eve.client, eve.home.rootId, 'names');
  for (const name of wicked) {
    const node = await put(eve.client, folder.id, name, 'x');
    assert.equal(node.name, name.normalize('NFC'));
    const path = `/dav/personal/names/${encodeURIComponent(name)}`;
    for (const target of [
      `/api/v1/nodes/${node.id}/content?download=true`,
      `/api/v1/zip?ids=${node.id}`,
      path,
    ]) {
      const answer = await eve.request('GET', target);
      assert.equal(answer.status, 200, `${name} ${target}`);
      assert.equal(answer.headers.get('set-cookie'), null);
      const disposition = answer.headers.get('content-disposition') ?? 'attachment; filename="x"';
      assert.match(
        disposition,
        /^(?:attachment|inline); filename="[\x20-\x7e]*"(?:; filename\*=UTF-8''[A-Za-z0-9%!#$&+.^_`|~-]*)?$/,
      );
      assert.equal((disposition.split('filename*')[0] ?? '').split('"').length, 3, disposition);
      await answer.arrayBuffer();
    }
    const listed = await eve.request('PROPFIND', path, { headers: { depth: '0' } });
    const xml = await listed.text();
    assert.equal(listed.status, 207, name);
    const shown = /<D:displayname>([^<]*)<\/D:displayname>/.exec(xml)?.[1] ?? '';
    assert.equal(unescaped(shown), name.normalize('NFC'));
    assert.match(/<D:href>([^<]*)<\/D:href>/.exec(xml)?.[1] ?? '', /^\/dav\/[A-Za-z0-9\-_.~!'()*%/]*$/);
  }
  const zip = Buffer.from(await (await eve.request('GET', `/api/v1/zip?ids=${folder.id}`)).arrayBuffer());
  for (const name of entryNames(zip)) assert.ok(!/\\|(?:^|\/)\.\.(?:\/|$)|^\/|:/.test(name), name);
});

function unescaped(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&');
}

function entryNames(zip: Buffer): string[] {
  const names: string[] = [];
  for (
    let at = zip.indexOf('PK\x01\x02', 0, 'latin1');
    at >= 0;
    at = zip.indexOf('PK\x01\x02', at + 4, 'latin1')
  )
    names.push(zip.subarray(at + 46, at + 46 + zip.readUInt16LE(at + 28)).toString());
  return names;
}

test('impossible names are refused alike on every door', async () => {
  for (const name of [
    '..',
    '.',
    'a/b',
    'a\0b',
    'a\nb',
    'a\r\nb',
    '\u0085',
    '\x7f',
    'x'.repeat(256),
    'ä'.repeat(128),
  ]) {
    const encoded = encodeURIComponent(name);
    const doors: [string, string, RequestInit?][] = [
      ['PUT', `/api/v1/nodes/${eve.home.rootId}/children/${encoded}/content`, { body: 'x' }],
      [
        'POST',
        `/api/v1/nodes/${eve.home.rootId}/children`,
        { body: JSON.stringify({ name }), headers: { 'content-type': 'application/json' } },
      ],
    ];
    for (const [method, target, init] of doors) {
      const text = await rawBody(method, target, init);
      assert.match(
        text,
        /^HTTP\/1\.1 (?:400|404)/,
        `${method} ${JSON.stringify(name)}: ${text.slice(0, 200)}`,
      );
    }
    assert.match(
      await rawBody('PUT', `/dav/personal/${encoded}`, { body: 'x' }),
      /^HTTP\/1\.1 400/,
      JSON.stringify(name),
    );
  }
});

/** Past fetch, which tidies addresses. */
function rawBody(method: string, target: string, init: RequestInit = {}): Promise<string> {
  const body = String(init.body ?? '');
  const type = JSON.stringify(init.headers ?? {}).includes('json')
    ? 'content-type: application/json\r\n'
    : '';
  return raw(
    url,
    `${method} ${target.replaceAll('..', '%2e%2e').replace(/\/\.$/, '/%2e')} HTTP/1.1\r\nhost: x\r\n${auth}${type}content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}

test('what is kept of XML comes back as data: properties, lock owners', async () => {
  const bodies = [
    '<x xmlns="urn:x">]]&gt;&lt;evil/&gt;&amp;</x>',
    '<x xmlns="urn:x"><![CDATA[<evil/>]]></x>',
    '<x xmlns="urn:x&quot; evil=&quot;1"/>',
    '<D:x xmlns:D="urn:y"><D:z/></D:x>',
    '<x xmlns="urn:x" a="&lt;&quot;&#10;">&#13;</x>',
    '<x xmlns="urn:x"><!-- --><?evil ?></x>',
    '<x xmlns=""/>',
  ];
  for (const body of bodies) {
    const name = `p${bodies.indexOf(body)}.txt`;
    await put(eve.client, eve.home.rootId, name, 'x');
    const patch = await eve.request('PROPPATCH', `/dav/personal/${name}`, {
      body: `<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop>${body}</D:prop></D:set></D:propertyupdate>`,
    });
    const lock = await eve.request('LOCK', `/dav/personal/${name}`, {
      body: `<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype><D:owner>${body}</D:owner></D:lockinfo>`,
    });
    const shown = await eve.request('PROPFIND', `/dav/personal/${name}`, { headers: { depth: '0' } });
    for (const answer of [patch, lock, shown]) {
      const xml = await answer.text();
      assert.ok(answer.status < 300, `${body}: ${answer.status} ${xml}`);
      assert.ok(!/<evil|<\?evil|evil="/.test(xml), xml);
      assert.equal(
        xml.split('<D:').length - xml.split('</D:').length,
        (xml.match(/<D:[^>]*\/>/g) ?? []).length,
        xml,
      );
    }
  }
  const control = await eve.request('PROPPATCH', '/dav/personal/p0.txt', {
    body: '<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><x xmlns="urn:x">&#0;&#8;</x></D:prop></D:set></D:propertyupdate>',
  });
  assert.equal(control.status, 400);
});

test('JSON cannot reach prototypes, and errors tell nothing of the inside', async () => {
  const bodies = [
    '{"__proto__":{"admin":true},"name":"p"}',
    '{"constructor":{"prototype":{"admin":true}},"name":"p"}',
    '{"name":"p","__proto__":null}',
    '{"name":{"toString":1}}',
    '{"name":["x"]}',
    '{',
    '\u0000',
    '"x"',
    '[]',
  ];
  for (const body of bodies) {
    const answer = await eve.request('POST', `/api/v1/nodes/${eve.home.rootId}/children`, {
      body,
      headers: { 'content-type': 'application/json' },
    });
    assert.equal(answer.status, 400, body);
    assert.ok(!leak.test(await answer.text()), body);
  }
  assert.equal((await eve.client.call('me')).user.admin, false);
  for (const target of [
    "/api/v1/search?q=' OR 1=1 --",
    '/api/v1/search?q=%22%20NEAR%20*%20AND%20(',
    '/api/v1/search?q=%00',
    '/api/v1/search?q=a*%20OR%20b^',
    "/api/v1/search?extension=x'%20or%20'1",
    `/api/v1/nodes/${eve.home.rootId}/children?name=%25_!'`,
    `/api/v1/nodes/${eve.home.rootId}/children?sort=name;drop`,
    `/api/v1/nodes/${eve.home.rootId}/children?order=asc,(select%201)`,
    `/api/v1/nodes?path=/personal/'%20or%20'1`,
    "/api/v1/nodes/'%20or%20'1",
    '/api/v1/activity?user=x',
  ]) {
    const answer = await eve.request('GET', target);
    const text = await answer.text();
    assert.ok(
      [200, 400, 404].includes(answer.status) && !leak.test(text),
      `${target}: ${answer.status} ${text.slice(0, 300)}`,
    );
    if (answer.status === 200)
      assert.ok((JSON.parse(text) as { items: unknown[] }).items.length <= 1, target); // one file has such a name
  }
});

test('probes and metrics, open to all, hold no secrets, paths or people', async () => {
  for (const target of ['/healthz', '/readyz', '/metrics', '/api/v1/openapi.json', '/api/v1/setup', '/']) {
    const text = await (await place.request('GET', target)).text();
    assert.ok(
      !text.includes(place.folder) &&
        !/\beve\b/.test(text) &&
        !/vvx_(?:pat|app)_[A-Za-z0-9_-]{20}/.test(text),
      target,
    );
    assert.ok(!/\/(?:work|home|root)\//.test(text), target);
  }
});

test('a store that fails is told to all by name only; why, the administrator is told', async () => {
  for (const name of ['config.json', 'vault.json']) {
    await rm(path.join(place.folder, name), { force: true });
    await mkdir(path.join(place.folder, name));
  }
  const deadline = Date.now() + 20_000;
  let text = '';
  while (!text.includes('"ok":false')) {
    assert.ok(Date.now() < deadline, text);
    text = await (await place.request('GET', '/readyz')).text();
  }
  assert.ok(!text.includes(place.folder) && !/E[A-Z]{4,}|error/.test(text), text);
  const { stores } = await place.admin.call('status');
  assert.ok(stores.some((store) => store.error !== null));
});
