import { systemClock } from '../../../kernel/clock.ts';
import { silentLogger } from '../../../kernel/logger.ts';
import { parseStoreUrl } from '../../../kernel/store-url.ts';
import { blobStoreSuite } from '../contract.suite.ts';
import { memoryBlobs } from './driver.ts';

blobStoreSuite('memory', async () => {
  const store = await memoryBlobs.open(parseStoreUrl('memory:'), {
    log: silentLogger,
    clock: systemClock,
    durability: 'full',
  });
  return { store, dispose: () => store.close() };
});
