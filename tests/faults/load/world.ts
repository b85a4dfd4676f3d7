/** What one client's folder holds, as far as the client knows: plain data, changed by what the server has acknowledged. */

/** `<bytes>-<sha256>` */
export type Content = string;
/** Contents of a file, the present one last. */
type Versions = readonly Content[];

export interface Subtree {
  /** Path below the top -> versions; the top itself is ''. */
  readonly files: ReadonlyMap<string, Versions>;
  readonly folders: ReadonlySet<string>;
}

export interface World {
  /** Path in the client's folder -> versions. */
  readonly files: Map<string, Versions>;
  readonly folders: Set<string>;
  /** Node id -> what was thrown away under it, and the name it had. */
  readonly trash: Map<string, Subtree & { readonly name: string }>;
  /** Address of a resumable upload -> its offset. */
  readonly uploads: Map<string, number>;
}

export type Change = (world: World) => void;

export const emptyWorld = (): World => ({
  files: new Map(),
  folders: new Set(),
  trash: new Map(),
  uploads: new Map(),
});

export function after(world: World, changes: readonly Change[]): World {
  const next: World = {
    files: new Map(world.files),
    folders: new Set(world.folders),
    trash: new Map(world.trash),
    uploads: new Map(world.uploads),
  };
  for (const change of changes) change(next);
  return next;
}

/** Every world that there may be where no answer came: each change alone may have happened or not. */
export function possible(world: World, changes: readonly Change[]): World[] {
  let worlds = [world];
  for (const change of changes) worlds = worlds.flatMap((each) => [each, after(each, [change])]);
  return worlds;
}

export function isFree(world: World, path: string): boolean {
  return !world.files.has(path) && !world.folders.has(path);
}

const isIn = (top: string, path: string): boolean => path === top || path.startsWith(`${top}/`);

export const put =
  (path: string, content: Content): Change =>
  ({ files }) =>
    void files.set(path, [...(files.get(path) ?? []), content]);

/** Takes away what is at a path and below. */
function take(world: World, top: string): Subtree {
  const files = new Map([...world.files].filter(([path]) => isIn(top, path)));
  const folders = [...world.folders].filter((path) => isIn(top, path));
  for (const path of files.keys()) world.files.delete(path);
  for (const path of folders) world.folders.delete(path);
  return {
    files: new Map([...files].map(([path, versions]) => [path.slice(top.length), versions])),
    folders: new Set(folders.map((path) => path.slice(top.length))),
  };
}

function lay(world: World, top: string, { files, folders }: Subtree): void {
  for (const [path, versions] of files) world.files.set(top + path, versions);
  for (const path of folders) world.folders.add(top + path);
}

export const move =
  (from: string, to: string): Change =>
  (world) =>
    lay(world, to, take(world, from));

/** Earlier versions stay with the original. */
export const copy =
  (from: string, to: string): Change =>
  (world) => {
    const taken = take(world, from);
    lay(world, from, taken);
    lay(world, to, {
      ...taken,
      files: new Map([...taken.files].map(([path, versions]) => [path, versions.slice(-1)])),
    });
  };

export const trash =
  (path: string, id: string): Change =>
  (world) =>
    void world.trash.set(id, { ...take(world, path), name: path.split('/').at(-1) ?? '' });

export const restore =
  (id: string, to: string): Change =>
  (world) => {
    const item = world.trash.get(id);
    world.trash.delete(id);
    if (item !== undefined) lay(world, to, item);
  };

export const purge =
  (path: string): Change =>
  (world) =>
    void take(world, path);

export const bytesOf = (content: Content): number => Number(content.split('-')[0]);

export function sizeOf(files: ReadonlyMap<string, Versions>): number {
  return [...files.values()].reduce((sum, versions) => sum + bytesOf(versions.at(-1) ?? '0-'), 0);
}

/** One text per state, to compare by. */
export function textOf(world: World): string {
  const trashed = [...world.trash].map(([id, item]) => [id, sizeOf(item.files)] as const);
  const sorted = <T extends readonly (readonly [string, unknown])[]>(list: T): unknown =>
    Object.fromEntries([...list].sort(([a], [b]) => (a < b ? -1 : 1)));
  return JSON.stringify(
    {
      files: sorted([...world.files]),
      folders: [...world.folders].sort(),
      trash: sorted(trashed),
      uploads: sorted([...world.uploads]),
    },
    null,
    1,
  );
}
