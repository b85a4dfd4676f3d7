/** A copy of more nodes than fit into one transaction, which is therefore built in stages. */
import assert from 'node:assert/strict';
import Database from 'better-sqlite3';
import path from 'node:path';
import type { ServerProcess } from '../harness/server-process.ts';
import { bulkBody } from '../harness/wire.ts';
import type { Operation, State } from './operations.ts';

/** 20 x 20 x 26 nodes: copies of more than 10,000 are staged. */
const width = 20;
const leaves = 26;
const filesOfAll = width * width * leaves;
/** What was staged and shows no sign of life for longer is removed. */
const staleMs = 10 * 60_000;

const at = async (server: ServerProcess, name: string): Promise<string> =>
  (await server.client.call('lookupNode', { query: { path: `/common/${name}` } })).id;

async function makeFolder(server: ServerProcess, name: string): Promise<string> {
  assert.equal((await server.request('MKCOL', `/dav/common/${name}`)).status, 201);
  return at(server, name);
}

async function fill(server: ServerProcess, sourceId: string, parentId: string): Promise<void> {
  for (let i = 0; i < width; i += 1)
    await server.client.call('copyNode', { params: { id: sourceId }, body: { parentId, name: `copy-${i}` } });
}

async function filesIn(server: ServerProcess, name: string): Promise<number | null> {
  const found = await server.request('PROPFIND', `/dav/common/${name}`, { headers: { depth: '0' } });
  await found.arrayBuffer();
  if (found.status === 404) return null;
  return sizeOf(server, name);
}

/** Each file has one byte. */
async function sizeOf(server: ServerProcess, name: string): Promise<number> {
  const { size } = await server.client.call('getNode', { params: { id: await at(server, name) } });
  return size;
}

function countOf(folder: string, table: 'staged_copies' | 'nodes'): number {
  const database = new Database(path.join(folder, 'volvox.db'), { readonly: true });
  try {
    const row = database.prepare(`select count(*) as n from ${table}`).get() as { n: number };
    return row.n;
  } finally {
    database.close();
  }
}

/** Each process begins at the time of day: it must come to be later than the one before it, whose copy was left. */
let ahead = 0;

const whole = (state: State): string => `${state.top}/whole`;

export const copyOfMany: Operation = {
  name: 'a copy of more than 10,000 nodes',
  points: ['tree.copy.staged'],
  async setUp(server) {
    const leaf = await makeFolder(server, 'leaf');
    const files = Array.from({ length: leaves }, (_, i) => ({ path: `file-${i}`, text: 'x' }));
    await server.client.call('bulkUpload', { params: { id: leaf }, body: bulkBody(files) });
    const branch = await makeFolder(server, 'branch');
    await fill(server, leaf, branch);
    const tree = await makeFolder(server, 'tree');
    await fill(server, branch, tree);
  },
  async act(server, state) {
    const parentId = await at(server, state.top);
    await server.client.call('copyNode', {
      params: { id: await at(server, 'tree') },
      body: { parentId, name: 'whole' },
    });
    return true;
  },
  async verify(server, state) {
    const found = await filesIn(server, whole(state));
    assert.ok(found === null || found === filesOfAll, `a copy of ${String(found)} files`);
    assert.equal(await sizeOf(server, 'tree'), filesOfAll, 'the source is as it was');
  },
  async settled(server, folder) {
    ahead += 2 * staleMs;
    await server.advance(ahead);
    await server.collect();
    assert.equal(countOf(folder, 'staged_copies'), 0, 'what was staged is gone');
  },
  async retry(server, state) {
    assert.ok(await this.act(server, state));
    assert.equal(await filesIn(server, whole(state)), filesOfAll);
    // Removed for good, so that the next fault finds what this one found.
    await server.client.call('deleteNode', {
      params: { id: await at(server, whole(state)) },
      query: { permanent: true },
    });
    await server.collect();
  },
};
