import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, until, untilIs } from './expectations.ts';

test('waiting gives the answer when it comes, and shows the last one where it does not', async () => {
  let asked = 0;
  assert.equal(await until(() => (++asked === 3 ? 'there' : null)), 'there');
  await assert.rejects(
    until(() => false, 'the door opens', 1),
    /0\.001 s: the door opens; last seen: false/,
  );
  await assert.rejects(
    until(() => asked > 99, undefined, 1),
    /asked > 99; last seen: false/,
  );
  await assert.rejects(
    untilIs(
      () => [{ state: 'waiting' }],
      ([mail]) => mail?.state === 'sent',
      'it is sent',
      1,
    ),
    /it is sent; last seen: \[ \{ state: 'waiting' \} \]/,
  );
});

test('what the question throws ends the wait, and what is tried again ends with its last failure', async () => {
  await assert.rejects(
    until(() => {
      throw new Error('broken');
    }),
    /broken/,
  );
  let tried = 0;
  await eventually(async () => assert.equal(++tried, 2));
  await assert.rejects(
    eventually(() => Promise.reject(new Error('still away')), 1),
    /still away/,
  );
});
