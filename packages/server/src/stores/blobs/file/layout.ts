/**
 * Where a blob lies below the root: `tmp/<key>` while it is written, then `<last two characters>/<key>`. The tail of a UUIDv7 is
 * random, its head is the time: fanning out by the head would put a day's uploads into one folder.
 */
export interface Layout {
  readonly root: string;
  readonly temporaryFolder: string;
  temporary(key: string): string;
  folder(key: string): string;
  final(key: string): string;
}

export function layoutOf(root: string): Layout {
  return {
    root,
    temporaryFolder: `${root}/tmp`,
    temporary: (key) => `${root}/tmp/${key}`,
    folder: (key) => `${root}/${key.slice(-2)}`,
    final: (key) => `${root}/${key.slice(-2)}/${key}`,
  };
}

export const fanOutFolder = /^[a-z0-9-]{2}$/;
