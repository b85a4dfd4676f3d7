import assert from 'node:assert/strict';
import { afterEach, beforeEach, suite, test } from 'node:test';
import { isAppError } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import type {
  ActivityDocument,
  DocumentPage,
  DocumentsStore,
  LogDocument,
  SearchDocument,
  SearchFilter,
} from './contract.ts';

export interface OpenedDocuments {
  readonly store: DocumentsStore;
  dispose(): Promise<void>;
}

/** A position after those of all documents. */
const last = Number.MAX_SAFE_INTEGER;

/** What every documents driver must do. */
export function documentsSuite(name: string, open: () => Promise<OpenedDocuments>): void {
  suite(`documents: ${name}`, () => {
    let opened: OpenedDocuments;
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(() => opened.dispose());
    logCases(() => opened.store);
    searchCases(() => opened.store);
    rankingCases(() => opened.store);
    rebuildCases(() => opened.store);
    activityCases(() => opened.store);
    test('answers a ping', async () => {
      assert.ok('version' in (await opened.store.ping()));
    });
    test('a close waits for what was asked and refuses what comes after', async () => {
      const { logs, search } = opened.store;
      const asked = [search.upsert([searchDocument('a')]), logs.append([logEntry()])];
      await opened.store.close();
      await Promise.all(asked);
      for (const late of [() => search.count(), () => logs.append([logEntry()]), () => opened.store.ping()])
        await assert.rejects(late, (error) => isAppError(error, 'unavailable'));
    });
  });
}

export function logEntry(rest: Partial<LogDocument> = {}): LogDocument {
  return {
    id: newId(),
    at: 1000,
    level: 'info',
    message: 'hello',
    node: 'n1',
    requestId: null,
    fields: {},
    ...rest,
  };
}

export function searchDocument(name: string, rest: Partial<SearchDocument> = {}): SearchDocument {
  const extension = /\.([^.]+)$/.exec(name)?.[1]?.toLowerCase() ?? '';
  return {
    id: newId(),
    name,
    kind: 'file',
    size: 1,
    modifiedAt: 1000,
    owner: null,
    extension,
    seq: 1,
    ...rest,
  };
}

export function activityOf(seq: number, rest: Partial<ActivityDocument> = {}): ActivityDocument {
  const base = { id: newId(), seq, at: seq * 10, kind: 'node.created', actorId: 'ann', nodeId: 'node-1' };
  return { ...base, feedIds: ['node-1', 'root'], data: { name: `file ${seq}` }, ...rest };
}

type Ask<T> = (limit: number, cursor?: string) => Promise<DocumentPage<T>>;

async function everything<T>(ask: Ask<T>, limit: number, between?: () => Promise<void>): Promise<T[]> {
  const items: T[] = [];
  for (let cursor: string | undefined; ;) {
    const page = await ask(limit, cursor);
    assert.ok(page.items.length <= limit);
    items.push(...page.items);
    if (page.next === null) return items;
    cursor = page.next;
    await between?.();
  }
}

