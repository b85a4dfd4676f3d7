import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Patience } from './patience.ts';

test('lasts while steps are quick, ends with several slow ones, and comes back after a rest', () => {
  let now = 0;
  const patience = new Patience(() => now);
  const step = (ms: number): void => patience.charged(() => void (now += ms));
  for (let i = 0; i < 1000; i++) step(0.1);
  step(9);
  assert.ok(patience.lasts(), 'a single slow step may be chance');
  for (let i = 0; i < 100; i++) step(0.1);
  step(9);
  assert.ok(patience.lasts(), 'quick ones have paid it off');
  step(9);
  assert.ok(!patience.lasts());
  now += 5_000;
  assert.ok(patience.lasts());
});
