/** Blobs that were damaged on the disk: never served as if they were whole, named by the check, and the rest is served as ever. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { chunkOf, cutBlob, flipBlob, removeBlob } from '../harness/blob-files.ts';
import { startServer, type ServerProcess } from '../harness/server-process.ts';
import { makeTemplate, type Template } from '../harness/template.ts';
import { problemOf } from './problem.ts';

/** Sent from memory, streamed as one chunk, and streamed as several. */
const sizes = { small: 3_000, middle: 200_000, large: 3 * 2 ** 20, chunked: 2 * 2 ** 20 + 5 } as const;
type Name = keyof typeof sizes;
const names = Object.keys(sizes) as Name[];
const contents = new Map(names.map((name) => [name, randomBytes(sizes[name])]));

interface State {
  readonly ids: Readonly<Record<Name, string>>;
}

async function prepare(server: ServerProcess): Promise<State> {
  const ids: Record<string, string> = {};
  const setChunk = (value: number) =>
    server.client.call('setSetting', { params: { key: 'contents.chunkMiB' }, body: { value } });
  for (const [name, body] of contents) {
    await setChunk(name === 'chunked' ? 1 : 32);
    assert.equal(
      (await server.request('PUT', `/dav/common/${name}`, { body: new Uint8Array(body) })).status,
      201,
    );
    ids[name] = (await server.client.call('lookupNode', { query: { path: `/common/${name}` } })).id;
  }
  assert.equal((await server.request('PUT', '/dav/common/kept', { body: 'kept' })).status, 201);
  return { ids: ids as Record<Name, string> };
}

interface Damage {
  readonly finding: string;
  /** Whether a check sees it without reading every byte. */
  readonly shallow: boolean;
  do(folder: string, key: string): Promise<void>;
}

const damages: Readonly<Record<string, Damage>> = {
  'a flipped bit': { finding: 'wrong_hash', shallow: false, do: flipBlob },
  'a missing blob': { finding: 'missing_blob', shallow: true, do: removeBlob },
  'a blob that was cut off': {
    finding: 'wrong_size',
    shallow: true,
    do: (folder, key) => cutBlob(folder, key, -1),
  },
};

describe('damaged contents', { concurrency: 2 }, () => {
  let template: Template<State>;
  before(async () => {
    template = await makeTemplate(prepare);
  });
  after(() => template.remove());
  for (const [what, damage] of Object.entries(damages)) {
    test(
      `${what}: no way to it gives it out as whole, and the check names it`,
      { timeout: 120_000 },
      async () => {
        const data = await template.copy();
        const { ids } = template.state;
        const keys = names.map((name) => chunkOf(data.folder, ids[name]));
        for (const key of keys) await damage.do(data.folder, key);
        const server = await startServer(data);
        try {
          for (const name of names) await neverWhole(server, name, ids[name]);
          await neverWholeAsZip(server, ids);
          assert.equal(await (await server.request('GET', '/dav/common/kept')).text(), 'kept');
          await checkNames(server, damage, keys);
          await mendByUpload(server);
        } finally {
          await server.kill('SIGKILL');
          await data.remove();
        }
      },
    );
  }
});

/** Either an error with the code `corrupt`, or a connection that breaks before all bytes have come. */
async function neverWhole(server: ServerProcess, name: Name, id: string): Promise<void> {
  for (const target of [`/dav/common/${name}`, `/api/v1/nodes/${id}/content`]) {
    const response = await server.request('GET', target);
    if (response.status === 500) {
      assert.equal((await problemOf(response)).code, 'corrupt', target);
      continue;
    }
    assert.equal(response.status, 200, target);
    await assert.rejects(response.arrayBuffer(), `${target} was given out as whole`);
  }
  const head = await server.request('HEAD', `/dav/common/${name}`);
  assert.equal(head.headers.get('content-length'), String(sizes[name]), 'what is known of it is still told');
}

async function neverWholeAsZip(server: ServerProcess, ids: State['ids']): Promise<void> {
  const response = await server.request('GET', `/api/v1/zip?ids=${Object.values(ids).join(',')}`);
  if (response.status === 500) assert.equal((await problemOf(response)).code, 'corrupt');
  else await assert.rejects(response.arrayBuffer(), 'the archive was given out as whole');
}

async function checkNames(server: ServerProcess, damage: Damage, keys: readonly string[]): Promise<void> {
  const find = async (deep: boolean): Promise<string[]> => {
    const { findings } = await server.client.call('runCheck', { body: { deep, repair: true } });
    assert.ok(
      findings.every((finding) => finding.kind === damage.finding && !finding.repairable),
      JSON.stringify(findings),
    );
    return findings.map((finding) => finding.id).sort();
  };
  assert.deepEqual(await find(false), damage.shallow ? keys.toSorted() : []);
  assert.deepEqual(await find(true), keys.toSorted());
}

/** Sending the file again gives it a sound version. */
async function mendByUpload(server: ServerProcess): Promise<void> {
  for (const [name, body] of contents) {
    const put = await server.request('PUT', `/dav/common/${name}`, { body: new Uint8Array(body) });
    assert.equal(put.status, 204);
    const read = await server.request('GET', `/dav/common/${name}`);
    assert.ok(Buffer.from(await read.arrayBuffer()).equals(body));
  }
}
