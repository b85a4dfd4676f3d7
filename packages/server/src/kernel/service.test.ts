import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endInReverse } from './service.ts';

test('ends the last first, all of them although one fails, and passes the first failure on', async () => {
  const ended: string[] = [];
  const end = (name: string, error?: Error) => async (): Promise<void> => {
    ended.push(name);
    if (error !== undefined) throw error;
  };
  const [early, late] = [new Error('early'), new Error('late')];
  await assert.rejects(
    endInReverse([end('a'), end('b', late), end('c', early), end('d')]),
    (error) => error === early,
  );
  assert.deepEqual(ended, ['d', 'c', 'b', 'a']);
});
