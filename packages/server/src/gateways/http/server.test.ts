import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { silentLogger } from '../../kernel/logger.ts';
import { AppError } from '../../kernel/errors.ts';
import type { RawGateway } from '../contract.ts';
import { RequestBody } from '../dav/body.ts';
import type { FinishedRequest } from './request-log.ts';
import { createHttpServer } from './server.ts';
import {
  anyId,
  cookie,
  fakeServices,
  json,
  send,
  sendBytes,
  signedIn,
  startTestServer,
  type TestServer,
} from './testing.ts';

let server: TestServer;
const finished: FinishedRequest[] = [];
let hold: Promise<void> | null = null;
let held = Promise.withResolvers<void>();

/** Reads its body and tells its size; `/raw/hold` waits, `/raw/half` within its answer, `/raw/refuse` never reads. */
const raw: RawGateway = {
  prefix: '/raw',
  async handle(request) {
    const { res } = request;
    if (request.raw.url === '/raw/refuse') {
      res.writeHead(403, { 'Content-Length': 0 });
      return void res.end();
    }
    if (request.raw.url === '/raw/half') {
      res.writeHead(200, { 'Content-Length': 2 }).write('a');
      held.resolve();
      await hold;
      return void res.end('b');
    }
    if (request.raw.url === '/raw/hold') {
      held.resolve();
      await hold;
    }
    const body = await new RequestBody(request.raw, res).whole(1000);
    res.end(`${request.raw.method} ${request.raw.url} ${body.length} ${request.client.address}`);
  },
};

before(async () => {
  server = await startTestServer(
    fakeServices({
      operations: {
        readiness: async () => ({ ready: false, state: 'starting', stores: [] }),
        metrics: async () => 'up 1\n',
      },
    }),
    { headersTimeoutMs: 300, onFinished: (request) => finished.push(request) },
    [raw],
  );
});
after(() => server.close());

test('sets the security headers on every kind of answer', async () => {
  for (const path of ['/', '/api/v1/session', '/raw', '/nowhere', '/healthz', '/api/openapi.json']) {
    const { headers } = await send(server.port, { path });
    assert.equal(headers['x-content-type-options'], 'nosniff', path);
    assert.equal(headers['x-frame-options'], 'SAMEORIGIN', path);
    assert.ok(
      headers['content-security-policy'] && headers['referrer-policy'] && headers['x-request-id'],
      path,
    );
    assert.equal(headers['x-powered-by'], undefined);
  }
});

test('hands everything below a prefix to its gateway, and nothing beside it', async () => {
  assert.equal((await send(server.port, { path: '/raw' })).status, 200);
  assert.equal((await send(server.port, { path: '/raw/a?b' })).status, 200);
  for (const path of ['/rawish', '/RAW', '/%72aw', '//raw', '/x/../raw', '/api/../raw']) {
    assert.equal((await send(server.port, { path })).status, 404, path);
  }
});

test('takes the absolute form of an address by its path', async () => {
  const text = await sendBytes(
    server.port,
    'GET http://other.example/raw/x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
  );
  assert.match(text, /GET \/raw\/x 0/);
});

