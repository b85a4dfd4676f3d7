import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { systemClock } from '../../../kernel/clock.ts';
import { silentLogger } from '../../../kernel/logger.ts';
import { parseStoreUrl } from '../../../kernel/store-url.ts';
import { vaultSuite } from '../contract.suite.ts';
import { vaultFileDriver } from './driver.ts';

const folder = mkdtempSync(join(tmpdir(), 'volvox-vault-'));
after(() => rmSync(folder, { recursive: true }));
const deps = { log: silentLogger, clock: systemClock, durability: 'full' } as const;

function openWith(kind: string, vaultKey?: string) {
  return (place: string) =>
    vaultFileDriver.open(
      parseStoreUrl(`file:${folder}/${kind}-${place}/vault.json`),
      vaultKey === undefined ? deps : { ...deps, vaultKey },
    );
}

const keys = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)].map((key) => key.toString('base64'));
vaultSuite('file, keyring', openWith('keyring'), { survivesReopen: true, openWithWrongKey: null });
vaultSuite('file, key', openWith('key', keys[0]), {
  survivesReopen: true,
  openWithWrongKey: openWith('key', keys[1]),
});
vaultSuite('file, passphrase', openWith('passphrase', 'a phrase to pass'), {
  survivesReopen: true,
  openWithWrongKey: openWith('passphrase', 'another phrase'),
});
