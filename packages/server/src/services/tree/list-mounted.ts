/** A page of a root with mounts: first what is mounted, all of which is in memory, then what the root itself holds. */
import type { Context } from '../../kernel/context.ts';
import type { ListOptions, ListPage, Located } from './api.ts';
import type { Tree } from './core.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import { mountsOf } from './mounts.ts';
import { fold, keysOf } from './names.ts';

type ListOwn = (tree: Tree, context: Context, folder: Located, options: ListOptions) => Promise<ListPage>;

/** Marks a cursor among the mounts; those of the root's own members never begin with it. */
const mark = 'm';

export async function listMounted(
  tree: Tree,
  context: Context,
  folder: Located,
  options: ListOptions,
  listOwn: ListOwn,
): Promise<ListPage> {
  const { cursor } = options;
  if (cursor !== undefined && !cursor.startsWith(mark)) return listOwn(tree, context, folder, options);
  const limit = Math.max(1, Math.min(options.limit, 1000));
  // Sizes of folders may have something pending.
  const { value, pending } = await tree.sizes.withPending(() => mountsOf(tree, context, folder.workspace));
  const mounts = value.map((one) => sized(one, pending(one.node.id))).filter((one) => isAsked(one, options));
  mounts.sort((a, b) => compare(orderOf(a, options), orderOf(b, options), options));
  const rest = cursor === undefined ? mounts : mounts.slice(placeOf(mounts, cursor, options));
  const page = rest.slice(0, limit);
  const items = page.map(({ node, permissions, workspace }) => ({ node, permissions, home: workspace }));
  const last = page.at(-1);
  if (last !== undefined && (rest.length > limit || page.length === limit))
    return { items, next: mark + encodeCursor(kindOf(options), orderOf(last, options)) };
  const { cursor: _done, ...others } = options;
  const own = await listOwn(tree, context, folder, { ...others, limit: limit - page.length });
  const total = cursor === undefined && own.total !== undefined ? { total: own.total + mounts.length } : {};
  return { items: [...items, ...own.items], next: own.next, ...total };
}

function sized(mount: Located, { bytes }: { readonly bytes: number }): Located {
  const { node } = mount;
  return node.kind === 'folder' && bytes !== 0
    ? { ...mount, node: { ...node, size: node.size + bytes } }
    : mount;
}

function isAsked({ node }: Located, options: ListOptions): boolean {
  if (options.kind !== undefined && options.kind !== node.kind) return false;
  const text = fold((options.contains ?? '').normalize('NFC'));
  return text === '' || fold(node.name).includes(text);
}

type Order = readonly [kind: number, key: string | number, name: string];

function orderOf({ node }: Located, { sort }: ListOptions): Order {
  const key = sort === 'name' ? keysOf(node.name).sortKey : sort === 'size' ? node.size : node.modifiedAt;
  return [node.kind === 'folder' ? 0 : 1, key, node.name];
}

/** Folders first whatever the order is. */
function compare(a: Order, b: Order, { order }: ListOptions): number {
  if (a[0] !== b[0]) return a[0] - b[0];
  const by = a[1] === b[1] ? (a[2] < b[2] ? -1 : a[2] > b[2] ? 1 : 0) : a[1] < b[1] ? -1 : 1;
  return order === 'asc' ? by : -by;
}

function placeOf(mounts: readonly Located[], cursor: string, options: ListOptions): number {
  const types = options.sort === 'name' ? 'nss' : 'nns';
  const [kind, key, name] = decodeCursor(kindOf(options), types, cursor.slice(mark.length));
  const after: Order = [Number(kind), key ?? '', String(name)];
  const at = mounts.findIndex((mount) => compare(orderOf(mount, options), after, options) > 0);
  return at < 0 ? mounts.length : at;
}

function kindOf(options: ListOptions): string {
  return `mounts ${options.sort} ${options.order} ${options.kind ?? ''} ${options.contains ?? ''}`;
}
