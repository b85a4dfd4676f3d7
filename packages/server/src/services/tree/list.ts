/** Members of a folder: pages, batches, and everything below. */
import type { Context } from '../../kernel/context.ts';
import { READ, type Permissions } from '../access/api.ts';
import type { ListOptions, ListPage, Located, Member, TreeNode } from './api.ts';
import type { Tree } from './core.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import { containsPattern, pageQuery } from './list-queries.ts';
import { hasMounts, mountsOf } from './mounts.ts';
import { listMounted } from './list-mounted.ts';
import { fold } from './names.ts';
import * as q from './queries.ts';
import { present, type NodeRow } from './rows.ts';
import { FILE, FOLDER } from './tables.ts';

const maxPage = 1000;
const batchSize = 1000;
const walkBatch = 500;

export async function list(
  tree: Tree,
  context: Context,
  folder: Located,
  options: ListOptions,
): Promise<ListPage> {
  if (hasMounts(folder)) return listMounted(tree, context, folder, options, listOwn);
  return listOwn(tree, context, folder, options);
}

async function listOwn(
  tree: Tree,
  context: Context,
  folder: Located,
  options: ListOptions,
): Promise<ListPage> {
  const limit = Math.max(1, Math.min(options.limit, maxPage));
  const read = (): Promise<Page> => readablePage(tree, context, folder, options, limit + 1);
  // Sizes of folders may have something pending.
  const { value, pending } =
    options.kind === 'file' ? { value: await read(), pending: null } : await tree.sizes.withPending(read);
  const page = value.rows.slice(0, limit);
  const last = page.at(-1)?.row;
  const more = value.rows.length > limit && last !== undefined;
  const items = page.map(({ row, permissions }) => ({ node: present(row), permissions }));
  return {
    items: pending === null ? items : items.map((item) => withPending(item, pending)),
    next: more
      ? encodeCursor(cursorKind(options), [last.kind, sortValue(last, options.sort), last.name])
      : null,
    ...(await totalOf(tree, folder, options, { more, hidden: value.hidden, shown: items.length })),
  };
}

interface Page {
  readonly rows: readonly Readable[];
  /** Some were left out. */
  readonly hidden: boolean;
}

/** Past what may not be read: the cursor names the last member, and so must be one that the reader sees. */
async function readablePage(
  tree: Tree,
  context: Context,
  folder: Located,
  options: ListOptions,
  count: number,
): Promise<Page> {
  let start = startOf(options);
  const rows: Readable[] = [];
  let hidden = false;
  for (let asked = count; ; asked = maxPage) {
    const read = await readPage(tree, folder.node.id, options, start, asked);
    const seen = await readableRows(tree, context, folder.chain, read);
    hidden ||= seen.length < read.length;
    rows.push(...seen);
    const last = read.at(-1);
    if (rows.length >= count || read.length < asked || last === undefined) return { rows, hidden };
    start = { kind: last.kind, key: sortValue(last, options.sort), name: last.name };
    context.signal.throwIfAborted();
  }
}

function withPending(item: Member, pending: (id: string) => { readonly bytes: number }): Member {
  const { bytes } = item.node.kind === 'folder' ? pending(item.node.id) : { bytes: 0 };
  return bytes === 0 ? item : { ...item, node: { ...item.node, size: item.node.size + bytes } };
}

type Start = { readonly kind: number; readonly key: string | number; readonly name: string };

function startOf(options: ListOptions): Start | null {
  if (options.cursor === undefined) return null;
  const types = options.sort === 'name' ? 'nss' : 'nns';
  const [kind, key, name] = decodeCursor(cursorKind(options), types, options.cursor);
  return { kind: Number(kind), key: key ?? '', name: String(name) };
}

function cursorKind(options: ListOptions): string {
  return `list ${options.sort} ${options.order} ${options.kind ?? ''} ${options.contains ?? ''}`;
}

function sortValue(row: NodeRow, sort: ListOptions['sort']): string | number {
  return sort === 'name' ? row.sort_key : sort === 'size' ? row.size : row.modified_at;
}

/** At most two statements: the rest of the kind that the cursor stands in, then the other kind. */
async function readPage(
  tree: Tree,
  parentId: string,
  options: ListOptions,
  start: Start | null,
  limit: number,
): Promise<NodeRow[]> {
  const kinds = options.kind === undefined ? [FOLDER, FILE] : [options.kind === 'folder' ? FOLDER : FILE];
  const text = options.contains === undefined ? '' : fold(options.contains.normalize('NFC'));
  // A search in a large folder reads all of it: not on the event loop.
  const reader = text === '' ? tree.sql.reader : tree.sql.background;
  const rows: NodeRow[] = [];
  for (const kind of kinds) {
    if (rows.length >= limit || (start !== null && kind < start.kind)) continue;
    const after = start !== null && kind === start.kind;
    const query = pageQuery(options.sort, options.order, after, text !== '');
    const { key, name } = after ? start : { key: '', name: '' };
    rows.push(
      ...(await reader.all(query, {
        parentId,
        kind,
        key,
        name,
        limit: limit - rows.length,
        pattern: containsPattern(text),
      })),
    );
  }
  return rows;
}

