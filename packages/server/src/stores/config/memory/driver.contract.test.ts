import { systemClock } from '../../../kernel/clock.ts';
import { silentLogger } from '../../../kernel/logger.ts';
import { parseStoreUrl } from '../../../kernel/store-url.ts';
import { configSuite } from '../contract.suite.ts';
import { configMemoryDriver } from './driver.ts';

const deps = { log: silentLogger, clock: systemClock, durability: 'full' } as const;

configSuite('memory', (place) => configMemoryDriver.open(parseStoreUrl(`memory:${place}`), deps), {
  survivesReopen: true,
});
