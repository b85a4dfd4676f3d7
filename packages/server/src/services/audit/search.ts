import { sql as raw } from 'kysely';
import type { Query, SqlStore } from '../../stores/sql/contract.ts';
import { queriesOf } from '../../stores/sql/query.ts';
import type { AuditFilter, AuditRow } from './api.ts';
import { auditRowOf, fold } from './rows.ts';
import type { AuditEventsTable, AuditTables } from './tables.ts';

const define = queriesOf<AuditTables>();

/**
 * Each present filter is one condition; statements are made once per set of conditions. `ascii`: the text may be
 * that of a kind, whose column is ASCII; MariaDB refuses to compare it with any other text.
 */
const conditions = ['actorId', 'kind', 'kinds', 'nodeId', 'address', 'from', 'to', 'text', 'ascii'] as const;
type Condition = (typeof conditions)[number];
type Parameters = Record<string, string | number>;

const queries = new Map<string, Query<Parameters, AuditEventsTable>>();

function queryOf(present: readonly Condition[]): Query<Parameters, AuditEventsTable> {
  const key = present.join();
  let query = queries.get(key);
  if (query === undefined) queries.set(key, (query = build(new Set(present))));
  return query;
}

function build(present: ReadonlySet<Condition>): Query<Parameters, AuditEventsTable> {
  return define<Parameters, AuditEventsTable>((db, p) => {
    const of = (name: string) => p[name] as never; // a slot; its type is the parameter's
    let rows = db.selectFrom('audit_events').selectAll().where('seq', '<', of('before'));
    if (present.has('actorId')) rows = rows.where('actor_id', '=', of('actorId'));
    if (present.has('kind')) rows = rows.where('kind', '=', of('kind'));
    if (present.has('kinds')) rows = rows.where('kind', '>=', of('kinds')).where('kind', '<', of('kindsEnd'));
    if (present.has('nodeId')) rows = rows.where('node_id', '=', of('nodeId'));
    if (present.has('address')) rows = rows.where('address', '=', of('address'));
    if (present.has('from')) rows = rows.where('at', '>=', of('from'));
    if (present.has('to')) rows = rows.where('at', '<', of('to'));
    if (present.has('text')) {
      const like = raw`like ${of('text')} escape '|'`;
      rows = rows.where(
        present.has('ascii') ? raw<boolean>`(folded ${like} or kind ${like})` : raw<boolean>`folded ${like}`,
      );
    }
    return rows.orderBy('seq', 'desc').limit(of('limit'));
  });
}

/** Newest first, from below `before`. */
export async function search(
  sql: SqlStore,
  filter: AuditFilter,
  before: number,
  limit: number,
): Promise<readonly AuditRow[]> {
  const parameters: Parameters = { before, limit };
  const present: Condition[] = [];
  const add = (condition: Condition, value: string | number | undefined): void => {
    if (value === undefined) return;
    present.push(condition);
    parameters[condition] = value;
  };
  const prefix = filter.kind?.endsWith('*') === true ? filter.kind.slice(0, -1) : undefined;
  add('actorId', filter.actorId);
  add('kind', prefix === undefined ? filter.kind : undefined);
  add('kinds', prefix);
  if (prefix !== undefined) parameters['kindsEnd'] = `${prefix}~`;
  add('nodeId', filter.nodeId);
  add('address', filter.address);
  add('from', filter.from);
  add('to', filter.to);
  add('text', filter.text === undefined ? undefined : `%${literal(fold(filter.text))}%`);
  if (filter.text !== undefined && isAscii(filter.text)) present.push('ascii');
  return (await sql.background.all(queryOf(present), parameters)).map(auditRowOf);
}

function isAscii(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text);
}

/** What would be a wildcard stands for itself. */
function literal(text: string): string {
  return text.replace(/[|%_]/g, (sign) => `|${sign}`);
}
