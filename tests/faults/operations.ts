/**
 * The operations that touch two stores, the crash points that each passes, and what must hold afterwards. Each run has a folder of its own
 * (`state.top`), so that several can follow one another on the same data.
 */
import assert from 'node:assert/strict';
import type { ServerProcess } from '../harness/server-process.ts';
import { bulkBody, tusHeaders, uploadMetadata } from '../harness/wire.ts';

export interface State {
  readonly top: string;
  readonly commonId: string;
}

export interface Operation {
  readonly name: string;
  readonly points: readonly string[];
  /** Once for all faults. */
  setUp?(server: ServerProcess): Promise<void>;
  /** Before each of them. */
  before?(server: ServerProcess, state: State): Promise<void>;
  /** @returns whether the server acknowledged it */
  act(server: ServerProcess, state: State): Promise<boolean>;
  /** Afterwards: `acknowledged` means the new state, otherwise old or new, but whole. May be called again and again. */
  verify(server: ServerProcess, state: State, acknowledged: boolean): Promise<void>;
  /** After interrupted work has been brought to its end. */
  settled?(server: ServerProcess, folder: string): Promise<void>;
  /** What a client does that got no answer: the same again. It must succeed on whatever the first attempt left. */
  retry?(server: ServerProcess, state: State): Promise<void>;
}

const old = 'the old content';
const fresh = 'the new content';
const dav = (state: State, name: string): string => `/dav/common/${state.top}/${name}`;

async function read(server: ServerProcess, state: State, name: string): Promise<string | null> {
  const response = await server.request('GET', dav(state, name));
  const text = await response.text();
  assert.ok([200, 404].includes(response.status), `GET ${name}: ${response.status} ${text}`);
  return response.status === 404 ? null : text;
}

async function put(server: ServerProcess, state: State, name: string, body: string): Promise<boolean> {
  const response = await server.request('PUT', dav(state, name), { body });
  await response.arrayBuffer();
  return response.ok;
}

async function idOf(server: ServerProcess, state: State, name = ''): Promise<string> {
  const path = `/common/${state.top}/${name}`.replace(/\/$/, '');
  return (await server.client.call('lookupNode', { query: { path } })).id;
}

/** What every operation finds: a file, and a folder with three files. */
export async function prepare(server: ServerProcess, top: string): Promise<State> {
  const { items } = await server.client.call('listWorkspaces');
  const common = items.find((w) => w.slug === 'common');
  assert.ok(common);
  const state = { top, commonId: common.id };
  assert.equal((await server.request('MKCOL', `/dav/common/${top}`)).status, 201);
  assert.ok(await put(server, state, 'kept.txt', old));
  assert.equal((await server.request('MKCOL', dav(state, 'folder'))).status, 201);
  for (const name of ['a', 'b', 'c']) assert.ok(await put(server, state, `folder/${name}`, `${name} ${old}`));
  return state;
}

async function verifyKept(server: ServerProcess, state: State): Promise<void> {
  assert.equal(await read(server, state, 'kept.txt'), old);
}

function oneOf(
  found: string | null,
  acknowledged: boolean,
  before: string | null,
  after: string | null,
): void {
  if (acknowledged) assert.equal(found, after);
  else assert.ok(found === before || found === after, `neither the old nor the new state: ${String(found)}`);
}

const putPoints = ['contents.after-blob', 'tree.put.before-commit', 'tree.put.after-commit'];

const files: Operation[] = [
  {
    name: 'a new file',
    points: putPoints,
    act: (server, state) => put(server, state, 'new.txt', fresh),
    async verify(server, state, acknowledged) {
      oneOf(await read(server, state, 'new.txt'), acknowledged, null, fresh);
      await verifyKept(server, state);
    },
    async retry(server, state) {
      assert.ok(await put(server, state, 'new.txt', fresh));
      assert.equal(await read(server, state, 'new.txt'), fresh);
    },
  },
  {
    name: 'a new version',
    points: putPoints,
    act: (server, state) => put(server, state, 'kept.txt', fresh),
    async verify(server, state, acknowledged) {
      oneOf(await read(server, state, 'kept.txt'), acknowledged, old, fresh);
    },
    async retry(server, state) {
      assert.ok(await put(server, state, 'kept.txt', fresh));
      const { items } = await server.client.call('listVersions', {
        params: { id: await idOf(server, state, 'kept.txt') },
      });
      assert.equal(items.at(-1)?.size, old.length, 'the version that was there first is there still');
    },
  },
  {
    name: 'a bulk upload',
    points: putPoints,
    async act(server, state) {
      const { results } = await server.client.call('bulkUpload', {
        params: { id: await idOf(server, state) },
        query: { conflict: 'replace' },
        body: bulkBody(['in/x', 'in/y', 'in/z'].map((path) => ({ path, text: `${path} ${fresh}` }))),
      });
      return results.every((result) => result.ok);
    },
    async verify(server, state, acknowledged) {
      for (const name of ['in/x', 'in/y', 'in/z'])
        oneOf(await read(server, state, name), acknowledged, null, `${name} ${fresh}`);
      await verifyKept(server, state);
    },
    async retry(server, state) {
      assert.ok(await this.act(server, state));
      await this.verify(server, state, true);
    },
  },
];

