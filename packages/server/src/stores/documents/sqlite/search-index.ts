import type { SearchDocument, SearchFilter } from '../contract.ts';
import { joined } from '../folding.ts';
import { foldedName, insideLength, soughtWords } from '../rules.ts';
import { start, type Place } from './cursor.ts';
import { number, text, type Database, type Row, type Statement } from './native.ts';

const removeBatch = 1000;

export interface SearchHits {
  readonly items: readonly { readonly id: string }[];
  readonly next: Place | null;
}

/**
 * Names and a few facts. A row of `documents` per node; `beginnings` finds words by their beginning, `insides` by any three characters.
 * Hits come in three stages, each newest first: the name itself; every word begins one of the name's; the rest.
 */
export class SearchIndex {
  readonly #database: Database;
  readonly #statements = new Map<string, Statement>();

  constructor(database: Database) {
    this.#database = database;
  }

  upsert(documents: readonly SearchDocument[]): void {
    const generation = this.#generation();
    for (const document of documents) {
      const known = this.#prepare('select key, seq, words from documents where id = ?').get(document.id);
      if (known === undefined) this.#insert(document, generation);
      else if (document.seq >= number(known, 'seq')) this.#update(document, known, generation);
      else
        this.#prepare('update documents set generation = ? where key = ?').run(
          generation,
          number(known, 'key'),
        );
    }
  }

  remove(ids: readonly string[], upTo: number): void {
    for (const id of ids) {
      const known = this.#prepare('select key from documents where id = ? and seq <= ?').get(id, upTo);
      if (known !== undefined) this.#delete(number(known, 'key'));
    }
  }

  query(filter: SearchFilter, limit: number, from: Place): SearchHits {
    const sought = soughtWords(filter.text);
    if (sought === null) return { items: [], next: null };
    const stages = sought.length === 0 ? [allOf] : [exact, beginning, inside];
    const hits: { readonly id: string; readonly place: Place }[] = [];
    for (let stage = from.stage; stage < stages.length && hits.length <= limit; stage++) {
      const place = stage === from.stage ? from : { ...start, stage };
      const source = stages[stage]?.(sought);
      if (source == null) continue;
      for (const row of this.#select(source, filter, place, limit + 1 - hits.length)) {
        const at = { stage, first: number(row, 'modified_at'), rowid: number(row, 'key') };
        hits.push({ id: text(row, 'id'), place: at });
      }
    }
    const page = hits.slice(0, limit);
    return {
      items: page.map(({ id }) => ({ id })),
      next: hits.length > limit ? (page.at(-1)?.place ?? null) : null,
    };
  }

  beginGeneration(): number {
    this.#prepare('update generations set current = current + 1').run();
    return this.#generation();
  }

  /** One batch. @returns how many; none where another rebuild has begun since */
  endGeneration(generation: number): number {
    if (generation !== this.#generation()) return 0;
    const rows = this.#prepare(`select key from documents where generation < ? limit ${removeBatch}`).all(
      generation,
    );
    for (const row of rows) this.#delete(number(row, 'key'));
    return rows.length;
  }

  count(): number {
    return number(this.#prepare('select count(*) as n from documents').get() ?? {}, 'n');
  }

  #generation(): number {
    return number(this.#prepare('select current from generations').get() ?? {}, 'current');
  }

  #insert(document: SearchDocument, generation: number): void {
    const columns = columnsOf(document);
    const { lastInsertRowid } = this.#prepare(
      `insert into documents (id, words, stem, kind, size, modified_at, owner, extension, seq, generation)
       values (@id, @words, @stem, @kind, @size, @modifiedAt, @owner, @extension, @seq, @generation)`,
    ).run({ ...columns, generation });
    this.#index(Number(lastInsertRowid), columns.words);
  }

  /** Mostly it is the size or the time that changed: then the word indexes stay as they are. */
  #update(document: SearchDocument, known: Row, generation: number): void {
    const key = number(known, 'key');
    const columns = columnsOf(document);
    this.#prepare(
      `update documents set words = @words, stem = @stem, kind = @kind, size = @size, modified_at = @modifiedAt, owner = @owner,
       extension = @extension, seq = @seq, generation = @generation where id = @id`,
    ).run({ ...columns, generation });
    if (columns.words === text(known, 'words')) return;
    this.#unindex(key);
    this.#index(key, columns.words);
  }

  #delete(key: number): void {
    this.#unindex(key);
    this.#prepare('delete from documents where key = ?').run(key);
  }

  #index(key: number, line: string): void {
    this.#prepare('insert into beginnings (rowid, words) values (?, ?)').run(key, line);
    this.#prepare('insert into insides (rowid, words) values (?, ?)').run(key, line);
  }

  #unindex(key: number): void {
    this.#prepare('delete from beginnings where rowid = ?').run(key);
    this.#prepare('delete from insides where rowid = ?').run(key);
  }

  #select(source: Source, filter: SearchFilter, from: Place, limit: number): Row[] {
    const facts = factsOf(filter);
    const conditions = [
      ...source.conditions,
      ...facts.conditions,
      '(documents.modified_at, documents.key) < (@first, @rowid)',
    ];
    const sql = `select documents.key, documents.id, documents.modified_at from ${source.from} where ${conditions.join(' and ')}
      order by documents.modified_at desc, documents.key desc limit @limit`;
    return this.#prepare(sql).all({
      ...source.values,
      ...facts.values,
      first: from.first,
      rowid: from.rowid,
      limit,
    });
  }

  #prepare(sql: string): Statement {
    let statement = this.#statements.get(sql);
    if (statement !== undefined) return statement;
    // Texts of queries vary with the number of words only; still, nobody may fill the memory with them.
    if (this.#statements.size > 200) this.#statements.clear();
    statement = this.#database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}

interface Source {
  readonly from: string;
  readonly conditions: readonly string[];
  readonly values: Readonly<Record<string, string | number>>;
}

function allOf(): Source {
  return { from: 'documents', conditions: [], values: {} };
}

const isExact = '(documents.stem = @whole or (documents.stem = @most and documents.words = @whole))';

/** The name with or without its extension. */
function exact(sought: readonly string[]): Source {
  return { from: 'documents', conditions: [isExact], values: wholeOf(sought) };
}

function beginning(sought: readonly string[]): Source {
  const match = sought.map((word) => `"${word}"*`).join(' ');
  return {
    from: 'beginnings cross join documents on documents.key = beginnings.rowid',
    conditions: ['beginnings match @match', `not ${isExact}`],
    values: { ...wholeOf(sought), match },
  };
}

/** Short words still have to begin a word; where all are short there is nothing more to find. */
function inside(sought: readonly string[]): Source | null {
  const long = sought.filter((word) => [...word].length >= insideLength);
  if (long.length === 0) return null;
  const begins = sought.map((_word, index) => `instr(documents.words, @begin${index}) > 0`);
  const short = begins.filter((_condition, index) => !long.includes(sought[index] ?? ''));
  return {
    from: 'insides cross join documents on documents.key = insides.rowid',
    conditions: ['insides match @match', ...short, `not (${begins.join(' and ')})`, `not ${isExact}`],
    values: {
      ...wholeOf(sought),
      ...Object.fromEntries(sought.map((word, index) => [`begin${index}`, ` ${word}`])),
      match: long.map((word) => `"${word}"`).join(' '),
    },
  };
}

function wholeOf(sought: readonly string[]): { readonly whole: string; readonly most: string } {
  return { whole: joined(sought), most: joined(sought.slice(0, -1)) };
}

function factsOf(filter: SearchFilter): Pick<Source, 'conditions' | 'values'> {
  const facts = {
    kind: ['documents.kind = @kind', filter.kind],
    minSize: ['documents.size >= @minSize', filter.minSize],
    maxSize: ['documents.size <= @maxSize', filter.maxSize],
    modifiedAfter: ['documents.modified_at > @modifiedAfter', filter.modifiedAfter],
    modifiedBefore: ['documents.modified_at < @modifiedBefore', filter.modifiedBefore],
    owner: ['documents.owner = @owner', filter.owner],
    extension: ['documents.extension = @extension', filter.extension?.toLowerCase()],
  } as const;
  const conditions: string[] = [];
  const values: Record<string, string | number> = {};
  for (const [name, [condition, value]] of Object.entries(facts)) {
    if (value === undefined) continue;
    conditions.push(condition);
    values[name] = value;
  }
  return { conditions, values };
}

function columnsOf(document: SearchDocument) {
  const { id, kind, size, modifiedAt, owner, extension, seq } = document;
  const { line, stem } = foldedName(document);
  return { id, words: line, stem, kind, size, modifiedAt, owner, extension, seq };
}
