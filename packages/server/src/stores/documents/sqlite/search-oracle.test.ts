import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { searchDocument } from '../contract.suite.ts';
import { start } from './cursor.ts';
import { words } from './folding.ts';
import { openDatabase } from './schema.ts';
import { SearchIndex } from './search-index.ts';

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
  'report',
  'repo',
  'port',
  'Rép',
  'ab',
  'a',
  'ba',
  'abab',
  '12',
  '2024',
  'ß',
  'straße',
  '東京',
  'x',
);
const sign = fc.constantFrom('', ' ', '_', '-', '.');
const name = fc
  .array(fc.tuple(part, sign), { minLength: 1, maxLength: 4 })
  .map((parts) => parts.flat().join(''));
const query = fc
  .array(fc.oneof(part, fc.constantFrom('epo', 'bab', '02', 'ort', 'tr')), { minLength: 1, maxLength: 3 })
  .map((list) => list.join(' '));

test('finds exactly what the contract says, best and newest first, after any changes, in pages of any size', async (t) => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'volvox-oracle-'));
  const { database } = openDatabase(path.join(folder, 'documents.db'), 2);
  t.after(async () => {
    database.close();
    await rm(folder, { recursive: true });
  });
  const index = new SearchIndex(database);
  const change = fc.record({ id: fc.nat(15), name, at: fc.nat(3), remove: fc.boolean() });
  const property = fc.property(
    fc.array(change, { minLength: 1, maxLength: 40 }),
    fc.array(query, { minLength: 1, maxLength: 4 }),
    fc.integer({ min: 1, max: 5 }),
    (changes, queries, limit) => {
      const model = new Map<string, { readonly name: string; readonly at: number }>();
      for (const [seq, { id, name: called, at, remove }] of changes.entries()) {
        if (remove && model.delete(`id-${id}`)) index.remove([`id-${id}`]);
        else {
          model.set(`id-${id}`, { name: called, at });
          index.upsert([searchDocument(called, { id: `id-${id}`, modifiedAt: at, seq })]);
        }
      }
      for (const text of queries) {
        const sought = words(text);
        const expected = [...model].flatMap(([id, document]) => {
          const stage = stageOf(document.name, sought);
          return stage === null ? [] : [{ id, order: `${stage} ${9 - document.at}` }];
        });
        const found: string[] = [];
        for (let place = start; ;) {
          const hits = index.query({ text }, limit, place);
          found.push(...hits.items.map((item) => item.id));
          if (hits.next === null) break;
          place = hits.next;
        }
        assert.deepEqual(found.toSorted(), expected.map(({ id }) => id).sort(), `found by "${text}"`);
        const orders = found.map((id) => expected.find((hit) => hit.id === id)?.order);
        assert.deepEqual(orders, orders.toSorted(), `order of "${text}" in ${JSON.stringify([...model])}`);
      }
      index.remove([...model.keys()]);
      assert.equal(index.count(), 0);
    },
  );
  fc.assert(property, { numRuns: 150 });
});
