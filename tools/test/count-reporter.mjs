/**
 * A node:test reporter: only what failed, then the counts as one JSON line that tools/test.mjs reads. A file that ends before it has told of all
 * its tests is a failure of its own: a process that is cut off with exit code 0 leaves nothing but fewer tests.
 */
import path from 'node:path';

export default async function* count(source) {
  const counts = { passed: 0, failed: 0, skipped: [] };
  /** Files that have begun and not said how many tests they had, which each does last. */
  const unended = new Set();
  let announced = 0;
  let told = 0;
  for await (const { type, data } of source) {
    if (type === 'test:stderr') yield data.message;
    else if (type === 'test:enqueue' && isFile(data)) unended.add(data.file);
    else if (type === 'test:summary' && unended.delete(data.file)) announced += data.counts.tests;
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    const suite = data.details?.type === 'suite';
    if (isFile(data)) {
      // Told of only where it has told nothing itself, or ended badly.
      if (type === 'test:pass') continue;
      unended.delete(data.file);
    } else if (!suite) told += 1;
    if (type === 'test:pass' && data.skip !== undefined)
      counts.skipped.push(`${data.name}: ${data.skip === true ? 'skipped' : data.skip}`);
    else if (type === 'test:pass' && !suite) counts.passed += 1;
    else if (type === 'test:fail') {
      if (!suite) counts.failed += 1;
      const { error } = data.details;
      yield `FAIL ${data.file ?? ''} ${data.name}\n${error?.cause?.stack ?? error?.stack ?? String(error)}\n`;
    }
  }
  for (const file of unended) {
    counts.failed += 1;
    yield `FAIL ${file}\nended before it had told of all its tests, or has none\n`;
  }
  if (told < announced) {
    counts.failed += 1;
    yield `FAIL ${announced} tests ran, and the results of ${told} came\n`;
  }
  yield `\n#counts ${JSON.stringify(counts)}\n`;
}

/** What stands for a whole file, whose tests run in a process of its own. */
function isFile({ nesting, name, file }) {
  return nesting === 0 && file !== undefined && path.resolve(name) === file;
}
