/** Where programs are looked for: PATH, the usual places that a shell's PATH may lack, and what was fetched into `.tools/servers`. */
import { accessSync, constants, globSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The same five steps up from `src` and from `dist`. */
const root = fileURLToPath(new URL('../../../../../', import.meta.url));

export const fetchedServers = path.join(root, '.tools', 'servers');

/** @param places further folders, as globs; the last match wins over earlier ones (the newest version) */
export function findProgram(name: string, places: readonly string[] = []): string | null {
  const folders = [
    ...(process.env['PATH'] ?? '').split(path.delimiter),
    '/usr/sbin',
    '/usr/local/sbin',
    '/usr/local/bin',
    ...places.flatMap((place) => globSync(place).sort(byVersion).reverse()),
    fetchedServers,
  ];
  return folders.map((folder) => path.join(folder, name)).find(executable) ?? null;
}

function byVersion(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}

function executable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
