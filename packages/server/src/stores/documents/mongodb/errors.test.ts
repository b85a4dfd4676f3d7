import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MongoBulkWriteError, MongoNetworkError, MongoServerError, type BulkWriteResult } from 'mongodb';
import { duplicatesIn, isDuplicate, translate } from './errors.ts';

function batchError(
  faults: readonly { readonly code: number; readonly index: number }[],
  concern?: unknown,
): MongoBulkWriteError {
  const result = { getWriteConcernError: () => concern } as unknown as BulkWriteResult;
  return new MongoBulkWriteError(
    { message: 'E11000', code: 11_000, writeErrors: faults } as unknown as ConstructorParameters<
      typeof MongoBulkWriteError
    >[0],
    result,
  );
}

test('what only is there already can be told from everything else in a batch', () => {
  const twice = [
    { code: 11_000, index: 4 },
    { code: 11_000, index: 7 },
  ];
  assert.deepEqual(duplicatesIn(batchError(twice)), [4, 7]);
  assert.equal(duplicatesIn(batchError([...twice, { code: 50, index: 8 }])), null);
  assert.equal(duplicatesIn(batchError(twice, { code: 64 })), null, 'not on the disks of the majority');
  assert.equal(duplicatesIn(new MongoServerError({ message: 'x', code: 11_000 })), null);
  assert.equal(isDuplicate(new MongoServerError({ message: 'x', code: 11_000 })), true);
});

test('a batch that lost its server on the way is no success, but can be tried again', () => {
  const lost = new MongoNetworkError('connection 7 to 127.0.0.1:1 closed');
  const wrapped = new MongoBulkWriteError(lost as never, batchError([]).result);
  assert.equal(duplicatesIn(wrapped), null);
  const { code, retryable } = translate(wrapped, 'h:1');
  assert.deepEqual([code, retryable], ['unavailable', true]);
});

test('each fault has a code that says what may help', () => {
  const seen = (error: unknown) => {
    const { code, retryable } = translate(error, 'h:1');
    return `${code}${retryable ? ', again' : ''}`;
  };
  const server = (code: number) => new MongoServerError({ message: 'said so', code });
  assert.equal(seen(new MongoNetworkError('reset')), 'unavailable, again');
  const reset = Object.assign(new Error('write ECONNRESET'), { code: 'ECONNRESET', syscall: 'write' });
  assert.equal(seen(reset), 'unavailable, again', 'not wrapped by the client');
  assert.equal(seen(server(10_107)), 'unavailable, again', 'no longer the primary');
  assert.equal(seen(server(18)), 'unavailable', 'wrong password');
  assert.equal(seen(server(50)), 'timeout, again');
  assert.equal(seen(server(14_031)), 'storage_full');
  assert.equal(seen(server(2)), 'internal');
  assert.equal(seen('odd'), 'internal');
});
