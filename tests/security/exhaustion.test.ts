/** Requests made to cost: bounded or refused, and others are served meanwhile. Deadlines are those of a hang, not of a slow machine. */
import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { bulkBody, tusHeaders, uploadMetadata } from '../harness/wire.ts';
import { basic, makeFolder, put, raw, startPlace, statuses } from './support.ts';

const place = await startPlace();
const eve = await place.makePerson('eve');
const { url } = place.server;
const dav = `<D:propfind xmlns:D="DAV:">`;

const alive = async (): Promise<void> => {
  assert.equal((await place.request('GET', '/healthz')).status, 200);
};

test(
  'long runs of white space in headers cost nothing, with or without credentials',
  { timeout: 30_000 },
  async () => {
    const spaces = ' '.repeat(30_000);
    const names = [
      'if',
      'if-match',
      'range',
      'destination',
      'lock-token',
      'timeout',
      'authorization',
      'cookie',
    ];
    const values = [
      `(${spaces}x`,
      `(<a>${spaces}x`,
      `(<a> not${spaces}x`,
      `bytes=${spaces}x`,
      `a${spaces}b`,
      `,${spaces}`.repeat(1),
    ];
    for (const name of [...names, 'content-digest', 'upload-metadata', 'upload-concat', 'x-forwarded-for'])
      for (const value of values) {
        const who = name === 'authorization' ? '' : `authorization: ${eve.authorization}\r\n`;
        const answer = raw(
          url,
          `LOCK /dav/personal/ HTTP/1.1\r\nhost: x\r\n${who}connection: close\r\n${name}: ${value}\r\n\r\n`,
        );
        assert.ok((statuses(await answer)[0] ?? 0) < 500, name);
      }
    for (let n = 0; n < 60; n++)
      await raw(url, `GET /dav/ HTTP/1.1\r\nhost: x\r\nconnection: close\r\nif: (${spaces}x\r\n\r\n`);
    await alive();
  },
);

test('XML is refused where it is deep, wide or declares too much', { timeout: 30_000 }, async () => {
  const bombs: Record<string, string> = {
    deep: '<a>'.repeat(100_000),
    wide: `${dav}<D:prop>${'<b/>'.repeat(30_000)}</D:prop></D:propfind>`,
    large: `${dav}${' '.repeat(2_000_000)}</D:propfind>`,
    doctype: '<!DOCTYPE a [<!ENTITY b "x">]><a>&b;</a>',
    laughs: '<!DOCTYPE a [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><a>&b;</a>',
    external: '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
    parameter: '<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1:1/">%x;]><a/>',
    undefined: `${dav}&none;</D:propfind>`,
    utf7: '<?xml version="1.0" encoding="utf-7"?><a/>',
  };
  for (const [name, body] of Object.entries(bombs)) {
    for (const method of ['PROPFIND', 'PROPPATCH', 'LOCK']) {
      const answer = await eve.request(method, '/dav/personal/', { body, headers: { depth: '0' } });
      assert.ok([400, 413].includes(answer.status), `${method} ${name}: ${answer.status}`);
      assert.ok(!(await answer.text()).includes('root:'));
    }
  }
});

test(
  'many namespaces times many properties is refused before it is worked out',
  { timeout: 30_000 },
  async () => {
    const declared = Array.from({ length: 20_000 }, (_, n) => ` xmlns:a${n}="u"`).join('');
    const props = Array.from({ length: 19_000 }, (_, n) => `<p${n}/>`).join('');
    const body = `<D:propertyupdate xmlns:D="DAV:"${declared}><D:set><D:prop>${props}</D:prop></D:set></D:propertyupdate>`;
    assert.equal((await eve.request('PROPPATCH', '/dav/personal/', { body })).status, 400);
    await alive();
  },
);

test('a question is not answered with a thousand times its size for each member of a folder', async () => {
  const names = Array.from({ length: 12_000 }, (_, n) => `<a${n}/>`).join('');
  const body = `${dav}<D:prop>${names}</D:prop></D:propfind>`;
  assert.equal(
    (await eve.request('PROPFIND', '/dav/personal/', { body, headers: { depth: '1' } })).status,
    413,
  );
});

test('shared locks on one file come to an end', async () => {
  await put(eve.client, eve.home.rootId, 'crowded.txt', 'x');
  const body =
    '<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:shared/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockinfo>';
  const told = new Set<number>();
  for (let n = 0; n < 40; n++)
    told.add((await eve.request('LOCK', '/dav/personal/crowded.txt', { body })).status);
  assert.deepEqual([...told], [200, 409]);
});

