import { describe, expect, it } from 'vitest';
import { bulkLimits, UploadQueue, type NewUpload } from './queue.ts';

const file = (name: string, size = 10) => ({ name, size }) as File;
const upload = (name: string, size = 10, extra: Partial<NewUpload> = {}): NewUpload => ({
  file: file(name, size),
  parentId: 'p',
  folders: [],
  conflict: 'fail',
  skipIfTaken: false,
  ...extra,
});

function queueOf(...uploads: NewUpload[]) {
  let id = 0;
  const queue = new UploadQueue(() => `u${++id}`);
  queue.add(uploads);
  return queue;
}
const names = (items: readonly { file: File }[]) => items.map((item) => item.file.name);

describe('UploadQueue', () => {
  it('sends small files together and a large one alone, in order of arrival', () => {
    const queue = queueOf(upload('a'), upload('big', bulkLimits.fileSize), upload('b'));
    expect(names(queue.next())).toEqual(['a', 'b']);
    expect(names(queue.next())).toEqual(['big']);
    expect(queue.next()).toEqual([]);
  });

  it('puts only files for the same folder under the same rule into a batch', () => {
    const queue = queueOf(
      upload('a'),
      upload('b', 10, { parentId: 'q' }),
      upload('c', 10, { conflict: 'replace' }),
      upload('d'),
    );
    expect(names(queue.next())).toEqual(['a', 'd']);
    expect(names(queue.next())).toEqual(['b']);
    expect(names(queue.next())).toEqual(['c']);
  });

  it('bounds a batch by count and by bytes', () => {
    const many = queueOf(
      ...Array.from({ length: bulkLimits.files + 5 }, (_, index) => upload(String(index))),
    );
    expect(many.next()).toHaveLength(bulkLimits.files);
    expect(many.next()).toHaveLength(5);
    const size = bulkLimits.fileSize - 1;
    const heavy = queueOf(...Array.from({ length: 20 }, (_, index) => upload(String(index), size)));
    expect(heavy.next().length * size).toBeLessThanOrEqual(bulkLimits.bytes);
  });

  it('does not let a late report change what was paused or cancelled', () => {
    const queue = queueOf(upload('a'), upload('b'));
    queue.next();
    queue.pause(['u1']);
    queue.cancel(['u2']);
    queue.finish('u1');
    queue.fail('u2', 'no');
    expect(queue.get('u1')?.state).toBe('paused');
    expect(queue.get('u2')?.state).toBe('cancelled');
    queue.resume();
    expect(names(queue.next())).toEqual(['a']);
  });

  it('counts a taken name as skipped only if skipping was wanted', () => {
    const queue = queueOf(upload('a', 10, { skipIfTaken: true }), upload('b'));
    queue.next();
    queue.taken('u1', 'taken');
    queue.taken('u2', 'taken');
    expect(queue.get('u1')?.state).toBe('skipped');
    expect(queue.get('u2')).toMatchObject({ state: 'failed', reason: 'taken' });
    expect(queue.totals()).toMatchObject({ count: 2, finished: 1, failed: 1, active: 0 });
  });

  it('retries what failed or was called off, and forgets only what has ended', () => {
    const queue = queueOf(upload('a'), upload('b'), upload('c'));
    queue.next();
    queue.fail('u1', 'x');
    queue.finish('u2');
    queue.retry(['u1', 'u2']);
    expect(queue.get('u2')?.state).toBe('done');
    queue.clear();
    expect(names(queue.all())).toEqual(['a', 'c']);
  });

  it('sums bytes over what still counts', () => {
    const queue = queueOf(upload('a', 100), upload('b', 300));
    queue.next();
    queue.progress('u1', 40);
    queue.cancel(['u2']);
    expect(queue.totals()).toMatchObject({ bytes: 100, sent: 40, active: 1 });
  });
});
