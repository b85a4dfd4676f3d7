/** What a client under load does next: a request, and how the world is after it. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { Target } from '../../harness/server-process.ts';
import { bulkBody, tusHeaders, uploadMetadata } from '../../harness/wire.ts';
import * as w from './world.ts';

/** `send` resolves when every change has been acknowledged, and throws otherwise. */
export interface Step {
  readonly changes: readonly w.Change[];
  send(server: Target): Promise<void>;
}

export interface Site {
  readonly world: w.World;
  /** The client's own folder. */
  readonly folder: string;
  readonly folderId: string;
  readonly random: () => number;
  /** A text that nothing else holds. */
  readonly text: (size: number) => string;
}

export const contentOf = (text: string): w.Content =>
  `${text.length}-${createHash('sha256').update(text).digest('hex')}`;

const pick = <T>(site: Site, list: Iterable<T>): T | undefined => {
  const all = [...list];
  return all[Math.floor(site.random() * all.length)];
};

const dav = (site: Site, path: string): string => `/dav/common/${site.folder}/${path}`;

async function expect(
  server: Target,
  method: string,
  target: string,
  init: Parameters<Target['request']>[2],
  good: readonly number[],
): Promise<Response> {
  const response = await server.request(method, target, init);
  const text = await response.text();
  assert.ok(good.includes(response.status), `${method} ${target}: ${response.status} ${text}`);
  return response;
}

async function idOf(server: Target, site: Site, path: string): Promise<string> {
  return (await server.client.call('lookupNode', { query: { path: `/common/${site.folder}/${path}` } })).id;
}

/** A name in some folder; taken or free. */
function somePath(site: Site): string {
  const folder = pick(site, ['', '', ...site.world.folders]) ?? '';
  const name = `f${Math.floor(site.random() * 8)}`;
  return folder === '' ? name : `${folder}/${name}`;
}

function freePath(site: Site, prefix: string): string | null {
  const folder = pick(site, ['', ...site.world.folders]) ?? '';
  const name = `${prefix}${Math.floor(site.random() * 8)}`;
  const path = folder === '' ? name : `${folder}/${name}`;
  return w.isFree(site.world, path) && path.split('/').length < 5 ? path : null;
}

function someSize(site: Site): number {
  return site.random() < 0.05 ? 300_000 : 20 + Math.floor(site.random() * 4000);
}

function put(site: Site): Step | null {
  const path = somePath(site);
  if (site.world.folders.has(path)) return null;
  const body = site.text(someSize(site));
  return {
    changes: [w.put(path, contentOf(body))],
    send: async (server) => void (await expect(server, 'PUT', dav(site, path), { body }, [201, 204])),
  };
}

function bulk(site: Site): Step | null {
  const paths = new Set(Array.from({ length: 4 }, () => somePath(site)));
  const files = [...paths].map((path) => ({ path, text: site.text(someSize(site)) }));
  return {
    changes: files.map(({ path, text }) => w.put(path, contentOf(text))),
    async send(server) {
      const { results } = await server.client.call('bulkUpload', {
        params: { id: site.folderId },
        query: { conflict: 'replace' },
        body: bulkBody(files),
      });
      assert.ok(
        results.every((result) => result.ok),
        JSON.stringify(results),
      );
    },
  };
}

/** A resumable upload in two parts; each acknowledged part counts by itself. */
export interface Upload {
  readonly target: string;
  readonly path: string;
  readonly text: string;
}

export async function beginUpload(server: Target, site: Site): Promise<Upload> {
  const path = somePath({ ...site, world: { ...site.world, folders: new Set() } });
  const text = site.text(someSize(site));
  const folder = `/common/${site.folder}`;
  const values = { filename: path, path: folder, conflict: 'replace' };
  const made = await expect(
    server,
    'POST',
    '/api/v1/uploads',
    {
      headers: {
        ...tusHeaders,
        'upload-length': `${text.length}`,
        'upload-metadata': uploadMetadata(values),
      },
    },
    [201],
  );
  return { target: new URL(made.headers.get('location') ?? '', server.url).pathname, path, text };
}

