import { systemClock } from '../../kernel/clock.ts';
import { silentLogger } from '../../kernel/logger.ts';
import { parseStoreUrl } from '../../kernel/store-url.ts';
import { queries, thing } from './contract.schema.ts';
import { sqlDrivers } from './index.ts';

/** Started by contract.kill.ts: commits rows for ever, several at a time, and prints each name once it is acknowledged. */
const url = parseStoreUrl(process.argv[2] ?? '');
const driver = sqlDrivers.find((d) => d.scheme === url.scheme);
if (!driver) throw new Error('no such driver');
const sql = await driver.open(url, { log: silentLogger, clock: systemClock, durability: 'full' });
await Promise.all(
  Array.from({ length: 8 }, async (_, lane) => {
    for (let i = 0; ; i++) {
      const name = `${lane}/${i}`;
      await sql.transaction((tx) => tx.run(queries.insert, thing(name)));
      process.stdout.write(`${name}\n`);
    }
  }),
);
