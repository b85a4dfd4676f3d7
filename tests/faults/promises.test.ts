/** docs/reference/reliability.md names the test of each promise: a name that leads to no file proves nothing. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';

const root = fileURLToPath(new URL('../..', import.meta.url));
const files = globSync(['packages/server/src/**/*.{test,suite}.ts', 'tests/**/*.test.ts'], { cwd: root }).map(
  (file) => `/${file}`,
);
const headings = /^(Test|proved by)$/;

/** Of every table with a column of tests: its rows, each with what the column says in backticks. */
function provedBy(text: string): { readonly row: string; readonly names: readonly string[] }[] {
  let column = -1;
  return text.split('\n').flatMap((line) => {
    const cells = line.split('|').map((cell) => cell.trim());
    if (cells.length < 3) column = -1;
    else if (cells.some((cell) => headings.test(cell)))
      column = cells.findIndex((cell) => headings.test(cell));
    else if (column >= 0 && !/^-+$/.test(cells[1] ?? ''))
      return [
        { row: line, names: [...(cells[column] ?? '').matchAll(/`([^`]+)`/g)].map(([, name]) => name ?? '') },
      ];
    return [];
  });
}

/** `tree/plans`, `cluster` (a folder of tests), `stores/sql/sqlite/writer.test.ts` */
const isTest = (name: string): boolean =>
  files.some((file) => new RegExp(`/${name.replaceAll('.', '\\.')}(\\.|/|$)`).test(file));

test('each promise names a test that exists', () => {
  const rows = provedBy(
    readFileSync(new URL('../../docs/reference/reliability.md', import.meta.url), 'utf8'),
  );
  assert.ok(rows.length > 60, `${rows.length} rows were read`);
  assert.deepEqual(
    rows.filter(({ names }) => !names.some(isTest)).map(({ row }) => row),
    [],
    'rows without a test',
  );
  // What looks like the path of a test has to be one.
  const paths = rows.flatMap(({ names }) => names.filter((name) => /^[a-z-]+(\/[a-z0-9.-]+)+$/.test(name)));
  assert.deepEqual(
    paths.filter((name) => !isTest(name)),
    [],
  );
});
