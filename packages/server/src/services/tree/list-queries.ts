/**
 * Pages of a folder. One statement a kind (folders come first), each a range of one index: neither the page's number nor the size of
 * the folder changes what it costs.
 */
import { sql, type RawBuilder } from 'kysely';
import type { Dialect } from '../../stores/sql/contract.ts';
import type { Query } from '../../stores/sql/query.ts';
import type { ListOptions } from './api.ts';
import { define } from './queries.ts';
import type { NodeRow } from './rows.ts';

export type PageParameters = {
  parentId: string;
  kind: number;
  /** The last row's sort value and name. */
  key: string | number;
  name: string;
  limit: number;
  /** A pattern for LIKE with `!` as escape. */
  pattern: string;
};
export type PageQuery = Query<PageParameters, NodeRow>;

const columns = { name: 'sort_key', size: 'size', modified: 'modified_at' } as const;

const cache = new Map<string, PageQuery>();

export function pageQuery(
  sort: ListOptions['sort'],
  order: ListOptions['order'],
  after: boolean,
  filter: boolean,
): PageQuery {
  const id = `${sort} ${order} ${after} ${filter}`;
  let query = cache.get(id);
  if (query === undefined) cache.set(id, (query = build(columns[sort], order, after, filter)));
  return query;
}

function build(
  column: 'sort_key' | 'size' | 'modified_at',
  order: 'asc' | 'desc',
  after: boolean,
  filter: boolean,
): PageQuery {
  return define<PageParameters, NodeRow>((db, p, dialect) => {
    let query = db
      .selectFrom('nodes')
      .selectAll()
      .where('parent_id', '=', p.parentId)
      .where('kind', '=', p.kind);
    if (after) query = query.where(beyond(column, order, p, dialect));
    if (filter) query = query.where(sql<boolean>`coalesce(folded, sort_key) like ${p.pattern} escape '!'`);
    return query.orderBy(column, order).orderBy('name', order).limit(p.limit);
  });
}

/** MySQL uses an index for row values only with `=`; spelled out it makes two ranges of it. */
function beyond(
  column: string,
  order: 'asc' | 'desc',
  p: Pick<PageParameters, 'key' | 'name'>,
  dialect: Dialect,
): RawBuilder<boolean> {
  const than = sql.raw(order === 'asc' ? '>' : '<');
  const key = sql.ref(column);
  if (dialect === 'mysql')
    return sql<boolean>`((${key} = ${p.key} and name ${than} ${p.name}) or ${key} ${than} ${p.key})`;
  return sql<boolean>`(${key}, name) ${than} (${p.key}, ${p.name})`;
}

export function containsPattern(folded: string): string {
  return `%${folded.replace(/[!%_]/g, '!$&')}%`;
}
