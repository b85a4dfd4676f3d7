/** What no client should send: refused with the right code, never with 500, never half done. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { makeTestFolder, names, none, startServer, upload } from './harness.ts';

const server = await startServer();
const client = server.client();
const folder = await makeTestFolder(client);
const file = await upload(client, folder.id, 'file.txt', 'content');
const json = { 'content-type': 'application/json' };

interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly requestId: string;
}

async function problemOf(answer: Response): Promise<Problem> {
  assert.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json/);
  const problem = (await answer.json()) as Problem;
  assert.equal(problem.status, answer.status);
  assert.ok(problem.title !== '' && problem.requestId !== '' && problem.type.includes(problem.code));
  return problem;
}

async function codeOf(
  method: string,
  target: string,
  body?: BodyInit,
  headers: Record<string, string> = json,
) {
  const answer = await server.fetch(method, target, { headers, ...(body === undefined ? {} : { body }) });
  return [answer.status, (await problemOf(answer)).code];
}

const badNames = [
  '',
  '.',
  '..',
  'a/b',
  'a\0b',
  'a\nb',
  '\u007f',
  '\u0085',
  'x'.repeat(256),
  'ü'.repeat(128),
  '\ud800',
];

test('names that a folder could not hold are refused at every door', async () => {
  const before = await names(client, folder.id);
  for (const name of badNames) {
    const body = JSON.stringify({ name });
    const shown = JSON.stringify(name.slice(0, 20));
    assert.deepEqual(
      await codeOf('POST', `/api/v1/nodes/${folder.id}/children`, body),
      [400, 'invalid_input'],
      shown,
    );
    assert.deepEqual(await codeOf('PATCH', `/api/v1/nodes/${file.id}`, body), [400, 'invalid_input'], shown);
  }
  for (const name of ['a%00b', 'a%0Ab', '%7F', 'x'.repeat(256), 'a%2Fb', '%FF%FE', '%ED%A0%80']) {
    for (const method of ['PUT', 'MKCOL']) {
      const answer = await server.fetch(method, `/dav/common/${folder.name}/${name}`);
      assert.ok([400, 403, 404, 409].includes(answer.status), `${method} ${name}: ${answer.status}`);
    }
  }
  assert.deepEqual(await names(client, folder.id), before);
});

test('names that only look odd are taken, and come back the same', async () => {
  const odd = [
    '%2e%2e',
    '..x',
    'a\\b',
    'C:',
    'CON',
    ' space ',
    '~',
    '#?&=',
    '🦠',
    '\'"<>|*',
    'x'.repeat(255),
    'a%2Fb',
  ];
  const { id, name: parent } = await makeTestFolder(client);
  for (const name of odd) {
    const made = await client.call('createFolder', { params: { id }, body: { name } });
    assert.equal(made.name, name);
    const found = await client.call('lookupNode', { query: { path: `/common/${parent}/${name}` } });
    assert.equal(found.id, made.id, name);
    const dav = await server.fetch('PROPFIND', `/dav/common/${parent}/${encodeURIComponent(name)}/`, {
      headers: { depth: '0' },
    });
    assert.equal(dav.status, 207, name);
  }
  assert.equal((await names(client, id)).length, odd.length);
});

test('no path leads out of a workspace', async () => {
  for (const target of [
    '/dav/common/../personal/x',
    '/dav/common/%2e%2e/personal/x',
    '/dav/common/%2e%2e%2f%2e%2e%2fetc/passwd',
    '/dav/common/..%2f..%2fetc%2fpasswd',
    '/dav/common/%252e%252e/x',
    '/dav//common//x',
    '/dav/%00',
    '/dav/common/%',
    '/dav/common/%zz',
    '/api/v1/../../etc/passwd',
    '/assets/../../../../etc/passwd',
    '/assets/..%2f..%2f..%2fpackage.json',
    '/%2e%2e/%2e%2e/etc/passwd',
  ]) {
    const [status, body] = await raw(`GET ${target} HTTP/1.1`);
    assert.ok(status >= 400 && status < 500 && !body.includes('root:'), `${target}: ${status}`);
  }
});

/** A request as bytes: fetch would tidy the address. */
async function raw(line: string, rest = ''): Promise<[number, string]> {
  // What a balancer would answer by itself is asked of a node.
  const { port } = new URL(server.nodes[0] ?? '');
  const socket = connect(Number(port), '127.0.0.1');
  const basic = Buffer.from('admin:correct-horse-1').toString('base64');
  socket.write(`${line}\r\nhost: x\r\nauthorization: Basic ${basic}\r\nconnection: close\r\n${rest}\r\n`);
  let text = '';
  for await (const piece of socket) text += String(piece);
  return [Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? 0), text];
}

test('malformed JSON and JSON of another shape name what is wrong', async () => {
  const target = `/api/v1/nodes/${folder.id}/children`;
  for (const body of [
    '{',
    '[]',
    'null',
    '"x"',
    '{"name":1}',
    '{"name":"x","more":1}',
    '{"name":"x","conflict":"maybe"}',
  ])
    assert.deepEqual(await codeOf('POST', target, body), [400, 'invalid_input'], body);
  assert.deepEqual(await codeOf('POST', target, '{"name":"x"}', { 'content-type': 'text/plain' }), [
    415,
    'unsupported_media_type',
  ]);
  assert.deepEqual(await codeOf('POST', target, `{"name":"${'x'.repeat(2 ** 20)}"}`), [413, 'too_large']);
  assert.deepEqual(await codeOf('POST', target, '{"__proto__":{"x":1},"name":"y"}'), [400, 'invalid_input']);
});