function logCases(store: () => DocumentsStore): void {
  test('logs: gives back what was appended, newest first, the same id once', async () => {
    const entries = [3, 1, 2].map((at) =>
      logEntry({ at, fields: { nested: { a: [1, null, 'x'] } }, requestId: `r${at}` }),
    );
    await store().logs.append(entries);
    await store().logs.append(entries);
    const { items, next } = await store().logs.query({}, 10);
    assert.deepEqual(
      items,
      entries.toSorted((a, b) => b.at - a.at),
    );
    assert.equal(next, null);
    await store().logs.append([]);
  });

  test('logs: filters by words in message and fields, level, request and time', async () => {
    const { logs } = store();
    await logs.append([
      logEntry({ at: 1, message: 'Upload failed', level: 'error', fields: { path: 'Été.txt', size: 42 } }),
      logEntry({ at: 2, message: 'upload done', requestId: 'r-1' }),
      logEntry({ at: 3, message: 'quota', level: 'warn', requestId: 'r-1', fields: { user: 'ann' } }),
      logEntry({ at: 4, message: 'detail', level: 'debug' }),
      logEntry({ at: 5, message: 'gone', level: 'fatal' }),
    ]);
    const at = async (filter: Parameters<typeof logs.query>[0]): Promise<number[]> =>
      (await logs.query(filter, 10)).items.map((item) => item.at);
    assert.deepEqual(await at({ text: 'upload' }), [2, 1]);
    assert.deepEqual(await at({ text: 'UPLOAD ete 42' }), [1]);
    assert.deepEqual(await at({ text: 'upload ann' }), []);
    assert.deepEqual(await at({ text: 'ann' }), [3]);
    assert.deepEqual(await at({ level: 'warn' }), [5, 3, 1]);
    assert.deepEqual(await at({ level: 'info' }), [5, 3, 2, 1]);
    assert.deepEqual(await at({ requestId: 'r-1' }), [3, 2]);
    assert.deepEqual(await at({ requestId: 'r-1', level: 'warn', text: 'quota' }), [3]);
    assert.deepEqual(await at({ after: 1, before: 4 }), [3, 2]);
  });

  test('logs: pages keep their place while entries come in, also among equal times', async () => {
    const { logs } = store();
    await logs.append(
      Array.from({ length: 50 }, (_, index) => logEntry({ at: 1000 + (index >> 3), message: `m${index}` })),
    );
    for (const filter of [{}, { text: 'm' }]) {
      const before = (await logs.query(filter, 1000)).items.map((item) => item.id);
      const paged = await everything(
        (limit, cursor) => logs.query(filter, limit, cursor),
        7,
        () => logs.append([logEntry({ at: 9_000_000, message: 'mnew' })]),
      );
      assert.deepEqual(
        paged.map((item) => item.id),
        before,
      );
    }
  });

  test('logs: purge removes what is older, and says how many', async () => {
    const { logs } = store();
    await logs.append(Array.from({ length: 5000 }, (_, at) => logEntry({ at })));
    assert.equal(await logs.purge(4990), 4990);
    assert.deepEqual(
      (await logs.query({}, 100)).items.map((item) => item.at),
      [4999, 4998, 4997, 4996, 4995, 4994, 4993, 4992, 4991, 4990],
    );
    assert.equal(await logs.purge(0), 0);
  });
}

