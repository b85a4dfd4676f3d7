import type { Json } from '../../config/contract.ts';
import type { ActivityDocument } from '../contract.ts';
import type { Place } from './cursor.ts';
import { number, text, textOrNull, type Database, type Row, type Statement } from './native.ts';

const purgeBatch = 1000;

export interface ActivityHits {
  readonly items: readonly ActivityDocument[];
  readonly next: Place | null;
}

/** What happened, in journal order, with one row per feed in which it shows. */
export class Activities {
  readonly #database: Database;
  readonly #insert: Statement;
  readonly #insertFeed: Statement;
  readonly #byFeed: Statement;
  readonly #byActor: Statement;
  readonly #all: Statement;
  readonly #old: Statement;
  readonly #delete: Statement;
  readonly #deleteFeed: Statement;

  constructor(database: Database) {
    this.#database = database;
    this.#insert = database.prepare(
      `insert into activities (id, seq, at, kind, actor_id, node_id, feed_ids, data)
       values (@id, @seq, @at, @kind, @actorId, @nodeId, @feedIds, @data) on conflict (id) do nothing`,
    );
    this.#insertFeed = database.prepare(
      'insert into activity_feeds (feed_id, seq, key) values (?, ?, ?) on conflict do nothing',
    );
    this.#byFeed = database.prepare(
      `select activities.* from activity_feeds cross join activities on activities.key = activity_feeds.key
       where feed_id = @whose and (activity_feeds.seq, activity_feeds.key) < (@first, @rowid)
       order by activity_feeds.seq desc, activity_feeds.key desc limit @limit`,
    );
    this.#byActor = database.prepare(
      `select * from activities where actor_id = @whose and (seq, key) < (@first, @rowid) order by seq desc, key desc limit @limit`,
    );
    this.#all = database.prepare(
      `select * from activities where (seq, key) < (@first, @rowid) and @whose is null order by seq desc, key desc limit @limit`,
    );
    this.#old = database.prepare(
      `select key, seq, feed_ids from activities where at < ? order by at limit ${purgeBatch}`,
    );
    this.#delete = database.prepare('delete from activities where key = ?');
    this.#deleteFeed = database.prepare(
      'delete from activity_feeds where feed_id = ? and seq = ? and key = ?',
    );
  }

  append(documents: readonly ActivityDocument[]): void {
    for (const { id, seq, at, kind, actorId, nodeId, feedIds, data } of documents) {
      const json = { feedIds: JSON.stringify(feedIds), data: JSON.stringify(data) };
      const { changes, lastInsertRowid } = this.#insert.run({ id, seq, at, kind, actorId, nodeId, ...json });
      if (changes === 0) continue;
      for (const feedId of feedIds) this.#insertFeed.run(feedId, seq, Number(lastInsertRowid));
    }
  }

  /** A filter by both takes the feed's entries and leaves out other actors'; it looks at one page and may return fewer. */
  query(
    filter: { readonly feedId?: string; readonly actorId?: string },
    limit: number,
    from: Place,
  ): ActivityHits {
    const whose = filter.feedId ?? filter.actorId ?? null;
    const statement =
      filter.feedId !== undefined ? this.#byFeed : filter.actorId !== undefined ? this.#byActor : this.#all;
    const rows = statement.all({ whose, first: from.first, rowid: from.rowid, limit: limit + 1 });
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    const more = rows.length > limit && last !== undefined;
    const both = filter.feedId !== undefined && filter.actorId !== undefined;
    const items = page.map(toDocument).filter((item) => !both || item.actorId === filter.actorId);
    return {
      items,
      next: more ? { stage: 0, first: number(last, 'seq'), rowid: number(last, 'key') } : null,
    };
  }

  purge(before: number): number {
    const rows = this.#old.all(before);
    for (const row of rows) {
      for (const feedId of feedIdsOf(row))
        this.#deleteFeed.run(feedId, number(row, 'seq'), number(row, 'key'));
      this.#delete.run(number(row, 'key'));
    }
    return rows.length;
  }

  clear(): void {
    this.#database.exec('delete from activity_feeds; delete from activities');
  }
}

function feedIdsOf(row: Row): readonly string[] {
  return JSON.parse(text(row, 'feed_ids')) as readonly string[];
}

function toDocument(row: Row): ActivityDocument {
  return {
    id: text(row, 'id'),
    seq: number(row, 'seq'),
    at: number(row, 'at'),
    kind: text(row, 'kind'),
    actorId: textOrNull(row, 'actor_id'),
    nodeId: textOrNull(row, 'node_id'),
    feedIds: feedIdsOf(row),
    data: JSON.parse(text(row, 'data')) as { readonly [key: string]: Json },
  };
}