export function sendPart({ target, path, text }: Upload, offset: number): Step {
  const half = Math.ceil(text.length / 2);
  const end = offset === 0 ? half : text.length;
  const change: w.Change = (world) => {
    world.uploads.set(target, end);
    if (end === text.length) w.put(path, contentOf(text))(world);
  };
  const headers = {
    ...tusHeaders,
    'upload-offset': `${offset}`,
    'content-type': 'application/offset+octet-stream',
  };
  return {
    changes: [change],
    send: async (server) =>
      void (await expect(server, 'PATCH', target, { body: text.slice(offset, end), headers }, [204])),
  };
}

function makeFolder(site: Site): Step | null {
  const path = freePath(site, 'd');
  if (path === null || site.world.folders.size > 6) return null;
  return {
    changes: [(world) => void world.folders.add(path)],
    send: async (server) => void (await expect(server, 'MKCOL', dav(site, path), {}, [201])),
  };
}

/** Of a file or a whole folder, to a place that is free. */
function moveOrCopy(site: Site, method: 'MOVE' | 'COPY', kind: 'files' | 'folders'): Step | null {
  const from = pick(site, kind === 'files' ? site.world.files.keys() : site.world.folders);
  const to = freePath(site, kind === 'files' ? 'f' : 'd');
  if (from === undefined || to === null || to.startsWith(`${from}/`)) return null;
  if (method === 'COPY' && site.world.files.size > 40) return null;
  const headers = { destination: dav(site, to), overwrite: 'F' };
  return {
    changes: [method === 'MOVE' ? w.move(from, to) : w.copy(from, to)],
    send: async (server) => void (await expect(server, method, dav(site, from), { headers }, [201])),
  };
}

async function discard(server: Target, site: Site, permanent: boolean): Promise<Step | null> {
  const { files, folders } = site.world;
  const path = pick(site, site.random() < 0.6 ? files.keys() : folders);
  if (path === undefined) return null;
  const id = await idOf(server, site, path);
  return {
    changes: [permanent ? w.purge(path) : w.trash(path, id)],
    send: (to) =>
      to.client.call('deleteNode', { params: { id }, query: permanent ? { permanent: true } : {} }),
  };
}

function restore(site: Site): Step | null {
  const [id, item] = pick(site, site.world.trash) ?? [];
  if (id === undefined || item === undefined || !w.isFree(site.world, item.name)) return null;
  return {
    changes: [w.restore(id, item.name)],
    async send(server) {
      await server.client.call('restoreNode', { params: { id }, body: { parentId: site.folderId } });
    },
  };
}

/** The first version of a file becomes its newest. */
async function restoreVersion(server: Target, site: Site): Promise<Step | null> {
  const [path, versions] =
    pick(
      site,
      [...site.world.files].filter(([, list]) => list.length > 1),
    ) ?? [];
  const first = versions?.[0];
  if (path === undefined || first === undefined) return null;
  const id = await idOf(server, site, path);
  const { items } = await server.client.call('listVersions', { params: { id }, query: { limit: 1000 } });
  const version = items.at(-1)?.id ?? '';
  return {
    changes: [w.put(path, first)],
    async send(to) {
      await to.client.call('restoreVersion', { params: { id, version } });
    },
  };
}

/** null: what the dice wanted cannot be done now. */
export async function nextStep(server: Target, site: Site): Promise<Step | null> {
  const dice = site.random();
  if (dice < 0.36) return put(site);
  if (dice < 0.46) return bulk(site);
  if (dice < 0.54) return makeFolder(site);
  if (dice < 0.62) return moveOrCopy(site, 'MOVE', 'files');
  if (dice < 0.72) return moveOrCopy(site, 'MOVE', 'folders');
  if (dice < 0.75) return moveOrCopy(site, 'COPY', 'files');
  if (dice < 0.78) return moveOrCopy(site, 'COPY', 'folders');
  if (dice < 0.86) return discard(server, site, false);
  if (dice < 0.89) return discard(server, site, true);
  if (dice < 0.94) return restore(site);
  return restoreVersion(server, site);
}
