/** A node:test reporter: only what failed, then the counts as one JSON line that tools/test.mjs reads. */
export default async function* count(source) {
  const counts = { passed: 0, failed: 0, skipped: [] };
  for await (const { type, data } of source) {
    if (type !== 'test:pass' && type !== 'test:fail') {
      if (type === 'test:stderr') yield data.message;
      continue;
    }
    const suite = data.details?.type === 'suite';
    if (type === 'test:pass' && data.skip !== undefined)
      counts.skipped.push(`${data.name}: ${data.skip === true ? 'skipped' : data.skip}`);
    else if (type === 'test:pass' && !suite) counts.passed += 1;
    else if (type === 'test:fail') {
      if (!suite) counts.failed += 1;
      const { error } = data.details;
      yield `FAIL ${data.file ?? ''} ${data.name}\n${error?.cause?.stack ?? error?.stack ?? String(error)}\n`;
    }
  }
  yield `\n#counts ${JSON.stringify(counts)}\n`;
}
