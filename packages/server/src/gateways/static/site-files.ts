import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { contentTypeOf } from '../http-semantics/content-headers.ts';

export interface SiteFile {
  readonly bytes: Buffer;
  readonly brotli: Buffer | null;
  readonly gzip: Buffer | null;
  readonly type: string;
  readonly etag: string;
  /** The name holds a hash of the content: it never changes. */
  readonly immutable: boolean;
}

const hashedName = /^\/assets\/.*[-.][A-Za-z0-9_-]{8,}\.[a-z0-9]+$/;

/** The built web application in memory (a few megabytes): requests are answered from this table and touch no path on the disk. */
export async function loadSite(root: string): Promise<ReadonlyMap<string, SiteFile>> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const names = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const loaded = new Map<string, Buffer>();
  for (const name of names) loaded.set(`/${relative(root, name).split(sep).join('/')}`, await readFile(name));
  const files = new Map<string, SiteFile>();
  for (const [path, bytes] of loaded) {
    if (/\.(?:br|gz|map)$/.test(path)) continue;
    files.set(path, {
      bytes,
      brotli: loaded.get(`${path}.br`) ?? null,
      gzip: loaded.get(`${path}.gz`) ?? null,
      type: path.endsWith('.js') ? 'text/javascript; charset=utf-8' : contentTypeOf(path),
      etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`,
      immutable: hashedName.test(path),
    });
  }
  return files;
}
