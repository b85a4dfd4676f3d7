/** Finding people by the beginnings of words: one row per folded word, which an index answers however many users there are. */
import { fold } from '../../kernel/fold.ts';
import type { SqlReader, SqlTransaction } from '../../stores/sql/contract.ts';
import type { WordRow } from './tables.ts';
import * as queries from './word-queries.ts';

const maxWords = 24;
const maxLength = 64;
/** Above every word that begins with what stands before it, compared as bytes of UTF-8. */
const afterAll = '\u{10FFFF}';

export interface Named {
  readonly kind: WordRow['kind'];
  readonly names: readonly string[];
  /** Found by only where addresses may be seen. */
  readonly mails?: readonly (string | null)[];
}

/** Letters and digits of any script; everything else parts words. */
export function splitWords(text: string): readonly string[] {
  return (fold(text).match(/[\p{L}\p{N}]+/gu) ?? []).map((word) => [...word].slice(0, maxLength).join(''));
}

export interface WordRange {
  readonly from: string;
  readonly to: string;
}

/** At most three, the longest first: it leaves the fewest. Empty: nothing can be found. */
export function searchedWords(q: string): readonly WordRange[] {
  const words = [...new Set(splitWords(q))].sort((a, b) => b.length - a.length).slice(0, 3);
  return words.map((from) => ({ from, to: from + afterAll }));
}

/** What is not asked for lets every word through. */
export function rangesOf([one, two, three]: readonly WordRange[]): queries.WordRanges {
  const any: WordRange = { from: '', to: afterAll };
  return {
    ...{ from0: one?.from ?? '', to0: one?.to ?? '' },
    ...{ from1: (two ?? any).from, to1: (two ?? any).to },
    ...{ from2: (three ?? any).from, to2: (three ?? any).to },
  };
}

/** So many rows may be looked at to find one. */
const few = 500;

/**
 * The word that the fewest have comes first: what walks its index and looks the others up reads few rows however many have those.
 * `rare`: fewer than `most` have it, so that all can be looked at; `nobody`: none.
 */
export async function rarestFirst(
  reader: SqlReader,
  words: readonly WordRange[],
  kind: WordRow['kind'],
  most = few,
): Promise<{ readonly words: readonly WordRange[]; readonly rare: boolean; readonly nobody: boolean }> {
  const none: WordRange = { from: '', to: '' };
  // A word that is not asked for counts nothing: else it would be the one that every word passes.
  const ranges = rangesOf([...words, none, none].slice(0, 3));
  const found = await reader.get(queries.countWords, { ...ranges, kind, most });
  const counts = [found?.n0 ?? most, found?.n1 ?? most, found?.n2 ?? most];
  const sorted = words
    .map((word, i) => ({ word, count: counts[i] ?? most }))
    .toSorted((a, b) => a.count - b.count);
  const fewest = sorted[0]?.count ?? most;
  return { words: sorted.map(({ word }) => word), rare: fewest < most, nobody: fewest === 0 };
}

/** A login that is a mail address gives away only what stands before the "@". */
export function namesOfLogin(login: string): { readonly name: string; readonly mail: string | null } {
  const at = login.indexOf('@');
  return at < 0 ? { name: login, mail: null } : { name: login.slice(0, at), mail: login };
}

export async function setWords(tx: SqlTransaction, subjectId: string, named: Named): Promise<void> {
  await tx.run(queries.deleteWords, { subjectId });
  await tx.runMany(queries.insertWord, rowsOf(subjectId, named));
}

export async function removeWords(tx: SqlTransaction, subjectId: string): Promise<void> {
  await tx.run(queries.deleteWords, { subjectId });
}

function rowsOf(subjectId: string, { kind, names, mails = [] }: Named): WordParameters[] {
  const byName = new Set(names.flatMap(splitWords).slice(0, maxWords));
  const byMail = new Set(mails.flatMap((mail) => splitWords(mail ?? '')).slice(0, maxWords));
  const row = (mail: number) => (word: string) => ({ subjectId, word, kind, mail });
  const rows = [...[...byName].map(row(0)), ...[...byMail].filter((word) => !byName.has(word)).map(row(1))];
  // So that a name of signs alone does not look as if it had not been indexed yet.
  return rows.length === 0 ? [row(0)('')] : rows;
}
type WordParameters = { subjectId: string; word: string; kind: WordRow['kind']; mail: number };

export function namedUser(user: { login: string; display_name: string; email: string | null }): Named {
  const login = namesOfLogin(user.login);
  return { kind: 'user', names: [login.name, user.display_name], mails: [login.mail, user.email] };
}

const batch = 200;

/** Users and groups of an earlier version, or made by a node that still runs one, get their words. @returns how many */
export async function indexMissing(
  background: SqlReader,
  transaction: <T>(work: (tx: SqlTransaction) => Promise<T>) => Promise<T>,
): Promise<number> {
  let done = 0;
  for (;;) {
    const users = await background.all(queries.usersWithoutWords, { limit: batch });
    const groups = await background.all(queries.groupsWithoutWords, { limit: batch });
    if (users.length + groups.length === 0) return done;
    await transaction(async (tx) => {
      for (const user of users) await setWords(tx, user.id, namedUser(user));
      for (const group of groups) await setWords(tx, group.id, { kind: 'group', names: [group.name] });
    });
    done += users.length + groups.length;
  }
}
