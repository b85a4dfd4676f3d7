/** What a node has to know of a move: not to serve from half-filled stores, and to leave settings alone while they are copied. */
import { AppError } from '../../kernel/errors.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { SqlStore } from '../../stores/sql/contract.ts';
import type { SettingsService } from '../settings/api.ts';
import { readSide } from './state.ts';

/** @throws conflict where a migration is still filling these stores */
export async function refuseHalfFilled(sql: SqlStore, log: Logger): Promise<void> {
  const target = await readSide(sql.reader, 'target');
  if (target !== undefined && target.phase !== 'done')
    throw new AppError(
      'conflict',
      `these stores are being filled by "volvox migrate" from ${target.peer}: let it finish before a node starts here`,
    );
  const source = await readSide(sql.reader, 'source');
  if (source?.phase === 'frozen' || source?.phase === 'done')
    log.warn(
      { to: source.peer, phase: source.phase },
      'everything here is read-only: it is being moved, or was ("volvox migrate --abort" ends that)',
    );
}

/** Settings lie in another store than the one that is guarded. */
export function holdSettings(settings: SettingsService, sql: SqlStore): SettingsService {
  const requireWritable = async (): Promise<void> => {
    const source = await readSide(sql.reader, 'source');
    if (source?.phase === 'frozen' || source?.phase === 'done')
      throw new AppError(
        'read_only',
        'the server is being moved to other stores: it can be read, not changed',
        {
          details: { retryAfter: 30 },
        },
      );
  };
  return {
    ...settings,
    async set(key, value, options) {
      await requireWritable();
      return settings.set(key, value, options);
    },
    async unset(key, actor) {
      await requireWritable();
      await settings.unset(key, actor);
    },
  };
}
