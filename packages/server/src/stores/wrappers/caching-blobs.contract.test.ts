import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { systemClock } from '../../kernel/clock.ts';
import { newId } from '../../kernel/ids.ts';
import { silentLogger } from '../../kernel/logger.ts';
import { parseStoreUrl } from '../../kernel/store-url.ts';
import { blobStoreSuite } from '../blobs/contract.suite.ts';
import { fileBlobs } from '../blobs/file/driver.ts';
import { cachingBlobs } from './caching-blobs.ts';

// Once with room for all, once with hardly any, so that evicted blobs are read again.
for (const maxBytes of [32 * 1024 * 1024, 70 * 1024]) {
  blobStoreSuite(`caching, ${maxBytes} bytes`, async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'volvox-blobs-'));
    const deps = { log: silentLogger, clock: systemClock, durability: 'relaxed' } as const;
    const store = cachingBlobs(await fileBlobs.open(parseStoreUrl(`file:${folder}`), deps), { maxBytes });
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