/** Only where it gives away nothing: not beside members that are hidden. */
async function totalOf(
  tree: Tree,
  folder: Located,
  options: ListOptions,
  page: { readonly more: boolean; readonly hidden: boolean; readonly shown: number },
): Promise<{ readonly total?: number }> {
  const plain = options.cursor === undefined && options.kind === undefined && (options.contains ?? '') === '';
  if (!plain || page.hidden) return {};
  if (!page.more) return { total: page.shown };
  return { total: await tree.counts.of(folder.node.id) };
}

async function readable(
  tree: Tree,
  context: Context,
  chain: readonly string[],
  rows: readonly NodeRow[],
): Promise<Member[]> {
  const seen = await readableRows(tree, context, chain, rows);
  return seen.map(({ row, permissions }) => ({ node: present(row), permissions }));
}

type Readable = { readonly row: NodeRow; readonly permissions: Permissions };

async function readableRows(
  tree: Tree,
  context: Context,
  chain: readonly string[],
  rows: readonly NodeRow[],
): Promise<Readable[]> {
  const permissions = await tree.access.decideChildren(
    context.principal,
    chain,
    rows.map((row) => row.id),
  );
  const seen: Readable[] = [];
  for (const [i, row] of rows.entries()) {
    const bits = permissions[i] ?? 0;
    if (bits & READ) seen.push({ row, permissions: bits });
  }
  return seen;
}

export async function* children(
  tree: Tree,
  context: Context,
  folder: Located,
  signal: AbortSignal,
): AsyncGenerator<readonly Member[]> {
  if (hasMounts(folder)) {
    const mounts = await mountsOf(tree, context, folder.workspace);
    if (mounts.length > 0)
      yield mounts.map(({ node, permissions, workspace }) => ({ node, permissions, home: workspace }));
  }
  for (let after = ''; ;) {
    signal.throwIfAborted();
    const rows = await tree.sql.reader.all(q.childrenAfter, {
      parentId: folder.node.id,
      after,
      limit: batchSize,
    });
    const items = await readable(tree, context, folder.chain, rows);
    if (items.length > 0) yield items;
    const last = rows.at(-1);
    if (last === undefined || rows.length < batchSize) return;
    after = last.name_key;
  }
}

/** Depth first; of each folder on the way at most one batch is in memory. */
export async function* walk(
  tree: Tree,
  context: Context,
  top: Located,
  signal: AbortSignal,
): AsyncGenerator<{ readonly node: TreeNode; readonly names: readonly string[] }> {
  if (hasMounts(top))
    for (const mount of await mountsOf(tree, context, top.workspace)) {
      const { node } = mount;
      yield { node, names: [node.name] };
      if (node.kind === 'folder')
        for await (const below of walkOwn(tree, context, mount, signal))
          yield { node: below.node, names: [node.name, ...below.names] };
    }
  yield* walkOwn(tree, context, top, signal);
}

/** Without mounts: a workspace whose root is mounted in another one could lead back to where it began. */
async function* walkOwn(
  tree: Tree,
  context: Context,
  top: Located,
  signal: AbortSignal,
): AsyncGenerator<{ readonly node: TreeNode; readonly names: readonly string[] }> {
  const open: Level[] = [
    { id: top.node.id, chain: top.chain, names: [], after: '', batch: [], next: 0, done: false },
  ];
  for (let level = open.at(-1); level !== undefined; level = open.at(-1)) {
    signal.throwIfAborted();
    const item = level.batch[level.next++];
    if (item !== undefined) {
      const names = [...level.names, item.node.name];
      yield { node: item.node, names };
      if (item.node.kind === 'folder') {
        open.push({
          id: item.node.id,
          chain: [...level.chain, item.node.id],
          names,
          after: '',
          batch: [],
          next: 0,
          done: false,
        });
      }
    } else if (level.done) open.pop();
    else await fill(tree, context, level);
  }
}

interface Level {
  readonly id: string;
  readonly chain: readonly string[];
  readonly names: readonly string[];
  after: string;
  batch: readonly Member[];
  next: number;
  done: boolean;
}

async function fill(tree: Tree, context: Context, level: Level): Promise<void> {
  const rows = await tree.sql.reader.all(q.childrenAfter, {
    parentId: level.id,
    after: level.after,
    limit: walkBatch,
  });
  level.batch = await readable(tree, context, level.chain, rows);
  level.next = 0;
  level.after = rows.at(-1)?.name_key ?? level.after;
  level.done = rows.length < walkBatch;
}
