import { expect, it } from 'vitest';
import { frameBulk } from './bulk.ts';

it('frames each file as length, JSON and bytes, without a gap', async () => {
  const blob = frameBulk([
    { path: 'a/ü.txt', modifiedAt: 5, blob: new Blob(['héllo']) },
    { path: 'empty', blob: new Blob([]) },
  ]);
  const bytes = new Uint8Array(await blob.arrayBuffer());
  const view = new DataView(bytes.buffer);
  const seen: { header: unknown; body: string }[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = view.getUint32(at);
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(at + 4, at + 4 + length))) as {
      size: number;
    };
    at += 4 + length;
    seen.push({ header, body: new TextDecoder().decode(bytes.subarray(at, at + header.size)) });
    at += header.size;
  }
  expect(seen).toEqual([
    { header: { path: 'a/ü.txt', size: 6, modifiedAt: 5 }, body: 'héllo' },
    { header: { path: 'empty', size: 0 }, body: '' },
  ]);
});
