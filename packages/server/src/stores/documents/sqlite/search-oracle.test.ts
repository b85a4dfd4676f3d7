import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { systemClock } from '../../../kernel/clock.ts';
import { silentLogger } from '../../../kernel/logger.ts';
import { parseStoreUrl } from '../../../kernel/store-url.ts';
import { searchOracle } from '../search-oracle.suite.ts';
import { sqliteDocuments } from './driver.ts';

const open = async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'volvox-oracle-'));
  const deps = { log: silentLogger, clock: systemClock, durability: 'relaxed' } as const;
  const store = await sqliteDocuments.open(parseStoreUrl(`sqlite:${folder}/documents.db`), deps);
  return {
    store,
    dispose: async () => {
      await store.close();
      await rm(folder, { recursive: true });
    },
  };
};

searchOracle('sqlite', open, 150);
