/** What a browser can be made to do: foreign pages that ask in its name, frames, uploaded pages that would run in our origin. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeFolder, password, put, startPlace } from './support.ts';

const place = await startPlace();
const eve = await place.makePerson('eve');
const json = { 'content-type': 'application/json' };

interface Tab {
  readonly cookie: string;
  readonly csrf: string;
  readonly setCookie: string;
}

async function logIn(headers: Record<string, string> = {}): Promise<Tab> {
  const answer = await place.request('POST', '/api/v1/session', {
    body: JSON.stringify({ login: 'eve', password }),
    headers: { ...json, ...headers },
  });
  assert.equal(answer.status, 201);
  const setCookie = answer.headers.getSetCookie()[0] ?? '';
  const { csrfToken } = (await answer.json()) as { csrfToken: string };
  return { cookie: setCookie.split(';')[0] ?? '', csrf: csrfToken, setCookie };
}

const tab = await logIn();
const other = await logIn();
const change = (
  headers: Record<string, string>,
  method = 'PATCH',
  target = '/api/v1/me',
  body = '{"displayName":"x"}',
) => place.request(method, target, { body, headers: { ...json, cookie: tab.cookie, ...headers } });

test('the cookie is out of reach of scripts and foreign posts, and each log-in gets a fresh one', async () => {
  assert.match(tab.setCookie, /; HttpOnly; SameSite=Lax/);
  assert.match(tab.setCookie, /; Path=\//);
  assert.ok(!/domain=/i.test(tab.setCookie));
  const fixed = await logIn({ cookie: tab.cookie });
  assert.notEqual(fixed.cookie, tab.cookie);
});

test('a change by cookie needs the token of this session, and no foreign page behind it', async () => {
  assert.equal((await change({ 'x-csrf-token': tab.csrf })).status, 200);
  for (const headers of [
    {},
    { 'x-csrf-token': '' },
    { 'x-csrf-token': other.csrf },
    { 'x-csrf-token': tab.csrf.slice(1) },
    { 'x-csrf-token': `${tab.csrf}, ${tab.csrf}` },
    ...['cross-site', 'same-site', 'bogus'].map((site) => ({
      'x-csrf-token': tab.csrf,
      'sec-fetch-site': site,
    })),
    ...['https://evil.example', 'null', 'http://127.0.0.1', 'http://127.0.0.1.evil.example', 'file://'].map(
      (origin) => ({ 'x-csrf-token': tab.csrf, origin }),
    ),
  ])
    assert.equal((await change(headers as Record<string, string>)).status, 403, JSON.stringify(headers));
});

test('no route changes anything by cookie without the token', async () => {
  const id = eve.home.rootId;
  const asked: [string, string][] = [
    ['DELETE', '/api/v1/session'],
    ['DELETE', `/api/v1/sessions/${id}`],
    ['PUT', '/api/v1/me/password'],
    ['POST', '/api/v1/tokens'],
    ['DELETE', `/api/v1/tokens/${id}`],
    ['POST', `/api/v1/nodes/${id}/children`],
    ['PUT', `/api/v1/nodes/${id}/children/x/content`],
    ['PUT', `/api/v1/nodes/${id}/content`],
    ['PATCH', `/api/v1/nodes/${id}`],
    ['POST', `/api/v1/nodes/${id}/copy`],
    ['DELETE', `/api/v1/nodes/${id}`],
    ['POST', '/api/v1/batch'],
    ['POST', `/api/v1/nodes/${id}/bulk`],
    ['PUT', `/api/v1/nodes/${id}/rules/${id}`],
    ['DELETE', `/api/v1/workspaces/${id}/trash`],
    ['POST', `/api/v1/nodes/${id}/restore`],
    ['POST', '/api/v1/uploads'],
    ['PATCH', `/api/v1/uploads/${id}`],
    ['DELETE', `/api/v1/uploads/${id}`],
  ];
  for (const [method, target] of asked) {
    const answer = await change({ 'tus-resumable': '1.0.0', 'upload-length': '1' }, method, target);
    assert.equal(answer.status, 403, `${method} ${target}`);
  }
  for (const method of ['PUT', 'DELETE', 'MKCOL', 'MOVE', 'COPY', 'LOCK', 'PROPPATCH', 'PROPFIND', 'GET'])
    assert.equal(
      (
        await change(
          { 'x-csrf-token': tab.csrf },
          method,
          '/dav/personal/x',
          method === 'GET' ? undefined : '',
        ).catch(() => null)
      )?.status ?? 401,
      401,
      method,
    );
  const overridden = await change(
    { 'x-http-method-override': 'DELETE', 'tus-resumable': '1.0.0' },
    'POST',
    `/api/v1/uploads/${id}`,
  );
  assert.equal(overridden.status, 403);
});

test('a foreign page can neither log its visitor in nor use remembered passwords', async () => {
  const body = JSON.stringify({ login: 'eve', password });
  for (const headers of [
    { 'sec-fetch-site': 'cross-site' },
    { origin: 'https://evil.example' },
    { origin: 'null' },
  ])
    assert.equal(
      (await place.request('POST', '/api/v1/session', { body, headers: { ...json, ...(headers as object) } }))
        .status,
      403,
    );
  for (const type of [
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'text/plain; application/json',
    '',
  ]) {
    const answer = await place.request('POST', '/api/v1/session', {
      body: Buffer.from(body),
      headers: { 'content-type': type },
    });
    assert.ok([400, 415].includes(answer.status), `${type}: ${answer.status}`);
    assert.equal(answer.headers.get('set-cookie'), null);
  }
  const basic = `Basic ${Buffer.from(`eve:${password}`).toString('base64')}`;
  const remembered = { authorization: basic, 'sec-fetch-site': 'cross-site' };
  assert.equal(
    (await place.request('PATCH', '/api/v1/me', { body: '{}', headers: { ...json, ...remembered } })).status,
    403,
  );
});

test('no answer lets another origin read it, and each forbids to be framed or sniffed', async () => {
  for (const origin of ['https://evil.example', 'null']) {
    for (const [method, target] of [
      ['GET', '/api/v1/session'],
      ['OPTIONS', '/api/v1/session'],
      ['OPTIONS', '/api/v1/uploads'],
      ['OPTIONS', '/dav/'],
      ['GET', '/'],
      ['GET', '/healthz'],
      ['GET', '/none'],
    ] as const) {
      const answer = await place.request(method, target, {
        headers: { origin, cookie: tab.cookie, 'access-control-request-method': 'PUT' },
      });
      const names = [...answer.headers.keys()].filter((name) => name.startsWith('access-control-'));
      assert.deepEqual(names, [], `${method} ${target}`);
      assert.equal(answer.headers.get('x-content-type-options'), 'nosniff', target);
      assert.match(
        answer.headers.get('content-security-policy') ?? '',
        /frame-ancestors '(?:self|none)'/,
        target,
      );
      assert.equal(answer.headers.get('x-frame-options'), 'SAMEORIGIN', target);
      assert.equal(answer.headers.get('cross-origin-resource-policy'), 'same-origin', target);
    }
  }
});

const page = '<script>alert(document.domain)</script>';
const active = [
  'a.html',
  'a.htm',
  'a.HTML',
  'a.xhtml',
  'a.xht',
  'a.svg',
  'a.SVG',
  'a.svgz',
  'a.xml',
  'a.xsl',
  'a.mht',
  'a.mhtml',
  'a.shtml',
  'a.js',
  'a.mjs',
  'a.css',
  'a.wasm',
  'a.swf',
  'a.rdf',
  'a.rss',
  'a.atom',
  'a.mathml',
  'a.vtt',
  'a.ics',
  'a.manifest',
  'a.webmanifest',
];
const passive = [
  'a.hta',
  'a.pdf',
  'a.txt',
  'a.png',
  'a.bin',
  'a',
  '.html',
  'a.html.',
  'a.html ',
  'html',
  'a.jpg',
  'a.csv',
  'a.md',
  'a.json',
  'a.ht\u200bml',
  'a.html\u3000',
  'a.php',
  'a.unknown',
];

test('what people upload never runs in our origin, whatever is asked for and on whatever door', async () => {
  const folder = await makeFolder(eve.client, eve.home.rootId, 'pages');
  for (const name of [...active, ...passive]) {
    const node = await put(eve.client, folder.id, name, page);
    const content = `/api/v1/nodes/${node.id}/content`;
    for (const target of [
      content,
      `${content}?download=false`,
      `${content}?download=true`,
      `${content}?version=${node.versionId}`,
      `${content}?type=text/html&response-content-type=text/html&disposition=inline&mime=text/html&content-type=text/html`,
      `/dav/personal/pages/${encodeURIComponent(name)}`,
      `/dav/personal/pages/${encodeURIComponent(name)}?download=0&type=text/html`,
    ]) {
      for (const range of [{}, { range: 'bytes=0-5' }]) {
        const answer = await eve.request('GET', target, {
          headers: { accept: 'text/html', ...(range as object) },
        });
        await answer.arrayBuffer();
        const type = answer.headers.get('content-type') ?? '';
        const policy = answer.headers.get('content-security-policy') ?? '';
        const attached = (answer.headers.get('content-disposition') ?? '').startsWith('attachment');
        const harmless =
          /^(?:text\/(?:plain|csv|markdown); charset=utf-8|image\/(?!svg)[a-z.+-]+|application\/(?:octet-stream|pdf|json)|(?:audio|video)\/.*)$/.test(
            type,
          );
        assert.equal(answer.headers.get('x-content-type-options'), 'nosniff', target);
        assert.ok(
          harmless || (attached && /(?:^|; )?sandbox(?:;|$)/.test(policy)),
          `${name} ${target}: ${type} ${policy}`,
        );
        assert.ok(!/allow-scripts|allow-same-origin/.test(policy));
        if (active.includes(name)) assert.ok(attached, `${name}: ${type}`);
        assert.equal(answer.headers.get('cross-origin-resource-policy'), 'same-origin');
      }
    }
  }
});

test('scripts of our pages come from the build only: what is uploaded is no script, even where it is asked for as one', async () => {
  for (const name of ['evil.js', 'evil.mjs', 'evil.cjs', 'evil.css']) {
    const node = await put(eve.client, eve.home.rootId, name, 'alert(1)');
    for (const target of [`/api/v1/nodes/${node.id}/content`, `/dav/personal/${name}`]) {
      const answer = await eve.request('GET', target, { headers: { 'sec-fetch-dest': 'script' } });
      assert.ok(
        !/javascript|ecmascript|css/.test(answer.headers.get('content-type') ?? ''),
        `${name}: ${answer.headers.get('content-type')}`,
      );
    }
  }
});

test('no redirect leads elsewhere', async () => {
  const html = { accept: 'text/html', authorization: eve.authorization };
  for (const target of [
    '/dav/',
    '/dav/personal/',
    '/dav//evil.example/',
    '/dav/personal//evil.example',
    '/login?next=//evil.example',
    '/login?next=https://evil.example',
    '//evil.example/',
    '/\\evil.example',
    '/setup?key=x&next=//evil',
  ]) {
    const answer = await place.request('GET', target, { headers: { ...html } }).catch(() => null);
    const location = answer?.headers.get('location') ?? null;
    assert.ok(location === null || /^\/(?![/\\])/.test(location), `${target} -> ${location}`);
  }
});

test('logging out and a new password end what they should, at once', async () => {
  const me = (cookie: string) => place.request('GET', '/api/v1/session', { headers: { cookie } });
  const gone = await logIn();
  const out = await place.request('DELETE', '/api/v1/session', {
    headers: { cookie: gone.cookie, 'x-csrf-token': gone.csrf },
  });
  assert.equal(out.status, 204);
  assert.match(out.headers.getSetCookie()[0] ?? '', /volvox_session=; .*Expires=Thu, 01 Jan 1970/);
  assert.equal((await me(gone.cookie)).status, 401);
  const changed = await change(
    { 'x-csrf-token': tab.csrf },
    'PUT',
    '/api/v1/me/password',
    JSON.stringify({ current: password, next: 'another-pass-3' }),
  );
  assert.equal(changed.status, 204);
  assert.deepEqual([(await me(tab.cookie)).status, (await me(other.cookie)).status], [200, 401]);
  const old = `Basic ${Buffer.from(`eve:${password}`).toString('base64')}`;
  assert.equal(
    (await place.request('PROPFIND', '/dav/', { headers: { authorization: old, depth: '0' } })).status,
    401,
  );
});
