/** A second process on a vault file, for driver.test.ts: rotates `times` times, or dies at a fault point. */
import { systemClock } from '../../../kernel/clock.ts';
import { armPoint } from '../../../kernel/fault-points.ts';
import { silentLogger } from '../../../kernel/logger.ts';
import { parseStoreUrl } from '../../../kernel/store-url.ts';
import { vaultFileDriver } from './driver.ts';

const [path, times, point] = process.argv.slice(2);
const store = await vaultFileDriver.open(parseStoreUrl(`file:${path}`), {
  log: silentLogger,
  clock: systemClock,
  durability: 'full',
});
if (point !== undefined) armPoint(point, 'exit');
for (let i = 0; i < Number(times); i++) await store.rotate();
