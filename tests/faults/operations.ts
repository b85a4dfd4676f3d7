/** The operations that touch two stores, the crash points that each passes, and what must hold afterwards. */
import assert from 'node:assert/strict';
import type { Fault, ServerProcess } from '../harness/server-process.ts';

export interface State {
  readonly commonId: string;
}

export interface Operation {
  readonly name: string;
  readonly points: readonly string[];
  before?(server: ServerProcess, state: State): Promise<void>;
  /** @returns whether the server acknowledged it */
  act(server: ServerProcess, state: State): Promise<boolean>;
  /** After the restart: `acknowledged` means the new state, otherwise old or new, but whole. */
  verify(server: ServerProcess, state: State, acknowledged: boolean): Promise<void>;
}

export type { Fault };

const old = 'the old content';
const fresh = 'the new content';
const dav = (name: string): string => `/dav/common/${name}`;

async function read(server: ServerProcess, name: string): Promise<string | null> {
  const response = await server.request('GET', dav(name));
  const text = await response.text();
  assert.ok([200, 404].includes(response.status), `GET ${name}: ${response.status} ${text}`);
  return response.status === 404 ? null : text;
}

async function put(server: ServerProcess, name: string, body: string): Promise<boolean> {
  const response = await server.request('PUT', dav(name), { body });
  await response.arrayBuffer();
  return response.ok;
}

/** What every operation finds: a file, and a folder with three files. */
export async function prepare(server: ServerProcess): Promise<State> {
  assert.ok(await put(server, 'kept.txt', old));
  assert.equal((await server.request('MKCOL', dav('folder'))).status, 201);
  for (const name of ['a', 'b', 'c']) assert.ok(await put(server, `folder/${name}`, `${name} ${old}`));
  const { items } = await server.client.call('listWorkspaces');
  const common = items.find((w) => w.slug === 'common');
  assert.ok(common);
  return { commonId: common.id };
}

async function verifyKept(server: ServerProcess): Promise<void> {
  assert.equal(await read(server, 'kept.txt'), old);
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

/** `Upload-Metadata` of tus: values in base64. */
const metadata = Object.entries({ filename: 'tus.txt', path: '/common' })
  .map(([key, value]) => `${key} ${Buffer.from(value).toString('base64')}`)
  .join(',');

export const operations: readonly Operation[] = [
  {
    name: 'a new file',
    points: putPoints,
    act: (server) => put(server, 'new.txt', fresh),
    async verify(server, _state, acknowledged) {
      oneOf(await read(server, 'new.txt'), acknowledged, null, fresh);
      await verifyKept(server);
    },
  },
  {
    name: 'a new version',
    points: putPoints,
    act: (server) => put(server, 'kept.txt', fresh),
    async verify(server, _state, acknowledged) {
      oneOf(await read(server, 'kept.txt'), acknowledged, old, fresh);
    },
  },
  {
    name: 'a resumable upload',
    points: ['uploads.after-blob', 'uploads.after-commit', ...putPoints.slice(1)],
    async act(server) {
      const tus = { 'tus-resumable': '1.0.0' };
      const made = await server.request('POST', '/api/v1/uploads', {
        headers: { ...tus, 'upload-length': String(fresh.length), 'upload-metadata': metadata },
      });
      assert.equal(made.status, 201);
      const target = new URL(made.headers.get('location') ?? '', server.url).pathname;
      const sent = await server.request('PATCH', target, {
        body: fresh,
        headers: { ...tus, 'upload-offset': '0', 'content-type': 'application/offset+octet-stream' },
      });
      return sent.status === 204;
    },
    async verify(server, _state, acknowledged) {
      oneOf(await read(server, 'tus.txt'), acknowledged, null, fresh);
      await verifyKept(server);
    },
  },
  {
    name: 'a purge',
    points: ['tree.purge.after-batch'],
    async before(server) {
      assert.equal((await server.request('DELETE', dav('folder'))).status, 204);
    },
    async act(server, state) {
      await server.client.call('emptyTrash', { params: { id: state.commonId } });
      return true;
    },
    async verify(server, state) {
      // Begun is as good as done: what was to be removed for good never comes back in parts.
      const { items } = await server.client.call('listTrash', { params: { id: state.commonId } });
      for (const item of items) assert.equal(item.size, `a ${old}`.length * 3, 'still whole');
      await verifyKept(server);
    },
  },
  {
    name: 'a collection',
    points: ['contents.collect.after-condemn', 'contents.collect.after-row'],
    async before(server) {
      // Deletes the folder for good, so that its three blobs are garbage.
      const node = await server.client.call('lookupNode', { query: { path: '/common/folder' } });
      await server.client.call('deleteNode', { params: { id: node.id }, query: { permanent: true } });
    },
    async act(server) {
      await server.collect();
      return true;
    },
    verify: (server) => verifyKept(server),
  },
  {
    name: 'a change of a setting',
    points: ['durable-file.before-rename', 'durable-file.after-rename'],
    async act(server) {
      await server.client.call('setSetting', { params: { key: 'trash.keepDays' }, body: { value: 7 } });
      return true;
    },
    async verify(server, _state, acknowledged) {
      const { items } = await server.client.call('listSettings');
      const value = items.find((s) => s.key === 'trash.keepDays')?.value;
      oneOf(String(value), acknowledged, '30', '7');
      await verifyKept(server);
    },
  },
];
