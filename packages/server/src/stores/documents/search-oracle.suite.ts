import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { SearchDocument, SearchDocuments } from './contract.ts';
import { searchDocument, type OpenedDocuments } from './contract.suite.ts';
import { words } from './folding.ts';

/** What the contract says of a match, word for word, and the order as README says it. */
function stageOf(name: string, query: readonly string[]): number | null {
  const own = words(name);
  const begins = (word: string): boolean => own.some((mine) => mine.startsWith(word));
  const inside = (word: string): boolean => [...word].length >= 3 && own.some((mine) => mine.includes(word));
  if (!query.every((word) => begins(word) || inside(word))) return null;
  const stem = words(name.replace(/(?<=[^.].*)\.[^.]+$/, ''));
  const whole = query.join(' ');
  if (own.join(' ') === whole || stem.join(' ') === whole) return 0;
  return query.every(begins) ? 1 : 2;
}

const part = fc.constantFrom(
  ...['report', 'repo', 'port', 'Rép', 'ab', 'a', 'ba', 'abab', '12', '2024', 'ß', 'straße', '東京', 'x'],
  ...['incomprehensible', 'Incomprehension', 'comprehen'],
);
const sign = fc.constantFrom('', ' ', '_', '-', '.');
const name = fc
  .array(fc.tuple(part, sign), { minLength: 1, maxLength: 4 })
  .map((parts) => parts.flat().join(''));
const query = fc
  .array(fc.oneof(part, fc.constantFrom('epo', 'bab', '02', 'ort', 'tr', 'rehensib')), {
    minLength: 1,
    maxLength: 3,
  })
  .map((list) => list.join(' '));
const change = fc.record({ id: fc.nat(15), name, at: fc.nat(3), remove: fc.boolean() });
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;
type Model = Map<string, { readonly name: string; readonly at: number }>;

/** Whether a driver finds exactly what the contract says, best and newest first, after any changes, in pages of any size. */
export function searchOracle(driver: string, open: () => Promise<OpenedDocuments>, runs: number): void {
  test(`search of ${driver} finds exactly what the contract says, after any changes, in pages of any size`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const property = fc.asyncProperty(
      fc.array(change, { minLength: 1, maxLength: 40 }),
      fc.array(query, { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 1, max: 5 }),
      async (changes, queries, limit) => {
        const model = await apply(store.search, changes);
        try {
          for (const text of queries) await compare(store.search, model, text, limit);
        } finally {
          await store.search.remove([...model.keys()], Number.MAX_SAFE_INTEGER);
        }
        assert.equal(await store.search.count(), 0);
      },
    );
    await fc.assert(property, { numRuns: runs });
  });
}

/** In batches as long as possible: an id may occur several times in one. */
async function apply(search: SearchDocuments, changes: readonly Change[]): Promise<Model> {
  const model: Model = new Map();
  let batch: SearchDocument[] = [];
  for (const [seq, { id, name: called, at, remove }] of changes.entries()) {
    if (remove && model.delete(`id-${id}`)) {
      await search.upsert(batch);
      batch = [];
      await search.remove([`id-${id}`], seq);
    } else {
      model.set(`id-${id}`, { name: called, at });
      batch.push(searchDocument(called, { id: `id-${id}`, modifiedAt: at, seq }));
    }
  }
  await search.upsert(batch);
  return model;
}

async function compare(search: SearchDocuments, model: Model, text: string, limit: number): Promise<void> {
  const sought = words(text);
  const expected = [...model].flatMap(([id, document]) => {
    const stage = stageOf(document.name, sought);
    return stage === null ? [] : [{ id, order: `${stage} ${9 - document.at}` }];
  });
  const found: string[] = [];
  for (let cursor: string | undefined; ;) {
    const page = await search.query({ text }, limit, cursor);
    found.push(...page.items.map((item) => item.id));
    if (page.next === null) break;
    cursor = page.next;
  }
  assert.deepEqual(found.toSorted(), expected.map(({ id }) => id).sort(), `found by "${text}"`);
  const orders = found.map((id) => expected.find((hit) => hit.id === id)?.order);
  assert.deepEqual(orders, orders.toSorted(), `order of "${text}" in ${JSON.stringify([...model])}`);
}