function searchCases(store: () => DocumentsStore): void {
  const finder =
    (names: readonly string[]) =>
    async (filter: SearchFilter): Promise<string[]> => {
      const documents = names.map((name) => searchDocument(name));
      const byId = new Map(documents.map((document) => [document.id, document.name]));
      await store().search.upsert(documents);
      const { items } = await store().search.query(filter, 100);
      await store().search.remove([...byId.keys()], last);
      return items.map((item) => byId.get(item.id) ?? '?').sort();
    };

  test('search: case and accents do not matter, on either side', async () => {
    const find = finder(['Été.txt', 'RESUME', 'Straße 5', 'Łódź.pdf', 'e\u0301tude']);
    assert.deepEqual(await find({ text: 'ete' }), ['Été.txt']);
    assert.deepEqual(await find({ text: 'ÉTÉ' }), ['Été.txt']);
    assert.deepEqual(await find({ text: 'résumé' }), ['RESUME']);
    assert.deepEqual(await find({ text: 'STRASSE' }), ['Straße 5']);
    assert.deepEqual(await find({ text: 'lodz' }), ['Łódź.pdf']);
    assert.deepEqual(await find({ text: 'étude' }), ['e\u0301tude']);
  });

  test('search: words whole, by their beginning, and inside from three characters on', async () => {
    const find = finder(['annual_report-2024.final.docx', 'portrait.png', 'to be or not.txt', 'x.y']);
    assert.deepEqual(await find({ text: 'report' }), ['annual_report-2024.final.docx']);
    assert.deepEqual(await find({ text: 'port' }), ['annual_report-2024.final.docx', 'portrait.png']);
    assert.deepEqual(await find({ text: 'fin rep 20' }), ['annual_report-2024.final.docx']);
    assert.deepEqual(await find({ text: 'nual ocx' }), ['annual_report-2024.final.docx']);
    assert.deepEqual(await find({ text: '2024' }), ['annual_report-2024.final.docx']);
    assert.deepEqual(await find({ text: '24' }), []);
    assert.deepEqual(await find({ text: 'report portrait' }), []);
    assert.deepEqual(await find({ text: 'to' }), ['to be or not.txt']);
    assert.deepEqual(await find({ text: 'not or be' }), ['to be or not.txt']);
    assert.deepEqual(await find({ text: 'y' }), ['x.y']);
    assert.deepEqual(await find({ text: 'X.Y' }), ['x.y']);
  });

  test('search: signs of query languages are only signs', async () => {
    const find = finder(['it\'s 100% "done" (a|b) *.txt', 'AND OR NOT NEAR', 'a:b']);
    assert.deepEqual(await find({ text: '"done' }), ['it\'s 100% "done" (a|b) *.txt']);
    assert.deepEqual(await find({ text: "it's" }), ['it\'s 100% "done" (a|b) *.txt']);
    assert.deepEqual(await find({ text: 'NOT' }), ['AND OR NOT NEAR']);
    assert.deepEqual(await find({ text: 'near and' }), ['AND OR NOT NEAR']);
    assert.deepEqual(await find({ text: '*' }), []);
    assert.deepEqual(await find({ text: 'words:a' }), []);
    assert.deepEqual(
      await find({ text: '   ' }),
      ['it\'s 100% "done" (a|b) *.txt', 'AND OR NOT NEAR', 'a:b'].sort(),
    );
  });

  test('search: filters by each fact, with and without text', async () => {
    const { search } = store();
    const documents = [
      searchDocument('a one.PDF', { size: 10, modifiedAt: 100, owner: 'ann' }),
      searchDocument('a two.pdf', { size: 20, modifiedAt: 200, owner: 'bob' }),
      searchDocument('a three', { kind: 'folder', size: 0, modifiedAt: 300, owner: 'ann' }),
      searchDocument('other.txt', { size: 30, modifiedAt: 400 }),
    ];
    await search.upsert(documents);
    const find = async (filter: SearchFilter): Promise<number[]> =>
      (await search.query(filter, 10)).items.map((item) =>
        documents.findIndex((document) => document.id === item.id),
      );
    assert.deepEqual(await find({}), [3, 2, 1, 0]);
    assert.deepEqual(await find({ extension: 'pdf' }), [1, 0]);
    assert.deepEqual(await find({ kind: 'folder' }), [2]);
    assert.deepEqual(await find({ owner: 'ann' }), [2, 0]);
    assert.deepEqual(await find({ minSize: 10, maxSize: 20 }), [1, 0]);
    assert.deepEqual(await find({ modifiedAfter: 100, modifiedBefore: 400 }), [2, 1]);
    assert.deepEqual(await find({ text: 'a', kind: 'file', owner: 'ann' }), [0]);
    assert.deepEqual(await find({ text: 'two', extension: 'txt' }), []);
  });
}

