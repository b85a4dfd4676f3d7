import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noteTransient } from './transient-memory.ts';

test('keeps what a long upload leaves behind to a few dozen MiB', () => {
  const pieceBytes = 64 * 1024;
  let most = 0;
  for (let total = 0; total < 512 * 1024 * 1024; total += pieceBytes) {
    Buffer.allocUnsafeSlow(pieceBytes);
    noteTransient(pieceBytes);
    most = Math.max(most, process.memoryUsage().arrayBuffers);
  }
  assert.ok(most < 32 * 1024 * 1024, `${most} bytes were kept`);
});
