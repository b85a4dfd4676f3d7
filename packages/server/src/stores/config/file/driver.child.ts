/** A second process on a configuration file, for driver.test.ts: counts `n` up `steps` times, or dies at a fault point. */
import { systemClock } from '../../../kernel/clock.ts';
import { isAppError } from '../../../kernel/errors.ts';
import { armPoint } from '../../../kernel/fault-points.ts';
import { silentLogger } from '../../../kernel/logger.ts';
import { parseStoreUrl } from '../../../kernel/store-url.ts';
import { configFileDriver } from './driver.ts';

const [path, steps, point] = process.argv.slice(2);
const store = await configFileDriver.open(parseStoreUrl(`file:${path}`), {
  log: silentLogger,
  clock: systemClock,
  durability: 'full',
});
if (point !== undefined) armPoint(point, 'exit');
for (let done = 0; done < Number(steps);) {
  const entry = await store.get('n');
  try {
    await store.set('n', Number(entry?.value ?? 0) + 1, {
      expectedRevision: entry?.revision ?? 0,
      actor: `${process.pid}`,
    });
    done++;
  } catch (error) {
    if (!isAppError(error, 'precondition_failed')) throw error;
  }
}
await store.close();
