/** What a rule hides from somebody stays hidden on every door: lists, archives, copies, merges, events, names in cursors and errors. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isApiError } from '@volvox/client';
import { bulkBody, tusHeaders, uploadMetadata } from '../harness/wire.ts';
import { makeFolder, put, startPlace } from './support.ts';

const secretName = 'zz-canary-name.txt';
const secretText = 'canary-content-7141';

const place = await startPlace();
const eve = await place.makePerson('eve');
const shared = await makeFolder(place.admin, place.common.rootId, 'shared');
const inner = await makeFolder(place.admin, shared.id, 'inner');
const secret = await put(place.admin, inner.id, secretName, secretText);
await put(place.admin, inner.id, 'aa.txt', 'plain');
const hiddenFolder = await makeFolder(place.admin, inner.id, 'canary-folder');
const hiddenFile = await put(place.admin, hiddenFolder.id, 'canary-below.txt', secretText);
await place.rule(secret.id, 'eve', [], ['read']);
await place.rule(hiddenFolder.id, 'eve', [], ['read']);

const told = (text: string): boolean => /canary/.test(text);
async function silent(answer: Response, what: string): Promise<string> {
  const text = await answer.text();
  const headers = JSON.stringify([...answer.headers]);
  assert.ok(!told(text) && !told(headers), `${what}: ${text.slice(0, 400)}`);
  return text;
}

test('no reading door shows it', async () => {
  const read = [
    `/api/v1/nodes/${inner.id}/children`,
    `/api/v1/nodes/${inner.id}/children?name=canary`,
    `/api/v1/nodes/${shared.id}`,
    `/api/v1/zip?ids=${shared.id}`,
    `/api/v1/changes?after=0&limit=1000`,
    `/api/v1/activity?node=${shared.id}&limit=1000`,
    `/api/v1/search?q=canary`,
    `/api/v1/search?limit=1000&within=${shared.id}`,
  ];
  await place.server.settle();
  for (const target of read) {
    const answer = await eve.request('GET', target);
    assert.equal(answer.status, 200, target);
    const text = await silent(answer, target);
    assert.ok(!/"total"/.test(text), `${target} counts what is hidden`);
  }
  for (const depth of ['1', 'infinity']) {
    const answer = await eve.request('PROPFIND', '/dav/common/shared/inner/', { headers: { depth } });
    assert.equal(answer.status, 207);
    assert.match(await silent(answer, `PROPFIND ${depth}`), /aa\.txt/);
  }
});

test('the hidden node itself is nowhere, whatever is asked of it', async () => {
  const body = (value: object): RequestInit => ({
    body: JSON.stringify(value),
    headers: { 'content-type': 'application/json' },
  });
  const asked: [string, string, RequestInit?][] = [
    ['GET', `/api/v1/nodes/${secret.id}`],
    ['GET', `/api/v1/nodes/${secret.id}/content`],
    ['HEAD', `/api/v1/nodes/${secret.id}/content`],
    ['GET', `/api/v1/nodes/${secret.id}/ancestors`],
    ['GET', `/api/v1/nodes/${secret.id}/versions`],
    ['GET', `/api/v1/nodes/${secret.id}/rules`],
    ['GET', `/api/v1/nodes/${secret.id}/why?user=${eve.user.id}`],
    ['GET', `/api/v1/activity?node=${secret.id}`],
    ['GET', `/api/v1/zip?ids=${secret.id}`],
    ['GET', `/api/v1/nodes?path=/common/shared/inner/${secretName}`],
    ['GET', `/api/v1/nodes/${hiddenFolder.id}/children`],
    ['GET', `/api/v1/nodes/${hiddenFile.id}/content`],
    ['PUT', `/api/v1/nodes/${secret.id}/content`, { body: 'mine now' }],
    ['PUT', `/api/v1/nodes/${hiddenFolder.id}/children/x.txt/content`, { body: 'x' }],
    ['PATCH', `/api/v1/nodes/${secret.id}`, body({ name: 'mine' })],
    ['PATCH', `/api/v1/nodes/${secret.id}`, body({ parentId: eve.home.rootId })],
    ['POST', `/api/v1/nodes/${secret.id}/copy`, body({ parentId: eve.home.rootId })],
    ['POST', `/api/v1/nodes/${hiddenFolder.id}/children`, body({ name: 'x' })],
    ['POST', `/api/v1/nodes/${hiddenFolder.id}/bulk`, { body: bulkBody([{ path: 'a', text: 'a' }]) }],
    ['POST', `/api/v1/nodes/${secret.id}/versions/${secret.versionId}/restore`],
    ['DELETE', `/api/v1/nodes/${secret.id}/versions/${secret.versionId}`],
    ['DELETE', `/api/v1/nodes/${secret.id}`],
    ['DELETE', `/api/v1/nodes/${secret.id}?permanent=true`],
    ['POST', `/api/v1/nodes/${secret.id}/restore`, body({ parentId: eve.home.rootId })],
    ['PUT', `/api/v1/nodes/${secret.id}/rules/${eve.user.id}`, body({ allow: ['read'], deny: [] })],
    ['GET', `/dav/common/shared/inner/${secretName}`],
    ['PROPFIND', `/dav/common/shared/inner/${secretName}`],
    ['PROPPATCH', `/dav/common/shared/inner/${secretName}`, { body: proppatch }],
    ['DELETE', `/dav/common/shared/inner/${secretName}`],
    ['PROPFIND', '/dav/common/shared/inner/canary-folder/'],
    ['GET', '/dav/common/shared/inner/canary-folder/canary-below.txt'],
  ];
  for (const [method, target, init] of asked) {
    const answer = await eve.request(method, target, init);
    const text = await answer.text();
    assert.equal(answer.status, 404, `${method} ${target}: ${text}`);
    assert.ok(!text.includes(secretText), target);
  }
  const destination = `${place.server.url}/dav/personal/stolen.txt`;
  for (const method of ['COPY', 'MOVE']) {
    const answer = await eve.request(method, `/dav/common/shared/inner/${secretName}`, {
      headers: { destination },
    });
    assert.equal(answer.status, 404, method);
  }
  const still = await place.admin.call('downloadContent', { params: { id: secret.id } });
  assert.equal(await still.text(), secretText);
});

const proppatch =
  '<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><x xmlns="urn:x">1</x></D:prop></D:set></D:propertyupdate>';

test('what nobody may see looks as if it were not there: the same answer for hidden and for absent', async () => {
  const none = '00000000-0000-7000-8000-000000000000';
  const ask = async (method: string, target: string, value?: object): Promise<string> => {
    const answer = await eve.request(method, target, {
      ...(value === undefined ? {} : { body: JSON.stringify(value) }),
      headers: { 'content-type': 'application/json' },
    });
    const text = await answer.text();
    return `${answer.status} ${text.replace(/"requestId":"[^"]*"/, '')}`;
  };
  const same = async (method: string, path: (id: string) => string, value?: (id: string) => object) => {
    const absent = await ask(method, path(none), value?.(none));
    for (const id of [hiddenFile.id, hiddenFolder.id, foreign.id, foreignRoot])
      assert.equal(await ask(method, path(id), value?.(id)), absent, `${method} ${path(id)}`);
  };
  const mallory = await place.makePerson('mallory');
  const foreign = await put(mallory.client, mallory.home.rootId, 'canary-foreign.txt', 'x');
  const foreignRoot = mallory.home.rootId;
  const mine = await put(eve.client, eve.home.rootId, 'mine.txt', 'x');
  const gone = await put(eve.client, eve.home.rootId, 'gone.txt', 'x');
  await eve.client.call('deleteNode', { params: { id: gone.id } });
  await same('GET', (id) => `/api/v1/nodes/${id}`);
  await same(
    'POST',
    (id) => `/api/v1/nodes/${id}/children`,
    () => ({ name: 'x' }),
  );
  await same('PUT', (id) => `/api/v1/nodes/${id}/children/x/content`);
  await same('PUT', (id) => `/api/v1/nodes/${id}/content`);
  await same(
    'PATCH',
    (id) => `/api/v1/nodes/${id}`,
    () => ({ name: 'x' }),
  );
  await same(
    'PATCH',
    (id) => `/api/v1/nodes/${id}`,
    () => ({ parentId: eve.home.rootId }),
  );
  await same(
    'PATCH',
    () => `/api/v1/nodes/${mine.id}`,
    (id) => ({ parentId: id }),
  );
  await same(
    'POST',
    () => `/api/v1/nodes/${mine.id}/copy`,
    (id) => ({ parentId: id }),
  );
  await same(
    'POST',
    (id) => `/api/v1/nodes/${id}/copy`,
    () => ({ parentId: eve.home.rootId }),
  );
  await same(
    'POST',
    () => `/api/v1/nodes/${gone.id}/restore`,
    (id) => ({ parentId: id }),
  );
  await same(
    'POST',
    (id) => `/api/v1/nodes/${id}/restore`,
    () => ({}),
  );
  await same('DELETE', (id) => `/api/v1/nodes/${id}`);
  await same('DELETE', (id) => `/api/v1/nodes/${id}?permanent=true`);
  await same('GET', (id) => `/api/v1/nodes/${id}/versions`);
  await same('GET', (id) => `/api/v1/nodes/${id}/rules`);
  await same('GET', (id) => `/api/v1/nodes/${id}/children`);
  await same('GET', (id) => `/api/v1/nodes/${id}/content`);
  await same('GET', (id) => `/api/v1/zip?ids=${id}`);
  await same('GET', (id) => `/api/v1/workspaces/${id}/trash`);
  await same('POST', (id) => `/api/v1/nodes/${id}/versions/${none}/restore`);
  await same('DELETE', (id) => `/api/v1/nodes/${id}/versions/${none}`);
  for (const verb of ['move', 'copy', 'trash', 'restore', 'purge']) {
    const absent = await ask('POST', '/api/v1/batch', { verb, ids: [none], parentId: eve.home.rootId });
    for (const id of [hiddenFile.id, hiddenFolder.id, foreign.id, foreignRoot]) {
      const told = await ask('POST', '/api/v1/batch', { verb, ids: [id], parentId: eve.home.rootId });
      assert.equal(told.replaceAll(id, none), absent, `batch ${verb}`);
    }
  }
});

test('a way through a hidden folder ends alike, whatever lies in it', async () => {
  const bulk = async (path: string): Promise<string> => {
    const answer = await eve.request('POST', `/api/v1/nodes/${inner.id}/bulk`, {
      body: bulkBody([{ path, text: 'x' }]),
    });
    const { results } = (await answer.json()) as { results: { ok: boolean; code: string; detail: string }[] };
    return `${results[0]?.ok} ${results[0]?.code} ${results[0]?.detail}`;
  };
  assert.equal(await bulk('canary-folder/canary-below.txt/x'), await bulk('canary-folder/absent.txt/x'));
  assert.equal(await bulk('canary-folder/canary-below.txt'), await bulk('canary-folder/absent.txt'));
  const tus = async (folder: string): Promise<string> => {
    const answer = await eve.request('POST', '/api/v1/uploads', {
      headers: {
        ...tusHeaders,
        'upload-length': '0',
        'upload-metadata': uploadMetadata({
          parentId: inner.id,
          relativePath: `canary-folder/${folder}/new.txt`,
          filename: 'new.txt',
        }),
      },
    });
    return `${answer.status} ${(await answer.text()).replace(/"requestId":"[^"]*"/, '')}`;
  };
  assert.equal(await tus('canary-below.txt'), await tus('absent.txt'));
});

test('the cursor of a list does not hold the name of what it left out', async () => {
  for (const sort of ['name', 'size', 'modified'] as const) {
    for (const order of ['asc', 'desc'] as const) {
      let cursor: string | null = null;
      const names: string[] = [];
      for (let pages = 0; pages < 10; pages++) {
        const page: Awaited<ReturnType<typeof eve.client.call<'listChildren'>>> = await eve.client.call(
          'listChildren',
          {
            params: { id: inner.id },
            query: { limit: 1, sort, order, ...(cursor === null ? {} : { cursor }) },
          },
        );
        names.push(...page.items.map((node) => node.name));
        cursor = page.next;
        if (cursor === null) break;
        assert.ok(
          !told(Buffer.from(cursor, 'base64url').toString()),
          Buffer.from(cursor, 'base64url').toString(),
        );
      }
      assert.equal(cursor, null);
      assert.deepEqual(names, ['aa.txt']);
    }
  }
});

test('a copy takes along only what may be read', async () => {
  const copied = await eve.client.call('copyNode', {
    params: { id: inner.id },
    body: { parentId: eve.home.rootId, name: 'copy' },
  });
  const { items } = await eve.client.call('listChildren', { params: { id: copied.id } });
  assert.deepEqual(
    items.map((node) => node.name),
    ['aa.txt'],
  );
});

test('merging a folder does not pour hidden contents into a file that may be read', async () => {
  const { admin, common } = place;
  for (const how of ['move', 'restore'] as const) {
    const from = await makeFolder(admin, common.rootId, `from-${how}`);
    const hidden = await put(admin, from.id, 'plan.txt', secretText);
    await place.rule(hidden.id, 'eve', [], ['read']);
    const into = await makeFolder(eve.client, eve.home.rootId, how === 'move' ? 'into' : `from-${how}`);
    const bait = await put(eve.client, into.id, 'plan.txt', 'bait');
    if (how === 'restore') await eve.client.call('deleteNode', { params: { id: from.id } });
    const merge =
      how === 'move'
        ? eve.client.call('updateNode', {
            params: { id: from.id },
            body: { parentId: eve.home.rootId, name: 'into', conflict: 'replace' },
          })
        : eve.client.call('restoreNode', {
            params: { id: from.id },
            body: { parentId: eve.home.rootId, conflict: 'replace' },
          });
    await merge.catch((error: unknown) => assert.ok(isApiError(error), String(error)));
    const { items } = await eve.client.call('listVersions', { params: { id: bait.id } });
    for (const version of items) {
      const answer = await eve.client.call('downloadContent', {
        params: { id: bait.id },
        query: { version: version.id },
      });
      assert.equal(await answer.text(), 'bait', how);
    }
  }
});

test('live updates and changes tell nothing of what happens to it', async () => {
  const stop = new AbortController();
  const head = (await eve.client.call('listChanges', {})).head;
  const stream = await eve.client.call('events', { query: { after: head }, signal: stop.signal });
  await place.admin.call('replaceContent', { params: { id: secret.id }, body: `${secretText} again` });
  await place.admin.call('updateNode', {
    params: { id: secret.id },
    body: { name: 'zz-canary-renamed.txt' },
  });
  await place.admin.call('updateNode', { params: { id: secret.id }, body: { name: secretName } });
  await put(place.admin, inner.id, 'last.txt', 'x');
  let text = '';
  const decoder = new TextDecoder();
  assert.ok(stream.body);
  for await (const piece of stream.body as unknown as AsyncIterable<Uint8Array>) {
    text += decoder.decode(piece, { stream: true });
    if (text.includes('last.txt')) break;
  }
  stop.abort();
  assert.ok(!told(text) && !text.includes(secret.id), text);
});

test('names of folders above that may not be read stay out of paths, ancestors and explanations', async () => {
  const { admin } = place;
  const workspace = await admin.call('createWorkspace', {
    body: { slug: 'vault', name: 'canary workspace' },
  });
  const adminsRole = (await admin.call('listRules', { params: { id: workspace.rootId } })).items[0]?.roleId;
  assert.ok(adminsRole);
  const above = await makeFolder(admin, workspace.rootId, 'canary-above');
  const below = await makeFolder(admin, above.id, 'below');
  await place.rule(below.id, 'eve', ['read', 'write', 'manage']);
  const gone = await put(eve.client, below.id, 'gone.txt', 'x');
  await put(eve.client, below.id, 'kept.txt', 'x');
  await eve.client.call('deleteNode', { params: { id: gone.id } });
  await place.server.settle();
  for (const target of [
    `/api/v1/nodes/${below.id}`,
    `/api/v1/nodes/${gone.id}`,
    `/api/v1/nodes/${below.id}/ancestors`,
    `/api/v1/nodes/${below.id}/why?user=${eve.user.id}`,
    `/api/v1/search?q=kept`,
    `/api/v1/activity?node=${below.id}`,
  ]) {
    const answer = await eve.request('GET', target);
    assert.equal(answer.status, 200, target);
    await silent(answer, target);
  }
  assert.equal((await eve.request('GET', `/api/v1/workspaces/${workspace.id}/trash`)).status, 404);
});

test('an upload that was begun while it was allowed does not end where it no longer is', async () => {
  const target = await makeFolder(place.admin, place.common.rootId, 'closing');
  const headers = {
    ...tusHeaders,
    'upload-metadata': uploadMetadata({ parentId: target.id, filename: 'late.txt' }),
  };
  const made = await eve.request('POST', '/api/v1/uploads', {
    headers: { ...headers, 'upload-length': '4' },
  });
  assert.equal(made.status, 201);
  await place.rule(target.id, 'eve', [], ['write']);
  const patch = { ...tusHeaders, 'upload-offset': '0', 'content-type': 'application/offset+octet-stream' };
  const end = await eve.request('PATCH', made.headers.get('location') ?? '', {
    body: 'late',
    headers: patch,
  });
  assert.equal(end.status, 403);
  assert.equal((await place.admin.call('listChildren', { params: { id: target.id } })).items.length, 0);
});

test('a rule holds for every spelling of a name, and no other spelling makes a second file beside it', async () => {
  const [composed, decomposed] = ['canary-\u00e9.txt', 'canary-e\u0301.txt'];
  const file = await put(place.admin, inner.id, composed, secretText);
  await place.rule(file.id, 'eve', [], ['read']);
  for (const name of [composed, decomposed]) {
    const path = `/dav/common/shared/inner/${encodeURIComponent(name)}`;
    for (const method of ['GET', 'PROPFIND', 'DELETE'])
      assert.equal((await eve.request(method, path)).status, 404, `${method} ${name}`);
    assert.ok((await eve.request('PUT', path, { body: 'mine' })).status >= 400, name);
    const rest = `/api/v1/nodes/${inner.id}/children/${encodeURIComponent(name)}/content?conflict=replace`;
    assert.equal((await eve.request('PUT', rest, { body: 'mine' })).status, 404, name);
  }
  const kept = await place.admin.call('downloadContent', { params: { id: file.id } });
  assert.equal(await kept.text(), secretText);
});

test('who loses the right to read is cut off from a stream that is open', async () => {
  const room = await makeFolder(place.admin, place.common.rootId, 'room');
  const { head } = await eve.client.call('listChanges', {});
  const stop = new AbortController();
  const stream = await eve.client.call('events', { query: { after: head }, signal: stop.signal });
  await put(place.admin, room.id, 'seen.txt', 'x');
  await place.rule(room.id, 'eve', [], ['read']);
  await put(place.admin, room.id, 'canary-late.txt', 'x');
  await put(place.admin, inner.id, 'end.txt', 'x');
  let text = '';
  const decoder = new TextDecoder();
  assert.ok(stream.body);
  for await (const piece of stream.body as unknown as AsyncIterable<Uint8Array>) {
    text += decoder.decode(piece, { stream: true });
    if (text.includes('end.txt')) break;
  }
  stop.abort();
  assert.ok(!told(text), text);
});
