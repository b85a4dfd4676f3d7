import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { systemClock } from '../../../kernel/clock.ts';
import { newId } from '../../../kernel/ids.ts';
import { silentLogger } from '../../../kernel/logger.ts';
import { parseStoreUrl } from '../../../kernel/store-url.ts';
import { blobStoreSuite } from '../contract.suite.ts';
import { fileBlobs } from './driver.ts';

const variants = [
  ['full', ''],
  ['relaxed', ''],
  ['full', '?small=16'],
  ['relaxed', '?small=64'],
] as const;

for (const [durability, parameters] of variants) {
  blobStoreSuite(`file, ${durability} ${parameters}`, async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'volvox-blobs-'));
    const store = await fileBlobs.open(parseStoreUrl(`file:${folder}${parameters}`), {
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
