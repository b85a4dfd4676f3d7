import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isAppError } from './errors.ts';
import { parseJsonFile } from './json-file.ts';

test('damage is told by file, line and column, without quoting the text', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['', 'line 1, column 1'],
    ['{"secret": 1', 'line 1, column 13'],
    ['{\n  "secret": 1\n  "other": 2\n}', 'line 3, column 3'],
    ['{\n"secret": [1, x]}', 'line 2, column 15'],
    ['secret', 'line 1, column 1'],
    ['{"secret": "unended', 'line 1, column 20'],
    ['{}\n\nsecret', 'line 3, column 1'],
  ];
  for (const [text, position] of cases) {
    assert.throws(
      () => parseJsonFile('/some/file.json', text),
      (error) => {
        assert.ok(isAppError(error, 'corrupt'));
        assert.ok(
          error.message.includes(`/some/file.json is damaged: no valid JSON at ${position}.`),
          `${text} -> ${error.message}`,
        );
        return !/secret/.test(error.message) && error.cause === undefined;
      },
    );
  }
});