test('properties of one node are bounded together, since copies multiply them and no quota counts them', async () => {
  const value = 'x'.repeat(40_000);
  const patch = (name: string): Promise<Response> =>
    eve.request('PROPPATCH', '/dav/personal/', {
      body: `<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><${name} xmlns="urn:x">${value}</${name}></D:prop></D:set></D:propertyupdate>`,
    });
  assert.equal((await patch('one')).status, 207);
  assert.equal((await patch('one')).status, 207);
  assert.equal((await patch('two')).status, 413);
});

test('a zip of names that all become one name does not stop the node', { timeout: 40_000 }, async () => {
  const folder = await makeFolder(eve.client, eve.home.rootId, 'alike');
  const signs = [':', '\\'];
  const files = Array.from({ length: 8_000 }, (_, n) => ({
    path: Array.from({ length: 14 }, (_unused, bit) => signs[(n >> bit) & 1]).join(''),
    text: '',
  }));
  const made = await eve.request('POST', `/api/v1/nodes/${folder.id}/bulk`, { body: bulkBody(files) });
  assert.equal(made.status, 200);
  await made.text();
  const zip = await eve.request('GET', `/api/v1/zip?ids=${folder.id}`);
  assert.equal(zip.status, 200);
  const names = Buffer.from(await zip.arrayBuffer()).toString('latin1');
  assert.ok(names.includes('______________ (8000)'));
});

test('JSON that is deep, large or full of unknown keys is refused, before anybody has signed in', async () => {
  const bodies = {
    deep: '['.repeat(400_000),
    closed: '['.repeat(200_000) + ']'.repeat(200_000),
    large: JSON.stringify({ login: 'x'.repeat(2_000_000), password: 'x' }),
    keys: `{${Array.from({ length: 90_000 }, (_, n) => `"k${n}":1`).join(',')}}`,
    number: '{"login":1e999,"password":1}',
    null: 'null',
    empty: '',
  };
  for (const [name, body] of Object.entries(bodies)) {
    const answer = await place.request('POST', '/api/v1/session', {
      body,
      headers: { 'content-type': 'application/json' },
    });
    assert.ok([400, 413].includes(answer.status), `${name}: ${answer.status}`);
    assert.ok((await answer.text()).length < 20_000, name);
  }
  await alive();
});

test('a query of ten thousand parameters and a cursor of two kilobytes are refused', async () => {
  const many = Array.from({ length: 4_000 }, (_, n) => `a${n}=1`).join('&');
  assert.ok((await eve.request('GET', `/api/v1/users?${many}`)).status < 500);
  for (const cursor of [
    'x'.repeat(2_000),
    'x'.repeat(4_000),
    '%00',
    'W10',
    Buffer.from('[1e999]').toString('base64url'),
  ])
    for (const target of [
      '/api/v1/search?q=a',
      `/api/v1/nodes/${eve.home.rootId}/children?`,
      '/api/v1/changes?',
      `/api/v1/activity?user=${eve.user.id}`,
    ]) {
      const answer = await eve.request('GET', `${target}&cursor=${cursor}`);
      assert.ok(
        target.startsWith('/api/v1/changes') || answer.status === 400,
        `${target} ${cursor.slice(0, 9)}: ${answer.status}`,
      );
    }
});

test('ranges, depths, locks and If lists without end are bounded', async () => {
  const file = await put(eve.client, eve.home.rootId, 'ranges.bin', 'x'.repeat(10_000));
  const ranges = Array.from({ length: 2_000 }, (_, n) => `${n}-${n}`).join(',');
  const many = await eve.request('GET', `/api/v1/nodes/${file.id}/content`, {
    headers: { range: `bytes=${ranges}` },
  });
  assert.equal((await many.arrayBuffer()).byteLength, 10_000);
  for (const range of ['bytes=99999999999999999999-', 'bytes=-0', 'bytes=10000-'])
    assert.equal((await eve.request('GET', '/dav/personal/ranges.bin', { headers: { range } })).status, 416);
  const tags = `<http://x/dav/personal/> (<a>)`.repeat(200);
  assert.equal(
    (await eve.request('PUT', '/dav/personal/t', { body: 'x', headers: { if: tags } })).status,
    400,
  );
  const depth = await eve.request('PROPFIND', '/dav/', { headers: { depth: 'infinity' } });
  assert.equal(depth.status, 403);
});

