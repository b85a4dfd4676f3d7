import { hash } from 'node:crypto';
import type { AnyBulkWriteOperation, Filter } from 'mongodb';
import type { DocumentPage, SearchDocument, SearchDocuments, SearchFilter } from '../contract.ts';
import { foldedName, soughtWords } from '../rules.ts';
import { inBatches, removeAll } from './batches.ts';
import { duplicatesIn } from './errors.ts';
import type { Generation } from './generation.ts';
import { bounded, type Guard } from './guard.ts';
import type { Collections, SearchRow } from './layout.ts';
import { boundedLimit, placeOf, placesBetween, readCursor, writeCursor } from './place.ts';
import { stagesOf, tokensOf } from './tokens.ts';

/** Tokens of a query whose frequency is asked for, and up to where it is counted. */
const mostCandidates = 8;
const frequent = 500;
/** Each replaces a document and its place in every index: few, so that a slow server gets on within a call's time, and not to the same end again. */
const upsertBatch = 100;

type Write = AnyBulkWriteOperation<SearchRow>;

/** Names and a few facts. Hits come in three stages (tokens.ts), each newest first. */
export class SearchIndex implements SearchDocuments {
  readonly #rows: Collections['search'];
  readonly #generation: Generation;
  readonly #guard: Guard;

  constructor({ search }: Pick<Collections, 'search'>, generation: Generation, guard: Guard) {
    this.#rows = search;
    this.#generation = generation;
    this.#guard = guard;
  }

  async upsert(documents: readonly SearchDocument[]): Promise<void> {
    for (const batch of inBatches(newestOf(documents), upsertBatch)) {
      const rows = batch.map(rowOf);
      await this.#guard.call(() => this.#generation.during((generation) => this.#write(rows, generation)));
    }
  }

  async remove(ids: readonly string[], upTo: number): Promise<void> {
    for (const batch of inBatches(ids))
      await this.#guard.call(() => this.#rows.deleteMany({ _id: { $in: [...batch] }, seq: { $lte: upTo } }));
  }

  async query(
    filter: SearchFilter,
    limit: number,
    cursor?: string,
  ): Promise<DocumentPage<{ readonly id: string }>> {
    const from = readCursor(cursor);
    const count = boundedLimit(limit);
    const sought = soughtWords(filter.text);
    const stages = sought === null ? [] : stagesOf(sought);
    const hits: { readonly id: string; readonly stage: number; readonly place: string }[] = [];
    for (let stage = from.stage; stage < stages.length && hits.length <= count; stage++) {
      const { tokens = [], conditions = {} } = stages[stage] ?? {};
      const below = stage === from.stage ? from.place : null;
      const rarest = await this.#rarest(tokens);
      const found = await this.#find(
        { ...rarest, ...conditions, ...factsOf(filter, below) },
        count + 1 - hits.length,
      );
      hits.push(...found.map(({ _id, place }) => ({ id: _id, stage, place })));
    }
    const page = hits.slice(0, count);
    const last = hits.length > count ? page.at(-1) : undefined;
    return {
      items: page.map(({ id }) => ({ id })),
      next: last === undefined ? null : writeCursor(last.stage, last.place),
    };
  }

  beginGeneration(): Promise<number> {
    return this.#guard.call(() => this.#generation.begin());
  }

  async endGeneration(generation: number): Promise<void> {
    if ((await this.#guard.call(() => this.#generation.read())) !== generation) return;
    await removeAll(this.#guard, this.#rows, { generation: { $lt: generation } }, { generation: 1 });
  }

  /** Looks at all of them: the server's own figure may be wrong after a crash. */
  count(): Promise<number> {
    return this.#guard.call(() => this.#rows.countDocuments({}, { hint: '_id_', ...bounded }));
  }

  #find(conditions: Filter<SearchRow>, limit: number): Promise<Pick<SearchRow, '_id' | 'place'>[]> {
    return this.#guard.call(() =>
      this.#rows
        .find(conditions, { projection: { _id: 1, place: 1 }, ...bounded })
        .sort({ place: -1 })
        .limit(limit)
        .toArray(),
    );
  }

  /**
   * The server keeps no figures of how often a token occurs, and enters the index by whichever comes first. Asking costs one round trip
   * for all, and saves reading a hundred thousand names that have a frequent word in search of a rare one.
   */
  async #rarest(tokens: readonly string[]): Promise<Filter<SearchRow>> {
    const candidates = spread([...new Set(tokens)], mostCandidates);
    const [first] = candidates;
    if (first === undefined) return {};
    if (candidates.length === 1) return { tokens: first };
    const counts = await this.#guard.call(() =>
      Promise.all(
        candidates.map((token) =>
          this.#rows.countDocuments({ tokens: token }, { limit: frequent, ...bounded }),
        ),
      ),
    );
    return { tokens: candidates[counts.indexOf(Math.min(...counts))] ?? first };
  }

  /**
   * Newer ones are not matched, so that the upsert meets a duplicate key. The same happens where another node puts the document in at this
   * moment; therefore once more, now that it is there.
   */
  async #write(rows: readonly RowWithoutGeneration[], generation: number): Promise<void> {
    const replace = (row: RowWithoutGeneration, upsert: boolean): Write => ({
      replaceOne: {
        filter: { _id: row._id, seq: { $lte: row.seq } },
        replacement: { ...row, generation },
        upsert,
      },
    });
    try {
      await this.#rows.bulkWrite(
        rows.map((row) => replace(row, true)),
        { ordered: false },
      );
    } catch (error) {
      const clashes = duplicatesIn(error);
      if (clashes === null) throw error;
      const again = clashes.flatMap((index) => {
        const row = rows[index];
        return row === undefined ? [] : [replace(row, false), met(row._id, generation)];
      });
      await this.#rows.bulkWrite(again, { ordered: false });
    }
  }
}

