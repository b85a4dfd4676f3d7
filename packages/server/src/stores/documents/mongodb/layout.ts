/** The collections, what their documents look like, and the indexes behind every query. */
import type { Collection, Db, IndexDescription } from 'mongodb';
import { AppError } from '../../../kernel/errors.ts';
import { isDuplicate } from './errors.ts';

/** Another number means other documents: the database then belongs to another version of Volvox. */
const layoutVersion = 1;

export interface LogRow {
  readonly _id: string;
  readonly place: string;
  readonly at: number;
  readonly level: number;
  readonly message: string;
  readonly node: string;
  readonly requestId?: string;
  /** JSON: keys with dots and dollars are no business of the database. */
  readonly fields: string;
  readonly words: readonly string[];
}

export interface SearchRow {
  readonly _id: string;
  readonly place: string;
  /** The name's words, each led by a space. */
  readonly line: string;
  /** What counts as the exact name: the line, and the line without the extension. */
  readonly names: readonly string[];
  readonly tokens: readonly string[];
  readonly kind: 'folder' | 'file';
  readonly size: number;
  readonly owner: string | null;
  readonly extension: string;
  readonly seq: number;
  readonly generation: number;
}

export interface ActivityRow {
  readonly _id: string;
  readonly place: string;
  readonly seq: number;
  readonly at: number;
  readonly kind: string;
  readonly actorId: string | null;
  readonly nodeId: string | null;
  readonly feedIds: readonly string[];
  readonly data: string;
}

/** `layout`: the version. `generation`: of the search index. */
export interface MetaRow {
  readonly _id: 'layout' | 'generation';
  readonly value: number;
}

export interface Collections {
  readonly logs: Collection<LogRow>;
  readonly search: Collection<SearchRow>;
  readonly activities: Collection<ActivityRow>;
  readonly meta: Collection<MetaRow>;
}

const indexes = {
  logs: [
    { name: 'place', key: { place: -1 } },
    { name: 'level', key: { level: 1, place: -1 } },
    {
      name: 'request',
      key: { requestId: 1, place: -1 },
      partialFilterExpression: { requestId: { $exists: true } },
    },
    { name: 'words', key: { words: 1 } },
  ],
  search: [
    { name: 'tokens', key: { tokens: 1, place: -1 } },
    { name: 'names', key: { names: 1, place: -1 } },
    { name: 'place', key: { place: -1, kind: 1, size: 1 } },
    { name: 'owner', key: { owner: 1, place: -1 } },
    { name: 'extension', key: { extension: 1, place: -1 } },
    { name: 'size', key: { size: 1 } },
    { name: 'generation', key: { generation: 1 } },
  ],
  activities: [
    { name: 'place', key: { place: -1 } },
    { name: 'feed', key: { feedIds: 1, place: -1 } },
    { name: 'actor', key: { actorId: 1, place: -1 } },
    { name: 'at', key: { at: 1 } },
  ],
} as const satisfies Readonly<Record<string, readonly IndexDescription[]>>;

export function collectionsOf(db: Db): Collections {
  return {
    logs: db.collection<LogRow>('logs'),
    search: db.collection<SearchRow>('search'),
    activities: db.collection<ActivityRow>('activities'),
    // Whatever the URL says of reading: what decides is read where it is written.
    meta: db.collection<MetaRow>('meta', { readPreference: 'primary' }),
  };
}

/**
 * Makes what is missing; many nodes may do it at once.
 * @returns whether it began empty, or still is: then all has to be made from the journal. Until something is there, every node that opens
 * it says so, because the first one may end before it has done anything. @throws conflict for another version's database
 */
export async function prepare(collections: Collections): Promise<boolean> {
  const { logs, search, activities, meta } = collections;
  const isNew = await insertMeta(meta, 'layout', layoutVersion);
  await insertMeta(meta, 'generation', 1);
  const found = (await meta.findOne({ _id: 'layout' }))?.value ?? layoutVersion;
  if (found !== layoutVersion)
    throw new AppError(
      'conflict',
      `this database has documents of layout ${found}, not ${layoutVersion}: they belong to another version of Volvox; choose another database`,
    );
  await logs.createIndexes([...indexes.logs]);
  await search.createIndexes([...indexes.search]);
  await activities.createIndexes([...indexes.activities]);
  const options = { projection: { _id: 1 }, readPreference: 'primary' } as const;
  const any = [await search.findOne({}, options), await activities.findOne({}, options)];
  return isNew || any.every((row) => row === null);
}

/** Of two nodes that insert at once, one gets a duplicate key from the upsert, and all is well. @returns whether it was this one */
async function insertMeta(meta: Collection<MetaRow>, _id: MetaRow['_id'], value: number): Promise<boolean> {
  try {
    const { upsertedCount } = await meta.updateOne({ _id }, { $setOnInsert: { value } }, { upsert: true });
    return upsertedCount > 0;
  } catch (error) {
    if (!isDuplicate(error)) throw error;
    return false;
  }
}