function rankingCases(store: () => DocumentsStore): void {
  test('search: the exact name first, then words that begin so, then inside; newest first in each', async () => {
    const { search } = store();
    const names = [
      'preportion',
      'my report.txt',
      'report of may',
      'Report',
      'report.pdf',
      'support reportage',
      'ereport',
    ];
    const documents = names.map((name, index) => searchDocument(name, { modifiedAt: 1000 + index }));
    await search.upsert(documents);
    const ranked = (await search.query({ text: 'report' }, 10)).items.map(
      ({ id }) => documents.find((document) => document.id === id)?.name,
    );
    assert.deepEqual(ranked, [
      'report.pdf',
      'Report',
      'support reportage',
      'report of may',
      'my report.txt',
      'ereport',
      'preportion',
    ]);
    const exact = (await search.query({ text: 'report.pdf' }, 1)).items[0]?.id;
    assert.equal(exact, documents[4]?.id);
  });

  test('search: pages of any size give each hit once in the same order, while others come in', async () => {
    const { search } = store();
    const name = (index: number): string =>
      ['plan', `plan ${index}`, `my plan ${index}`, `explaning ${index}`][index % 4] ?? '';
    await search.upsert(
      Array.from({ length: 60 }, (_, index) =>
        searchDocument(name(index), { modifiedAt: 1000 + (index >> 2) }),
      ),
    );
    for (const filter of [{ text: 'plan' }, {}]) {
      const whole = (await search.query(filter, 1000)).items.map((item) => item.id);
      for (const limit of [1, 7, 60]) {
        const paged = await everything(
          (count, cursor) => search.query(filter, count, cursor),
          limit,
          () => search.upsert([searchDocument('plan', { id: 'late', modifiedAt: 9_000_000 })]),
        );
        assert.deepEqual(
          paged.map((item) => item.id),
          whole,
          `pages of ${limit}`,
        );
        await search.remove(['late'], last);
      }
    }
    assert.equal((await search.query({ text: 'plan' }, 60)).next, null);
  });

  test('search: a cursor that is none of ours is refused', async () => {
    for (const cursor of ['nonsense', '!', Buffer.from('{}').toString('base64url')]) {
      await assert.rejects(store().search.query({}, 10, cursor), (error) =>
        isAppError(error, 'invalid_input'),
      );
    }
  });
}

function rebuildCases(store: () => DocumentsStore): void {
  const names = async (text: string): Promise<number> =>
    (await store().search.query({ text }, 10)).items.length;

  test('search: a document again replaces it, an older one does not', async () => {
    const { search } = store();
    await search.upsert([searchDocument('first.txt', { id: 'a', seq: 5 })]);
    await search.upsert([searchDocument('second.txt', { id: 'a', seq: 6 })]);
    await search.upsert([searchDocument('third.txt', { id: 'a', seq: 4 })]);
    assert.deepEqual([await names('first'), await names('second'), await names('third')], [0, 1, 0]);
    await search.upsert([searchDocument('second.txt', { id: 'a', seq: 6, size: 99 })]);
    assert.equal((await search.query({ minSize: 99 }, 10)).items.length, 1);
    assert.equal(await search.count(), 1);
    await search.remove(['a', 'never there'], 6);
    await search.remove(['a'], 6);
    assert.deepEqual([await search.count(), await names('second')], [0, 0]);
  });

  test('search: a removal that comes late leaves what was put in since', async () => {
    const { search } = store();
    await search.upsert([
      searchDocument('kept', { id: 'a', seq: 7 }),
      searchDocument('gone', { id: 'b', seq: 6 }),
    ]);
    await search.remove(['a', 'b'], 6);
    assert.deepEqual([await names('kept'), await names('gone')], [1, 0]);
  });

  test('search: the same id twice in one batch ends with the newer', async () => {
    const { search } = store();
    await search.upsert([
      searchDocument('new.txt', { id: 'a', seq: 2 }),
      searchDocument('old.txt', { id: 'a', seq: 1 }),
    ]);
    assert.deepEqual([await names('new'), await names('old'), await search.count()], [1, 0, 1]);
  });

  test('search: a rebuild removes what it did not meet, and keeps what changed meanwhile', async () => {
    const { search } = store();
    await search.upsert(
      Array.from({ length: 2500 }, (_, index) => searchDocument(`gone ${index}`, { id: `gone-${index}` })),
    );
    await search.upsert([
      searchDocument('stays', { id: 'stays', seq: 10 }),
      searchDocument('newer name', { id: 'newer', seq: 10 }),
    ]);
    const generation = await search.beginGeneration();
    await search.upsert([
      searchDocument('stays', { id: 'stays', seq: 10 }),
      searchDocument('older name', { id: 'newer', seq: 9 }),
    ]);
    await search.upsert([searchDocument('came meanwhile', { id: 'came', seq: 11 })]);
    await search.endGeneration(generation);
    assert.equal(await search.count(), 3);
    assert.deepEqual(
      [await names('gone'), await names('stays'), await names('newer'), await names('meanwhile')],
      [0, 1, 1, 1],
    );
  });

  test('search: a rebuild that another one overtook removes nothing', async () => {
    const { search } = store();
    await search.upsert([searchDocument('met by the second', { id: 'a' }), searchDocument('met by none')]);
    const first = await search.beginGeneration();
    const second = await search.beginGeneration();
    assert.ok(second > first);
    await search.endGeneration(first);
    assert.equal(await search.count(), 2);
    await search.upsert([searchDocument('met by the second', { id: 'a' })]);
    await search.endGeneration(second);
    assert.equal(await search.count(), 1);
  });
}

