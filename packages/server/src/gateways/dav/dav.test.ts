import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { silentLogger } from '../../kernel/logger.ts';
import { createDavGateway } from './gateway.ts';
import { annPassword, basic, exchange, startDavNode, type DavNode } from './testing.ts';
import { parseXml } from './xml-in.ts';
import { countSql, requestsOf } from '../../testing/counted-sql.ts';
import { until } from '../../testing/expectations.ts';

let own: DavNode;
before(async () => void (own = await startDavNode()));
after(() => own.stop());

const four =
  '<?xml version="1.0" encoding="utf-8"?><D:propfind xmlns:D="DAV:"><D:prop><D:resourcetype/><D:getcontentlength/><D:getlastmodified/><D:getetag/></D:prop></D:propfind>';
const prop = (names: string): string => `<propfind xmlns="DAV:"><prop>${names}</prop></propfind>`;
const lockBody = (scope = 'exclusive'): string =>
  `<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:${scope}/></D:lockscope><D:locktype><D:write/></D:locktype><D:owner>me</D:owner></D:lockinfo>`;

async function folder(name: string): Promise<string> {
  const at = `/dav/common/${name}`;
  assert.equal((await own.dav('MKCOL', at)).status, 201);
  return at;
}

async function put(at: string, body: string | Uint8Array = 'hello', headers = {}): Promise<void> {
  const answer = await own.dav('PUT', at, { body, headers });
  assert.ok([201, 204].includes(answer.status), `${answer.status} ${answer.text}`);
}

function hrefs(xml: string): string[] {
  return [...xml.matchAll(/<D:response><D:href>([^<]*)<\/D:href>/g)].map(([, href]) => href ?? '');
}

async function blobCount(): Promise<number> {
  let count = 0;
  for await (const _blob of own.node.stores.blobs.list()) count++;
  return count;
}

test('asks for credentials, takes no cookie, tells about itself to anybody', async () => {
  const open = await exchange(own.port, 'OPTIONS', '/dav/common/', {});
  assert.equal(open.status, 200);
  assert.equal(open.headers['dav'], '1, 2, 3');
  for (const headers of [
    {},
    { Cookie: 'volvox_session=x; __Host-volvox=x' },
    { Authorization: 'Basic !' },
    { Authorization: basic('ann', 'wrong') },
    { Authorization: 'Bearer nothing' },
  ]) {
    const answer = await exchange(own.port, 'PROPFIND', '/dav/common/', headers);
    assert.equal(answer.status, 401);
    assert.match(answer.headers['www-authenticate'] ?? '', /^Basic realm="Volvox", charset="UTF-8"/);
  }
});

test('a token for reading can not write', async () => {
  const context = await own.contextOf('ann');
  const { identity } = own.node.services;
  const reader = await identity.createToken(context, {
    kind: 'access_token',
    label: 'r',
    scopes: ['files:read'],
  });
  const app = await identity.createToken(context, { kind: 'app_password', label: 'a' });
  const at = await folder('scopes');
  const bearer = { Authorization: `Bearer ${reader.secret}` };
  assert.equal((await own.dav('PROPFIND', at, { headers: { ...bearer, Depth: '0' } })).status, 207);
  for (const method of ['PUT', 'DELETE', 'MKCOL', 'COPY', 'MOVE', 'PROPPATCH', 'LOCK', 'UNLOCK']) {
    assert.equal(
      (await own.dav(method, `${at}/x`, { headers: { ...bearer, Destination: `${at}/y` } })).status,
      403,
      method,
    );
  }
  assert.equal(
    (await own.dav('PUT', `${at}/x`, { headers: { Authorization: basic('ann', app.secret) }, body: 'x' }))
      .status,
    201,
  );
});

test('one user does not see what another may not read', async () => {
  const { identity } = own.node.services;
  const context = await own.contextOf('ann');
  await identity.createUser(context, { login: 'bob', password: annPassword });
  await put('/dav/personal/secret.txt', 'mine');
  const bob = { Authorization: basic('bob', annPassword) };
  assert.equal((await own.dav('GET', '/dav/personal/secret.txt', { headers: bob })).status, 404);
  const list = await own.dav('PROPFIND', '/dav/', { headers: { ...bob, Depth: '1' } });
  assert.ok(hrefs(list.text).includes('/dav/common/'));
  assert.equal((await own.dav('GET', '/dav/personal/secret.txt')).text, 'mine');
});

