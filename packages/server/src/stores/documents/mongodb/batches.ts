/** Many documents at a time, in commands that each stay short. */
import type { Collection, Filter, OptionalUnlessRequiredId, Sort } from 'mongodb';
import { duplicatesIn } from './errors.ts';
import { bounded, type Guard } from './guard.ts';

const batchSize = 1000;

export function* inBatches<T>(list: readonly T[], size = batchSize): Generator<readonly T[]> {
  for (let at = 0; at < list.length; at += size) yield list.slice(at, at + size);
}

/** Those whose id is there already stay as they are. */
export async function insertNew<Row extends { readonly _id: string }>(
  guard: Guard,
  collection: Collection<Row>,
  rows: readonly OptionalUnlessRequiredId<Row>[],
): Promise<void> {
  for (const batch of inBatches(rows)) {
    await guard.call(async () => {
      try {
        await collection.insertMany(batch, { ordered: false });
      } catch (error) {
        if (duplicatesIn(error) === null) throw error;
      }
    });
  }
}

/** @param filter what an index finds. @returns how many this call removed: several nodes may do it at once */
export async function removeAll<Row extends { readonly _id: string }>(
  guard: Guard,
  collection: Collection<Row>,
  filter: Filter<Row>,
  order: Sort = {},
): Promise<number> {
  for (let removed = 0; ;) {
    const found = await guard.call(() =>
      collection
        .find(filter, { projection: { _id: 1 }, readPreference: 'primary', ...bounded })
        .sort(order)
        .limit(batchSize)
        .toArray(),
    );
    if (found.length === 0) return removed;
    const ids = { _id: { $in: found.map((row) => row._id) } } as Filter<Row>;
    // The filter again: what has changed since is not to go.
    const { deletedCount } = await guard.call(() =>
      collection.deleteMany({ $and: [ids, filter] } as Filter<Row>),
    );
    removed += deletedCount;
  }
}