test('bulk bodies that lie about lengths end there, and the node stays up', async () => {
  const frame = (length: number, header: string, rest = ''): Buffer<ArrayBuffer> => {
    const size = Buffer.alloc(4);
    size.writeUInt32BE(length);
    return Buffer.concat([size, Buffer.from(header), Buffer.from(rest)]);
  };
  const header = (size: unknown): string => JSON.stringify({ path: 'a.txt', size });
  for (const body of [
    frame(0xffff_ffff, '{}'),
    frame(65_536, header(1)),
    frame(header(2 ** 52).length, header(2 ** 52), 'x'),
    frame(header(-1).length, header(-1), 'x'),
    frame(header('1').length, header('1'), 'x'),
    frame(9, '[[[[[[[[['),
    Buffer.from([0, 0]),
  ]) {
    const answer = await eve.request('POST', `/api/v1/nodes/${eve.home.rootId}/bulk`, { body });
    const text = await answer.text();
    assert.ok(answer.status < 500 && !text.includes('"ok":true'), text);
  }
  await alive();
});

test('tus: absurd lengths, parts of others, parts joined without end', async () => {
  const mallory = await place.makePerson('mallory');
  const create = (headers: Record<string, string>, who = eve): Promise<Response> =>
    who.request('POST', '/api/v1/uploads', { headers: { ...tusHeaders, ...headers } });
  const metadata = uploadMetadata({ filename: 'joined.bin' });
  for (const length of ['-1', '1e9', '0x10', ' ', '99999999999999999999', String(6 * 2 ** 40)]) {
    const answer = await create({ 'upload-length': length, 'upload-metadata': metadata });
    assert.ok([400, 413].includes(answer.status), `${length}: ${answer.status}`);
  }
  const part = async (who = eve): Promise<string> => {
    const made = await create({ 'upload-length': '5', 'upload-concat': 'partial' }, who);
    const location = made.headers.get('location') ?? '';
    const sent = await who.request('PATCH', location, {
      body: 'hello',
      headers: { ...tusHeaders, 'upload-offset': '0', 'content-type': 'application/offset+octet-stream' },
    });
    assert.equal(sent.status, 204);
    return location;
  };
  const [mine, others] = [await part(), await part(mallory)];
  const foreign = await create({ 'upload-concat': `final;${mine} ${others}`, 'upload-metadata': metadata });
  assert.equal(foreign.status, 404);
  const twice = await create({ 'upload-concat': `final;${mine} ${mine}`, 'upload-metadata': metadata });
  assert.equal(twice.status, 201);
  const joined = await eve.request('GET', '/dav/personal/joined.bin');
  assert.equal(await joined.text(), 'hellohello');
  for (const method of ['HEAD', 'PATCH', 'DELETE', 'GET'])
    assert.equal(
      (
        await eve.request(method, others, {
          headers: { ...tusHeaders, 'upload-offset': '5', 'content-type': 'application/offset+octet-stream' },
        })
      ).status,
      404,
      method,
    );
  for (const id of ['%zz', '%00', '..%2f..', 'x'.repeat(3_000), '__proto__']) {
    const answer = await eve.request('HEAD', `/api/v1/uploads/${id}`, { headers: tusHeaders });
    assert.ok([400, 404].includes(answer.status), `${id.slice(0, 9)}: ${answer.status}`);
  }
});

test('silent and slow sockets do not keep others out', async () => {
  const { hostname, port } = new URL(url);
  const sockets: Socket[] = [];
  for (let n = 0; n < 300; n++) {
    const socket = connect(Number(port), hostname);
    socket.on('error', () => {});
    if (n % 3 === 1) socket.write('GET / HTTP/1.1\r\nhost: x\r\n');
    if (n % 3 === 2)
      socket.write(
        'POST /api/v1/session HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{',
      );
    sockets.push(socket);
  }
  await alive();
  assert.equal((await eve.request('PROPFIND', '/dav/personal/', { headers: { depth: '0' } })).status, 207);
  for (const socket of sockets) socket.destroy();
});

test('while a flood of passwords is checked, signed-in people are served', { timeout: 60_000 }, async () => {
  const flood = Array.from({ length: 60 }, (_, n) =>
    place.request('GET', '/api/v1/session', {
      headers: { authorization: basic(`nobody${n}`, `wrong-${n}`) },
    }),
  );
  let answered = 0;
  for (const one of flood) void one.then(() => answered++);
  for (let n = 0; n < 5; n++) assert.equal((await eve.request('GET', '/api/v1/session')).status, 200);
  assert.ok(answered < flood.length);
  const told = new Set((await Promise.all(flood)).map((answer) => answer.status));
  assert.deepEqual([...told], [401]);
});