test('no spelling of a path leads anywhere else', async () => {
  const at = await folder('paths');
  await put(`${at}/f.txt`);
  const tricks = [
    '../../../../etc/passwd',
    '..%2f..%2fetc%2fpasswd',
    '%2e%2e/%2e%2e/common/paths/f.txt',
    './f.txt',
    'x/../f.txt',
    '..%5c..%5cetc',
    'f.txt%00.png',
    'f.txt%2f',
    'f.txt%0d%0aX-A:%20b',
    '%c0%ae%c0%ae/f.txt',
    'f%ff',
    'f.txt;a=b',
    'f.txt%20',
    '%252e%252e/f.txt',
    'F.TXT',
    'f.txt%EF%BC%8F',
  ];
  for (const trick of tricks) {
    const answer = await own.dav('GET', `${at}/${trick}`);
    assert.ok(answer.status === 400 || answer.status === 404, `${trick}: ${answer.status}`);
    assert.equal(answer.headers['x-a'], undefined);
  }
  assert.equal((await own.dav('GET', `${at}//f.txt`)).status, 200);
  assert.equal((await own.dav('DELETE', `${at}/..`)).status, 400);
  for (const destination of [
    'http://evil.example/dav/common/x',
    '/dav/common/../x',
    '/api/v1/x',
    `${at}/a%2fb`,
  ]) {
    const answer = await own.dav('MOVE', `${at}/f.txt`, { headers: { Destination: destination } });
    assert.ok([400, 502].includes(answer.status), destination);
  }
  assert.equal((await own.dav('GET', `${at}/f.txt`)).status, 200);
});

test('names never become headers or elements', async () => {
  const at = await folder('injection');
  const name = encodeURIComponent('a"; x="<b>&é;\u2028.html');
  await put(`${at}/${name}`, '<script>alert(1)</script>');
  const got = await own.dav('GET', `${at}/${name}`);
  assert.equal(got.status, 200);
  assert.match(String(got.headers['content-security-policy']), /^sandbox;/);
  assert.match(
    got.headers['content-disposition'] ?? '',
    /^attachment; filename="[^"]*"; filename\*=UTF-8''[\w%.-]+$/,
  );
  assert.equal(got.headers['x-content-type-options'], 'nosniff');
  const listed = await own.dav('PROPFIND', `${at}/`, {
    headers: { Depth: '1' },
    body: prop('<displayname/>'),
  });
  parseXml(listed.bytes);
  assert.equal(hrefs(listed.text)[1], `${at}/${name}`);
  assert.ok(listed.text.includes('a"; x="&lt;b&gt;&amp;é;'));
});

test('XML that would grow or read files is refused', async () => {
  const bodies = [
    '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><propfind xmlns="DAV:"><prop><x xmlns="urn:x">&b;</x></prop></propfind>',
    '<!DOCTYPE p [<!ENTITY x SYSTEM "file:///etc/passwd">]><propfind xmlns="DAV:"><prop><x xmlns="urn:x">&x;</x></prop></propfind>',
    `<propfind xmlns="DAV:"><prop>${'<a>'.repeat(1000)}${'</a>'.repeat(1000)}</prop></propfind>`,
  ];
  for (const body of bodies)
    assert.equal((await own.dav('PROPFIND', '/dav/common/', { headers: { Depth: '0' }, body })).status, 400);
  const big = await own.dav('PROPFIND', '/dav/common/', {
    headers: { Depth: '0' },
    body: ' '.repeat((1 << 20) + 1),
  });
  assert.equal(big.status, 413);
});

test('lists 5,000 children with a constant number of statements for each batch', async () => {
  const at = await folder('many');
  const context = await own.contextOf('ann');
  const { tree, workspaces } = own.node.services;
  const common = await workspaces.bySlug(context, 'common');
  const { found } = await tree.resolve(context, common, ['many']);
  assert.ok(found);
  for (let i = 0; i < 5000; i++)
    await tree.putFile(
      context,
      { parentId: found.node.id, name: `f ${i}` },
      { chunks: [], size: 0, sha256: null },
    );
  const statements = async (depth: string, body: string): Promise<{ cost: number; count: number }> => {
    let list: readonly string[] = [];
    const { statements: cost } = await requestsOf(own.node.stores.sql, async () => {
      const answer = await own.dav('PROPFIND', `${at}/`, { headers: { Depth: depth }, body });
      assert.equal(answer.status, 207);
      list = hrefs(answer.text);
    });
    assert.equal(new Set(list).size, list.length);
    return { cost, count: list.length };
  };
  countSql(own.node.stores.sql);
  const plain = await statements('1', four);
  assert.equal(plain.count, 5001);
  // One more for each child would be thousands, one more for each batch above these bounds.
  assert.ok(plain.cost <= 7, `${plain.cost} statements`);
  const all = await statements('1', '');
  assert.equal(all.count, 5001);
  assert.ok(all.cost <= 19, `${all.cost} statements`);
});

