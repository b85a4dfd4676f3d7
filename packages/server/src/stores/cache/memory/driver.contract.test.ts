import { systemClock } from '../../../kernel/clock.ts';
import { silentLogger } from '../../../kernel/logger.ts';
import { parseStoreUrl } from '../../../kernel/store-url.ts';
import { cacheSuite } from '../contract.suite.ts';
import { cacheMemoryDriver } from './driver.ts';

const deps = { log: silentLogger, clock: systemClock, durability: 'full' } as const;

cacheSuite('memory', (place) => cacheMemoryDriver.open(parseStoreUrl(`memory:${place}`), deps), {
  ttlMs: 50,
});
