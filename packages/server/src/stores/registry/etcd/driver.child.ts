/** Holds the lease "l" until it is stopped, for driver.test.ts, which stops and wakes it. Says "held <fence>", then of each check: the ms since the last one, and whether the lease was valid. */
import { systemClock } from '../../../kernel/clock.ts';
import { silentLogger } from '../../../kernel/logger.ts';
import { parseStoreUrl } from '../../../kernel/store-url.ts';
import { registryEtcdDriver } from './driver.ts';

const [url = '', ttl = ''] = process.argv.slice(2);
const deps = { log: silentLogger, clock: systemClock, durability: 'full' } as const;
const store = await registryEtcdDriver.open(parseStoreUrl(url), deps);
const lease = await store.acquire('l', Number(ttl));
process.stdout.write(`held ${lease?.fence}\n`);
let last = performance.now();
setInterval(() => {
  const now = performance.now();
  process.stdout.write(`${Math.round(now - last)} ${lease?.valid()}\n`);
  last = now;
}, 5);
