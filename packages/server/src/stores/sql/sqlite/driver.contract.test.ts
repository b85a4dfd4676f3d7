import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../../kernel/clock.ts';
import { silentLogger } from '../../../kernel/logger.ts';
import { parseStoreUrl } from '../../../kernel/store-url.ts';
import { sqlContract } from '../contract.suite.ts';
import type { SqlStore } from '../contract.ts';
import { sqliteDriver } from './driver.ts';

for (const durability of ['full', 'relaxed'] as const) {
  const open = async () => {
    const folder = await mkdtemp(join(tmpdir(), 'volvox-sqlite-'));
    const url = `sqlite:${join(folder, 'x.db')}`;
    const stores: SqlStore[] = [];
    const again = async (): Promise<SqlStore> => {
      const store = await sqliteDriver.open(parseStoreUrl(url), {
        log: silentLogger,
        clock: systemClock,
        durability,
      });
      stores.push(store);
      return store;
    };
    const remove = async (): Promise<void> => {
      await Promise.all(stores.map((store) => store.close()));
      await rm(folder, { recursive: true });
    };
    return { store: await again(), url, again, remove };
  };
  sqlContract(`sqlite, ${durability}`, open, { shared: true });
}
