import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { systemClock } from '../../../kernel/clock.ts';
import { silentLogger } from '../../../kernel/logger.ts';
import { parseStoreUrl } from '../../../kernel/store-url.ts';
import { configSuite } from '../contract.suite.ts';
import { configFileDriver } from './driver.ts';

const folder = mkdtempSync(join(tmpdir(), 'volvox-config-'));
after(() => rmSync(folder, { recursive: true }));
const deps = { log: silentLogger, clock: systemClock, durability: 'full' } as const;

configSuite(
  'file',
  (place) => configFileDriver.open(parseStoreUrl(`file:${folder}/${place}/config.json`), deps),
  { survivesReopen: true },
);
