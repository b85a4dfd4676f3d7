import { systemClock } from '../../../kernel/clock.ts';
import { silentLogger } from '../../../kernel/logger.ts';
import { parseStoreUrl } from '../../../kernel/store-url.ts';
import { brokerSuite } from '../contract.suite.ts';
import { brokerMemoryDriver } from './driver.ts';

const deps = { log: silentLogger, clock: systemClock, durability: 'full' } as const;

brokerSuite('memory', (place) => brokerMemoryDriver.open(parseStoreUrl(`memory:${place}`), deps), {
  flood: 3_000,
});
