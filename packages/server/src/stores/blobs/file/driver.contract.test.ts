import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { systemClock } from '../../../kernel/clock.ts';
import { newId } from '../../../kernel/ids.ts';
import { silentLogger } from '../../../kernel/logger.ts';
import { parseStoreUrl } from '../../../kernel/store-url.ts';
import { blobStoreSuite } from '../contract.suite.ts';
import { fileBlobs } from './driver.ts';

for (const durability of ['full', 'relaxed'] as const) {
  blobStoreSuite(`file, ${durability}`, async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'volvox-blobs-'));
    const store = await fileBlobs.open(parseStoreUrl(`file:${folder}`), {
      log: silentLogger,
      clock: systemClock,
      durability,
    });
    return {
      store,
      leaveLeftover: () => writeFile(path.join(folder, 'tmp', newId()), 'half'),
      dispose: async () => {
        await store.close();
        await rm(folder, { recursive: true });
      },
    };
  });
}
