import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError } from '../../kernel/errors.ts';
import { FakeClock, MemoryVault } from '../identity/testing.ts';
import { Keys } from './keys.ts';

const day = 86_400_000;

function world() {
  const clock = new FakeClock();
  const vault = new MemoryVault();
  const fence = { passed: false };
  const transaction = async (): Promise<never> => {
    if (fence.passed) throw new AppError('aborted', 'another run has taken over');
    return undefined as never; // `Keys` asks for nothing
  };
  return { clock, vault, fence, node: () => new Keys({ vault, sql: { transaction }, clock }, () => 90) };
}

const kids = async (keys: Keys, alg: string): Promise<(string | undefined)[]> =>
  (await keys.current()).keys.filter((key) => key.alg === alg).map((key) => key.kid);

test('nodes that start at once have the same keys', async () => {
  const { node } = world();
  const [one, two] = [node(), node()];
  const [a, b] = await Promise.all([one.current(), two.current()]);
  assert.deepEqual(a, b);
  assert.deepEqual(
    a.keys.map((key) => key.alg),
    ['RS256', 'ES256'],
  );
});

test('the next key is published a week before it signs, and the old one stays for a week after', async () => {
  const { clock, node } = world();
  const [one, two] = [node(), node()];
  const [first] = await kids(one, 'ES256');
  clock.time += 82 * day;
  assert.deepEqual(await one.rotate(), { made: 0, removed: 0 });
  clock.time += 1.5 * day;
  assert.deepEqual(await one.rotate(), { made: 2, removed: 0 });
  assert.deepEqual(await one.rotate(), { made: 0, removed: 0 }, 'once');
  const published = await kids(two, 'ES256');
  assert.equal(published[0], first, 'the old one still signs, on the other node too');
  assert.equal(published.length, 2);
  clock.time += 7 * day;
  const after = await kids(two, 'ES256');
  assert.deepEqual(after, [published[1], first], 'now the next one signs');
  await one.rotate();
  assert.equal((await kids(two, 'ES256')).length, 2, 'what the old one signed can still be checked');
  clock.time += 8 * day;
  assert.deepEqual(await one.rotate(), { made: 0, removed: 2 });
  assert.deepEqual(await kids(two, 'ES256'), [published[1]]);
});

test('a run that is overtaken while it makes keys leaves those of the other', async () => {
  const { clock, vault, fence, node } = world();
  await node().current();
  clock.time += 84 * day;
  const before = new Map(vault.values);
  fence.passed = true;
  await assert.rejects(node().rotate(), { code: 'aborted' });
  assert.deepEqual(vault.values, before);
  fence.passed = false;
  assert.deepEqual(await node().rotate(), { made: 2, removed: 0 });
});