async function beginUpload(server: ServerProcess, state: State, name: string): Promise<string> {
  const made = await server.request('POST', '/api/v1/uploads', {
    headers: {
      ...tusHeaders,
      'upload-length': String(fresh.length),
      'upload-metadata': uploadMetadata({ filename: name, path: `/common/${state.top}` }),
    },
  });
  assert.equal(made.status, 201, await made.text());
  return new URL(made.headers.get('location') ?? '', server.url).pathname;
}

async function sendPart(
  server: ServerProcess,
  target: string,
  offset: number,
  text: string,
): Promise<boolean> {
  const sent = await server.request('PATCH', target, {
    body: text,
    headers: {
      ...tusHeaders,
      'upload-offset': `${offset}`,
      'content-type': 'application/offset+octet-stream',
    },
  });
  await sent.arrayBuffer();
  return sent.status === 204;
}

/** Asks how far it is and sends the rest, as every client of tus does after a cut. */
async function resume(server: ServerProcess, target: string): Promise<void> {
  const asked = await server.request('HEAD', target, { headers: tusHeaders });
  assert.equal(asked.status, 200);
  const offset = Number(asked.headers.get('upload-offset'));
  if (offset < fresh.length) assert.ok(await sendPart(server, target, offset, fresh.slice(offset)));
}

/** Upload addresses. */
const targets = new WeakMap<State, string>();
const targetOf = (state: State): string => targets.get(state) ?? '';
const half = Math.floor(fresh.length / 2);

const uploads: Operation[] = [
  {
    name: 'the end of a resumable upload',
    points: ['contents.after-blob', 'uploads.after-blob', 'uploads.after-commit', ...putPoints.slice(1)],
    async before(server, state) {
      targets.set(state, await beginUpload(server, state, 'tus.txt'));
      assert.ok(await sendPart(server, targetOf(state), 0, fresh.slice(0, half)));
    },
    act: (server, state) => sendPart(server, targetOf(state), half, fresh.slice(half)),
    async verify(server, state, acknowledged) {
      oneOf(await read(server, state, 'tus.txt'), acknowledged, null, fresh);
      const asked = await server.request('HEAD', targetOf(state), { headers: tusHeaders });
      const offset = asked.headers.get('upload-offset');
      assert.ok(Number(offset) >= half, `the first part is kept: ${asked.status}, ${String(offset)}`);
      await verifyKept(server, state);
    },
    async retry(server, state) {
      await resume(server, targetOf(state));
      assert.equal(await read(server, state, 'tus.txt'), fresh);
    },
  },
  {
    name: 'a part of a resumable upload',
    points: ['contents.after-blob', 'uploads.after-blob', 'uploads.after-commit'],
    async before(server, state) {
      targets.set(state, await beginUpload(server, state, 'part.txt'));
    },
    act: (server, state) => sendPart(server, targetOf(state), 0, fresh.slice(0, half)),
    async verify(server, state, acknowledged) {
      const asked = await server.request('HEAD', targetOf(state), { headers: tusHeaders });
      oneOf(asked.headers.get('upload-offset'), acknowledged, '0', String(half));
      assert.equal(await read(server, state, 'part.txt'), null);
      await verifyKept(server, state);
    },
    async retry(server, state) {
      await resume(server, targetOf(state));
      assert.equal(await read(server, state, 'part.txt'), fresh);
    },
  },
];

const others: Operation[] = [
  {
    name: 'a purge',
    points: ['tree.purge.after-batch'],
    async before(server, state) {
      assert.equal((await server.request('DELETE', dav(state, 'folder'))).status, 204);
    },
    async act(server, state) {
      await server.client.call('emptyTrash', { params: { id: state.commonId } });
      return true;
    },
    async verify(server, state, acknowledged) {
      // Begun is as good as done: what was to be removed for good never comes back in parts.
      const { items } = await server.client.call('listTrash', { params: { id: state.commonId } });
      if (acknowledged) assert.deepEqual(items, []);
      for (const item of items) assert.equal(item.size, `a ${old}`.length * 3, 'still whole');
      await verifyKept(server, state);
    },
    async retry(server, state) {
      await server.client.call('emptyTrash', { params: { id: state.commonId } });
      await this.verify(server, state, true);
    },
  },
  {
    name: 'a collection',
    points: ['contents.collect.after-condemn', 'contents.collect.after-row'],
    async before(server, state) {
      // Deletes the folder for good, so that its three blobs are garbage.
      const id = await idOf(server, state, 'folder');
      await server.client.call('deleteNode', { params: { id }, query: { permanent: true } });
    },
    async act(server) {
      await server.collect();
      return true;
    },
    verify: verifyKept,
  },
  {
    name: 'a change of a setting',
    points: ['durable-file.before-rename', 'durable-file.after-rename'],
    async act(server, state) {
      await server.client.call('setSetting', {
        params: { key: 'branding.name' },
        body: { value: state.top },
      });
      return true;
    },
    async verify(server, state, acknowledged) {
      const { items } = await server.client.call('listSettings');
      const value = items.find((s) => s.key === 'branding.name')?.value;
      if (acknowledged) assert.equal(value, state.top);
      else assert.ok(typeof value === 'string' && value.length > 0);
      await verifyKept(server, state);
    },
    async retry(server, state) {
      assert.ok(await this.act(server, state));
      await this.verify(server, state, true);
    },
  },
];

/** These find a file `kept.txt` and a folder `folder` with `a`, `b` and `c`. */
export const operations: readonly Operation[] = [...files, ...uploads, ...others];
