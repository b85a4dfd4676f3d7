/** Throw-away data folders of tests. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

export interface DataFolder {
  readonly folder: string;
  /** Secret of an access token of the administrator; null where there is none yet. */
  readonly token: string | null;
  remove(): Promise<void>;
}

export async function makeDataFolder(token: string | null = null): Promise<DataFolder> {
  const folder = await mkdtemp(path.join(tmpdir(), 'volvox-test-'));
  return { folder, token, remove: () => rm(folder, { recursive: true, force: true }) };
}