function activityCases(store: () => DocumentsStore): void {
  const seqs = (items: readonly ActivityDocument[]): number[] => items.map((item) => item.seq);

  test('activity: by feed, by actor, both and all, newest first, the same id once', async () => {
    const { activity } = store();
    const documents = [
      activityOf(1),
      activityOf(2, { actorId: 'bob', feedIds: ['node-2', 'root'], nodeId: 'node-2' }),
      activityOf(3, { actorId: null, nodeId: null, feedIds: [] }),
      activityOf(4, { feedIds: ['node-2', 'root', 'node-2'] }),
    ];
    await activity.append(documents);
    await activity.append(documents);
    assert.deepEqual((await activity.query({}, 10)).items, documents.toReversed());
    assert.deepEqual(seqs((await activity.query({ feedId: 'root' }, 10)).items), [4, 2, 1]);
    assert.deepEqual(seqs((await activity.query({ feedId: 'node-2' }, 10)).items), [4, 2]);
    assert.deepEqual(seqs((await activity.query({ actorId: 'ann' }, 10)).items), [4, 1]);
    assert.deepEqual(seqs((await activity.query({ feedId: 'root', actorId: 'bob' }, 10)).items), [2]);
    assert.deepEqual(seqs((await activity.query({ feedId: 'root', actorId: 'ann' }, 1)).items), [4]);
    assert.deepEqual(await activity.query({ feedId: 'nobody' }, 10), { items: [], next: null });
  });

  test('activity: pages keep their place while entries come in', async () => {
    const { activity } = store();
    await activity.append(
      Array.from({ length: 40 }, (_, index) =>
        activityOf(index + 1, { actorId: index % 3 === 0 ? 'ann' : 'bob' }),
      ),
    );
    for (const filter of [{}, { feedId: 'root' }, { actorId: 'ann' }, { feedId: 'root', actorId: 'bob' }]) {
      const whole = seqs((await activity.query(filter, 1000)).items).filter((seq) => seq < 1000);
      let late = 1000;
      const paged = await everything(
        (limit, cursor) => activity.query(filter, limit, cursor),
        7,
        () => activity.append([activityOf(late++)]),
      );
      assert.deepEqual(
        seqs(paged).filter((seq) => seq < 1000),
        whole,
      );
    }
  });

  test('activity: purge and clear', async () => {
    const { activity } = store();
    await activity.append(Array.from({ length: 2500 }, (_, index) => activityOf(index + 1)));
    assert.equal(await activity.purge(24_950), 2494);
    assert.deepEqual(
      seqs((await activity.query({ feedId: 'root' }, 10)).items),
      [2500, 2499, 2498, 2497, 2496, 2495],
    );
    await activity.clear();
    assert.deepEqual((await activity.query({ feedId: 'root' }, 10)).items, []);
    assert.deepEqual((await activity.query({}, 10)).items, []);
  });
}