/** So many of the list, from everywhere in it. */
function spread<T>(list: readonly T[], most: number): readonly T[] {
  const step = Math.max(1, list.length / most);
  return list.filter((_item, index) => Math.floor(index / step) !== Math.floor((index - 1) / step));
}

type RowWithoutGeneration = Omit<SearchRow, 'generation'>;

/** A newer document than the one that was offered: it is there all the same. */
function met(_id: string, generation: number): Write {
  return {
    updateOne: { filter: { _id, generation: { $lt: generation } }, update: { $set: { generation } } },
  };
}

/** One per id, the last among those of equal position. */
function newestOf(documents: readonly SearchDocument[]): readonly SearchDocument[] {
  const newest = new Map<string, SearchDocument>();
  for (const document of documents) {
    const known = newest.get(document.id);
    if (known === undefined || document.seq >= known.seq) newest.set(document.id, document);
  }
  return [...newest.values()];
}

function rowOf(document: SearchDocument): RowWithoutGeneration {
  const { id, kind, size, modifiedAt, owner, extension, seq } = document;
  const { line, stem } = foldedName(document);
  return {
    _id: id,
    place: placeOf(modifiedAt, shortOf(id)),
    line,
    names: stem === line ? [line] : [line, stem],
    tokens: tokensOf(line),
    kind,
    size,
    owner,
    extension,
    seq,
  };
}

/** The index has the place with each token: 66 bits tell those of one millisecond apart, in a third of an id's room. */
function shortOf(id: string): string {
  return hash('sha256', id, 'base64url').slice(0, 11);
}

function factsOf(filter: SearchFilter, below: string | null): Filter<SearchRow> {
  const { kind, minSize, maxSize, modifiedAfter, modifiedBefore, owner, extension } = filter;
  const place = placesBetween(modifiedAfter, modifiedBefore, below);
  const size = {
    ...(minSize === undefined ? {} : { $gte: minSize }),
    ...(maxSize === undefined ? {} : { $lte: maxSize }),
  };
  return {
    ...(place === undefined ? {} : { place }),
    ...(kind === undefined ? {} : { kind }),
    ...(Object.keys(size).length === 0 ? {} : { size }),
    ...(owner === undefined ? {} : { owner }),
    ...(extension === undefined ? {} : { extension: extension.toLowerCase() }),
  };
}