test('Depth: infinity is answered whole or refused before the first byte', async () => {
  const at = await folder('deep');
  for (const name of ['a', 'a/b', 'a/b/c']) await folder(`deep/${name}`);
  await put(`${at}/a/b/c/leaf`);
  const { settings } = own.node.services;
  const whole = await own.dav('PROPFIND', at, { headers: { Depth: 'infinity' }, body: four });
  assert.deepEqual(hrefs(whole.text).sort(), [
    `${at}/`,
    `${at}/a/`,
    `${at}/a/b/`,
    `${at}/a/b/c/`,
    `${at}/a/b/c/leaf`,
  ]);
  await settings.set('dav.infinityLimit', 3, { actor: null });
  const refused = await own.dav('PROPFIND', at, { body: four });
  assert.equal(refused.status, 403);
  assert.match(refused.text, /<D:propfind-finite-depth\/>/);
  await settings.unset('dav.infinityLimit', null);
  assert.equal((await own.dav('PROPFIND', '/dav/', { headers: { Depth: 'infinity' } })).status, 403);
});

test('a PUT that breaks off keeps nothing', async () => {
  const at = await folder('abort');
  const blobsBefore = await blobCount();
  for (const headers of ['Content-Length: 3000000', 'Content-Length: 1000', 'Transfer-Encoding: chunked']) {
    const socket = connect(own.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(
      `PUT ${at}/cut.bin HTTP/1.1\r\nHost: x\r\nAuthorization: ${basic('ann', annPassword)}\r\n${headers}\r\n\r\n`,
    );
    if (headers.startsWith('T')) socket.write(`100000\r\n`);
    await new Promise((resolve) => socket.write(Buffer.alloc(900, 1), resolve));
    await new Promise((resolve) => setImmediate(resolve));
    socket.resetAndDestroy();
    await until(async () => (await blobCount()) === blobsBefore);
    assert.equal((await own.dav('GET', `${at}/cut.bin`)).status, 404);
  }
});

test('what is refused keeps the connection answering', async () => {
  const at = await folder('refused');
  await put(`${at}/f`, 'x');
  const big = Buffer.alloc(4 << 20);
  const conditional = await own.dav('PUT', `${at}/f`, { headers: { 'If-Match': '"other"' }, body: big });
  assert.equal(conditional.status, 412);
  assert.equal(conditional.headers['connection'], 'close');
  assert.equal((await own.dav('PUT', `${at}/none/f`, { body: big })).status, 409);
  assert.equal((await own.dav('PUT', `${at}/`, { body: 'x' })).status, 405);
  assert.equal(
    (await own.dav('PUT', `${at}/f`, { headers: { 'Content-Range': 'bytes 0-0/1' }, body: 'x' })).status,
    400,
  );
  assert.equal((await own.dav('GET', `${at}/f`)).text, 'x');
});

test('a wrong checksum keeps nothing, a right one is taken', async () => {
  const at = await folder('sums');
  const wrong = { 'X-Content-SHA256': 'ab'.repeat(32) };
  assert.equal((await own.dav('PUT', `${at}/f`, { headers: wrong, body: 'hello' })).status, 400);
  assert.equal((await own.dav('GET', `${at}/f`)).status, 404);
  assert.equal(
    (
      await own.dav('PUT', `${at}/f`, {
        headers: { 'OC-Checksum': 'ADLER32:1 SHA1:AAF4C61DDCC5E8A2DABEDE0F3B482CD9AEA9434D' },
        body: 'hello',
      })
    ).status,
    201,
  );
  assert.equal(
    (await own.dav('PUT', `${at}/f`, { headers: { 'OC-Checksum': 'SHA1:zz' }, body: 'hello' })).status,
    400,
  );
});

test('the stated time of change is kept', async () => {
  const at = await folder('times');
  const stated = await own.dav('PUT', `${at}/f`, { headers: { 'X-OC-Mtime': '784111777' }, body: 'x' });
  assert.equal(stated.headers['x-oc-mtime'], 'accepted');
  assert.equal((await own.dav('HEAD', `${at}/f`)).headers['last-modified'], 'Sun, 06 Nov 1994 08:49:37 GMT');
  const patch =
    '<propertyupdate xmlns="DAV:"><set><prop><getlastmodified>Mon, 07 Nov 1994 08:49:37 GMT</getlastmodified></prop></set></propertyupdate>';
  assert.match((await own.dav('PROPPATCH', `${at}/f`, { body: patch })).text, /200 OK/);
  assert.equal((await own.dav('HEAD', `${at}/f`)).headers['last-modified'], 'Mon, 07 Nov 1994 08:49:37 GMT');
});

test('PROPPATCH changes all or nothing', async () => {
  const at = await folder('patch');
  const patch = (inner: string): Promise<{ readonly status: number; readonly text: string }> =>
    own.dav('PROPPATCH', at, {
      body: `<D:propertyupdate xmlns:D="DAV:" xmlns:x="urn:x">${inner}</D:propertyupdate>`,
    });
  const mixed = await patch('<D:set><D:prop><x:a>1</x:a><D:getetag>no</D:getetag></D:prop></D:set>');
  assert.match(
    mixed.text,
    /424 Failed Dependency[\s\S]*403 Forbidden[\s\S]*cannot-modify-protected-property/,
  );
  const ask = async (): Promise<string> =>
    (await own.dav('PROPFIND', at, { headers: { Depth: '0' }, body: prop('<a xmlns="urn:x"/>') })).text;
  assert.match(await ask(), /404 Not Found/);
  await patch('<D:set><D:prop><x:a xml:lang="fr"><x:b c="&lt;"/>é</x:a></D:prop></D:set>');
  assert.match(await ask(), /<x:a xmlns:x="urn:x" xml:lang="fr"><x:b c="&lt;"\/>é<\/x:a>/);
});

test('locks hold for every way of writing, and for members and parents', async () => {
  const at = await folder('locked');
  await put(`${at}/f`, 'x');
  const answer = await own.dav('LOCK', `${at}/`, {
    headers: { Depth: 'infinity', Timeout: 'Second-60' },
    body: lockBody(),
  });
  assert.equal(answer.status, 200);
  const token = String(answer.headers['lock-token']);
  const If = { If: `<${at}/> (${token})` };
  for (const [method, target, headers] of [
    ['PUT', 'f', {}],
    ['PUT', 'new', {}],
    ['DELETE', 'f', {}],
    ['MKCOL', 'd', {}],
    ['MOVE', 'f', { Destination: `${at}/g` }],
    ['PROPPATCH', 'f', {}],
    ['COPY', 'f', { Destination: `${at}/g` }],
    ['LOCK', 'f', {}],
  ] as const) {
    const body =
      method === 'LOCK'
        ? lockBody()
        : method === 'PUT'
          ? 'y'
          : method === 'PROPPATCH'
            ? '<propertyupdate xmlns="DAV:"><set><prop><x xmlns="urn:x">1</x></prop></set></propertyupdate>'
            : undefined;
    const refused = await own.dav(method, `${at}/${target}`, {
      headers,
      ...(body !== undefined && { body }),
    });
    assert.equal(refused.status, 423, `${method} ${target}`);
  }
  assert.equal((await own.dav('PUT', `${at}/f`, { headers: If, body: 'y' })).status, 204);
  assert.equal(
    (await own.dav('PUT', `${at}/f`, { headers: { If: `(${token} ["wrong"])` }, body: 'z' })).status,
    412,
  );
  const discovery = await own.dav('PROPFIND', `${at}/`, {
    headers: { Depth: '1' },
    body: prop('<lockdiscovery/>'),
  });
  assert.equal(discovery.text.split('<D:activelock>').length - 1, 2);
  assert.equal(discovery.text.split(`<D:lockroot><D:href>${at}/</D:href>`).length - 1, 2);
  assert.equal(
    (await own.dav('UNLOCK', `${at}/`, { headers: { 'Lock-Token': '<urn:uuid:0>' } })).status,
    409,
  );
  assert.equal(
    (await own.dav('UNLOCK', `${at}/`, { headers: { 'Lock-Token': token.slice(1, -1) } })).status,
    204,
  );
  assert.equal((await own.dav('PUT', `${at}/f`, { body: 'y' })).status, 204);
});

test('a lock on a free name makes an empty file, and nothing where it is refused', async () => {
  const at = await folder('unmapped');
  const made = await own.dav('LOCK', `${at}/new`, { headers: { Depth: '0' }, body: lockBody() });
  assert.equal(made.status, 201);
  assert.equal((await own.dav('GET', `${at}/new`)).headers['content-length'], '0');
  assert.equal((await own.dav('LOCK', `${at}/no/new`, { body: lockBody() })).status, 409);
  const shared = await own.dav('LOCK', `${at}/new`, { body: lockBody('shared') });
  assert.equal(shared.status, 423);
  assert.match(shared.text, /<D:no-conflicting-lock>/);
});

test('the workspaces can be listed and nothing else done to them', async () => {
  const list = await own.dav('PROPFIND', '/dav/', {
    headers: { Depth: '1' },
    body: prop('<displayname/><quota-used-bytes/><getetag/>'),
  });
  assert.deepEqual(hrefs(list.text).slice(0, 2), ['/dav/', '/dav/personal/']);
  for (const [method, target] of [
    ['DELETE', '/dav/common'],
    ['MKCOL', '/dav/other'],
    ['PUT', '/dav/x'],
    ['MKCOL', '/dav/'],
    ['DELETE', '/dav/'],
    ['MOVE', '/dav/common'],
  ] as const) {
    const { status } = await own.dav(method, target, { headers: { Destination: '/dav/personal/x' } });
    assert.equal(status, 403, `${method} ${target}`);
  }
  assert.equal((await own.dav('PUT', '/dav/common', { body: 'x' })).status, 405);
  assert.equal((await own.dav('PROPFIND', '/dav/nothing/x', { headers: { Depth: '0' } })).status, 404);
  assert.equal((await own.dav('PATCH', '/dav/common/x')).status, 405);
});

test('a folder is shown by the web application, not by GET', async () => {
  const refused = await own.dav('GET', '/dav/common/');
  assert.equal(refused.status, 405);
  assert.ok(refused.headers['allow']?.includes('PROPFIND'));
  const browser = await own.dav('GET', '/dav/common/', { headers: { Accept: 'text/html,*/*' } });
  assert.equal(browser.status, 302);
  assert.match(browser.headers.location ?? '', /^\/files\/[0-9a-f-]{36}$/);
});

test('copies and moves between workspaces, and never into themselves', async () => {
  const at = await folder('ways');
  await folder('ways/in');
  await put(`${at}/in/f`, 'x');
  assert.equal(
    (await own.dav('COPY', `${at}/in`, { headers: { Destination: '/dav/personal/copied' } })).status,
    201,
  );
  assert.equal((await own.dav('GET', '/dav/personal/copied/f')).text, 'x');
  assert.equal(
    (await own.dav('COPY', `${at}/in`, { headers: { Destination: '/dav/personal/bare', Depth: '0' } }))
      .status,
    201,
  );
  assert.equal((await own.dav('GET', '/dav/personal/bare/f')).status, 404);
  assert.equal(
    (await own.dav('MOVE', `${at}/in`, { headers: { Destination: '/dav/personal/copied', Overwrite: 'F' } }))
      .status,
    412,
  );
  assert.equal(
    (await own.dav('MOVE', `${at}/in`, { headers: { Destination: '/dav/personal/copied' } })).status,
    204,
  );
  assert.equal((await own.dav('MOVE', at, { headers: { Destination: `${at}/x` } })).status, 403);
  assert.equal(
    (await own.dav('MOVE', '/dav/personal/copied/f', { headers: { Destination: '/dav/personal/copied' } }))
      .status,
    403,
  );
  assert.equal((await own.dav('MOVE', at, { headers: { Destination: at } })).status, 403);
  assert.equal((await own.dav('MOVE', at, { headers: { Destination: '/dav/nothing/x' } })).status, 409);
});

test('a small GET and a stat leave in one write each', async () => {
  const at = await folder('write');
  await put(`${at}/small`, Buffer.alloc(4096, 'x'));
  const gateway = createDavGateway(own.node.services);
  let writes = 0;
  const server = createServer((raw, res) => {
    for (const name of ['_write', '_writev'] as const) {
      const original = raw.socket[name] as unknown as (...all: unknown[]) => void;
      Object.assign(raw.socket, {
        [name]: (...all: unknown[]) => {
          writes++;
          original.apply(raw.socket, all);
        },
      });
    }
    void gateway.handle({
      raw,
      res,
      id: 'one',
      client: { address: '127.0.0.1', userAgent: '' },
      signal: new AbortController().signal,
      log: silentLogger,
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const headers = { Authorization: basic('ann', annPassword), Depth: '0' };
  for (const [method, status] of [
    ['GET', 200],
    ['PROPFIND', 207],
    ['HEAD', 200],
    ['DELETE', 204],
  ] as const) {
    writes = 0;
    const answer = await exchange(port, method, `${at}/small`, headers);
    assert.equal(answer.status, status);
    assert.equal(writes, 1, method);
  }
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});