test('wrong ids, parameters, methods and addresses', async () => {
  const cases: readonly [string, string, number, string][] = [
    ['GET', '/api/v1/nodes/not-an-id', 400, 'invalid_input'],
    ['GET', `/api/v1/nodes/${none}`, 404, 'not_found'],
    ['GET', `/api/v1/nodes/${folder.id}/children?limit=many`, 400, 'invalid_input'],
    ['GET', `/api/v1/nodes/${folder.id}/children?sort=colour`, 400, 'invalid_input'],
    ['GET', `/api/v1/search?q=${'x'.repeat(300)}`, 400, 'invalid_input'],
    ['GET', '/api/v1/nodes', 400, 'invalid_input'],
    ['GET', '/api/v1/nothing', 404, 'not_found'],
    ['GET', '/api/v2/workspaces', 404, 'not_found'],
    ['PUT', '/api/v1/workspaces', 405, 'unsupported'],
    ['DELETE', '/api/v1/search', 405, 'unsupported'],
  ];
  for (const [method, target, status, code] of cases)
    assert.deepEqual(await codeOf(method, target, undefined, {}), [status, code], `${method} ${target}`);
  assert.match((await server.fetch('PUT', '/api/v1/workspaces')).headers.get('allow') ?? '', /GET/);
});

test('malformed XML and headers of WebDAV', async () => {
  const target = `/dav/common/${folder.name}/`;
  const entity =
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><propfind xmlns="DAV:"><prop>&e;</prop></propfind>';
  const bomb = `<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "${'a'.repeat(100)}"><!ENTITY b "${'&a;'.repeat(100)}">]><propfind xmlns="DAV:"><prop><x>&b;</x></prop></propfind>`;
  for (const body of ['<', '<propfind xmlns="DAV:">', '<other/>', 'text', entity, bomb]) {
    const answer = await server.fetch('PROPFIND', target, { body, headers: { depth: '0' } });
    assert.equal(answer.status, 400, body.slice(0, 60));
    assert.ok(!(await answer.text()).includes('root:'));
  }
  for (const [method, headers, status] of [
    ['PROPFIND', { depth: '7' }, 400],
    ['MOVE', { destination: 'http://other.example/dav/common/x' }, 502],
    ['MOVE', { destination: `${server.url}/elsewhere` }, 502],
    ['MOVE', {}, 400],
    ['COPY', { destination: `${server.url}/dav/common/x`, overwrite: 'maybe' }, 400],
    ['LOCK', { timeout: 'soon', 'content-type': 'text/xml' }, 400],
    ['UNLOCK', {}, 400],
    ['PUT', { 'content-range': 'bytes 0-1/2' }, 400],
  ] as const) {
    const answer = await server.fetch(method, method === 'PUT' ? `${target}new` : target, {
      headers: headers as Record<string, string>,
    });
    assert.equal(answer.status, status, `${method} ${JSON.stringify(headers)}`);
  }
});

test('broken HTTP is refused without harm', async () => {
  const put = `PUT /api/v1/nodes/${folder.id}/children/smuggled/content HTTP/1.1`;
  assert.equal((await raw(put, 'content-length: 5\r\ntransfer-encoding: chunked\r\n'))[0], 400);
  assert.equal((await raw(put, 'content-length: abc\r\n'))[0], 400);
  assert.equal((await raw(put, 'content-length: 5\r\ncontent-length: 6\r\n'))[0], 400);
  assert.equal((await raw('GET /healthz HTTP/1.1', `x: ${'y'.repeat(40_000)}\r\n`))[0], 431);
  assert.equal((await raw('NONSENSE', ''))[0], 400);
  assert.equal((await raw('GET /healthz HTTP/1.1'))[0], 200);
  assert.ok(!(await names(client, folder.id)).includes('smuggled'));
});

test('a body that ends early is no file', async () => {
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
  const basic = Buffer.from('admin:correct-horse-1').toString('base64');
  socket.write(
    `PUT /dav/common/${folder.name}/short HTTP/1.1\r\nhost: x\r\nauthorization: Basic ${basic}\r\ncontent-length: 100\r\n\r\nonly this`,
  );
  socket.end();
  for await (const _ of socket);
  assert.ok(!(await names(client, folder.id)).includes('short'));
});

test('credentials that are none', async () => {
  for (const authorization of [
    '',
    'Basic',
    'Basic !!!',
    'Basic YWRtaW4=',
    'Bearer',
    'Bearer x',
    'Digest x',
    'x',
  ]) {
    for (const target of ['/api/v1/workspaces', '/dav/common/', '/api/v1/uploads']) {
      const answer = await server.fetch(target.startsWith('/dav') ? 'PROPFIND' : 'GET', target, {
        as: { kind: 'session' },
        headers: { authorization, 'tus-resumable': '1.0.0' },
      });
      const allowed = target.endsWith('uploads') ? [401, 405] : [401];
      assert.ok(allowed.includes(answer.status), `${authorization} at ${target}: ${answer.status}`);
    }
  }
});

test('nothing of this was an error of the server', async () => {
  const { items } = await client.call('listLogs', { query: { level: 'error', limit: 1000 } });
  assert.deepEqual(items, []);
  const warnings = await client.call('listLogs', { query: { level: 'warn', limit: 1000 } });
  assert.deepEqual(
    warnings.items.filter((entry) => entry.message === 'request'),
    [],
  );
});