test('refuses what smuggles, floods or loops', async () => {
  const close = 'Connection: close\r\n';
  assert.match(
    await sendBytes(
      server.port,
      `POST /raw HTTP/1.1\r\nHost: a\r\n${close}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    ),
    /^HTTP\/1\.1 400/,
  );
  assert.match(
    await sendBytes(server.port, `GET /raw HTTP/1.1\r\nHost: a\r\n${close}X: ${'x'.repeat(40_000)}\r\n\r\n`),
    /^HTTP\/1\.1 431/,
  );
  assert.match(
    await sendBytes(server.port, `GET /raw HTTP/1.1\r\nHost: a b\r\n${close}\r\n`),
    /^HTTP\/1\.1 400/,
  );
  assert.match(await sendBytes(server.port, `GET /raw HTTP/1.1\r\n${close}\r\n`), /^HTTP\/1\.1 400/);
  assert.match(
    await sendBytes(server.port, `TRACE /raw HTTP/1.1\r\nHost: a\r\n${close}\r\n`),
    /^HTTP\/1\.1 405/,
  );
});

test('cuts a client that does not finish its headers', async () => {
  assert.match(await sendBytes(server.port, 'GET /raw HTTP/1.1\r\nHost: a\r\nX-Slow: '), /^HTTP\/1\.1 408/);
});

test('asks for a withheld body only when somebody reads it', async () => {
  const wants = (path: string) =>
    `POST ${path} HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n`;
  const refused = await sendBytes(server.port, wants('/raw/refuse'));
  assert.match(refused, /^HTTP\/1\.1 403/);
  assert.match(refused, /Connection: close/i);
  const text = await new Promise<string>((resolve) => {
    let got = '';
    const socket = connect(server.port, '127.0.0.1', () => socket.write(wants('/raw')));
    socket.setEncoding('latin1').on('data', (piece: string) => {
      got += piece;
      if (got === 'HTTP/1.1 100 Continue\r\n\r\n') socket.write('hello');
      if (/POST \/raw 5/.test(got)) socket.destroy();
    });
    socket.on('close', () => resolve(got));
  });
  assert.match(text, /HTTP\/1\.1 200[^]*POST \/raw 5/);
});

test('JSON routes say what is wrong with a body', async () => {
  const post = (body: string, headers: Record<string, string> = json) =>
    send(server.port, { method: 'POST', path: '/api/v1/session', headers }, body);
  const code = async (answer: ReturnType<typeof send>) => [
    (await answer).status,
    (await answer).json()['code'],
  ];
  assert.deepEqual(await code(post('{"login":')), [400, 'invalid_input']);
  assert.deepEqual(await code(post('{}', { 'content-type': 'text/plain' })), [415, 'unsupported_media_type']);
  assert.deepEqual(await code(post(`{"login":"${'x'.repeat(2 ** 20)}"}`)), [413, 'too_large']);
  assert.deepEqual(await code(post('{"login":"a","password":"b","__proto__":{"admin":true}}')), [
    400,
    'invalid_input',
  ]);
  const faults = (await post('{"login":"a","password":7,"admin":true}')).json()['details'] as {
    faults: { path: string }[];
  };
  assert.deepEqual(faults.faults.map((fault) => fault.path).sort(), ['body/admin', 'body/password']);
});

test('a change by an unknown field is refused, not ignored', async () => {
  const headers = { ...signedIn('user-session'), ...json };
  for (const [method, path, body] of [
    ['PATCH', '/api/v1/me', { displayName: 'x', admin: true }],
    ['POST', `/api/v1/nodes/${anyId}/children`, { name: 'x', ownerId: anyId }],
    ['POST', '/api/v1/tokens', { kind: 'app_password', label: 'x', userId: anyId }],
  ] as const) {
    assert.equal(
      (await send(server.port, { method, path, headers }, JSON.stringify(body))).status,
      400,
      path,
    );
  }
});

test('query parameters are converted and bounded', async () => {
  const ask = (query: string) =>
    send(server.port, { path: `/api/v1/nodes/${anyId}/children?${query}`, headers: cookie('user-session') });
  assert.equal((await ask('limit=10')).status, 404);
  for (const bad of ['limit=0', 'limit=1001', 'limit=x', 'sort=rank', 'limit=1&limit=2'])
    assert.equal((await ask(bad)).status, 400, bad);
});

test('credentials in an address are refused', async () => {
  const answer = await send(server.port, { path: '/api/v1/session?access_token=user-session' });
  assert.equal(answer.status, 400);
});

test('a known address with another method is 405 and says which are offered', async () => {
  const answer = await send(server.port, { method: 'PUT', path: '/api/v1/session' });
  assert.equal(answer.status, 405);
  assert.equal(answer.headers.allow, 'POST, GET, DELETE');
  assert.equal((await send(server.port, { path: '/api/v1/nothing' })).json()['code'], 'not_found');
  assert.equal((await send(server.port, { path: '/api/v1/session/%ff' })).status, 400);
});

test('probes answer without credentials', async () => {
  assert.equal((await send(server.port, { path: '/healthz' })).body.toString(), 'ok\n');
  const ready = await send(server.port, { path: '/readyz' });
  assert.deepEqual(
    [ready.status, ready.json()['state'], ready.headers['cache-control']],
    [503, 'starting', 'no-store'],
  );
  assert.equal((await send(server.port, { path: '/metrics' })).body.toString(), 'up 1\n');
});

test('tells of every finished request by its route, not its address', async () => {
  finished.length = 0;
  await send(server.port, { path: `/api/v1/nodes/${anyId}`, headers: cookie('user-session') });
  await send(server.port, { method: 'POST', path: '/raw/x' }, 'hello');
  assert.deepEqual(
    finished.map(({ method, route, status }) => [method, route, status]),
    [
      ['GET', 'getNode', 404],
      ['POST', 'raw', 200],
    ],
  );
  assert.ok((finished[1]?.bytesIn ?? 0) >= 5 && (finished[1]?.bytesOut ?? 0) > 0);
});

test('the document and its page are there, and name every error', async () => {
  const document = (await send(server.port, { path: '/api/openapi.json' })).json();
  assert.equal(document['openapi'], '3.1.0');
  assert.ok(JSON.stringify(document).includes('setup_required'));
  assert.match((await send(server.port, { path: '/api/docs' })).body.toString(), /swagger-ui/);
  assert.ok((await send(server.port, { path: '/api/docs/swagger-ui-bundle.js' })).body.length > 100_000);
  assert.equal((await send(server.port, { path: '/api/docs/..%2fpackage.json' })).status, 404);
});

test('until set up only set-up, probes and pages are served', async () => {
  let required = true;
  const identity = { setupRequired: async () => required };
  const fresh = await startTestServer(fakeServices({ identity }), {}, [raw]);
  try {
    for (const path of ['/raw', '/api/v1/session', '/api/v1/workspaces']) {
      const answer = await send(fresh.port, { path, headers: cookie('user-session') });
      assert.deepEqual([answer.status, answer.json()['code']], [503, 'setup_required'], path);
    }
    assert.deepEqual((await send(fresh.port, { path: '/api/v1/setup' })).json(), {
      required: true,
      version: '1.2.3',
    });
    assert.equal((await send(fresh.port, { path: '/healthz' })).status, 200);
    required = false;
    assert.equal((await send(fresh.port, { path: '/raw' })).status, 200);
  } finally {
    await fresh.close();
  }
});

test('drains: finishes what runs, closes its connection, takes nothing new', async () => {
  const draining = await startTestServer(fakeServices(), {}, [raw]);
  let release = (): void => {};
  hold = new Promise((resolve) => (release = resolve));
  const running = send(draining.port, { path: '/raw/hold', headers: { connection: 'keep-alive' } });
  await held.promise;
  const drained = draining.server.drain(10_000);
  release();
  const answer = await running;
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.connection, 'close');
  await drained;
  await assert.rejects(send(draining.port, { path: '/raw' }), /ECONNREFUSED/);
  hold = null;
});

test(
  'drains: a connection that was promised to stay open ends with its answer',
  { timeout: 30_000 },
  async () => {
    const draining = await startTestServer(fakeServices(), {}, [raw]);
    let release = (): void => {};
    hold = new Promise((resolve) => (release = resolve));
    held = Promise.withResolvers<void>();
    const running = sendBytes(draining.port, 'GET /raw/half HTTP/1.1\r\nHost: x\r\n\r\n');
    await held.promise;
    const drained = draining.server.drain(3_600_000);
    release();
    assert.match(await running, /^HTTP\/1\.1 200 [^]*keep-alive[^]*\r\n\r\nab$/);
    await drained;
    hold = null;
  },
);

test('drains: the deadline cuts what does not end', async () => {
  const stuck = await startTestServer(fakeServices(), {}, [raw]);
  hold = new Promise(() => {});
  held = Promise.withResolvers<void>();
  const running = assert.rejects(send(stuck.port, { path: '/raw/hold' }));
  await held.promise;
  await stuck.server.drain(50);
  await running;
  hold = null;
});

test('a taken port is one clear error', async () => {
  const other = await createHttpServer({
    services: fakeServices(),
    log: silentLogger,
    gateways: [],
    version: '1',
    webRoot: null,
  });
  await assert.rejects(
    other.listen('127.0.0.1', server.port),
    (error: unknown) =>
      error instanceof AppError && error.code === 'unavailable' && /in use/.test(error.message),
  );
});
