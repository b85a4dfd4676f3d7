import { sql } from 'kysely';
import { inList, queriesOf } from '../../stores/sql/query.ts';
import type { AttemptRow, IdentityTables } from './tables.ts';

const define = queriesOf<IdentityTables>();

export const selectAttempts = define<{ keys: readonly string[] }, AttemptRow>((db, p, dialect) =>
  db
    .selectFrom('login_attempts')
    .selectAll()
    .where(inList('attempt_key', p.keys, dialect)),
);

/** Adds one failure; those before `forgetBefore` no longer count. MySQL assigns in order: `failures` must come before `last_at`. */
export const countAttempt = define<{ key: string; loginKey: string; at: number; forgetBefore: number }>(
  (db, p, dialect) => {
    const insert = db
      .insertInto('login_attempts')
      .values({ attempt_key: p.key, login_key: p.loginKey, failures: 1, last_at: p.at, blocked_until: 0 });
    const change = {
      failures: sql<number>`case when login_attempts.last_at < ${p.forgetBefore} then 1 else login_attempts.failures + 1 end`,
      last_at: p.at,
    };
    return dialect === 'mysql'
      ? insert.onDuplicateKeyUpdate(change)
      : insert.onConflict((clash) => clash.column('attempt_key').doUpdateSet(change));
  },
);

export const blockAttempt = define<{ key: string; until: number }>((db, p) =>
  db.updateTable('login_attempts').set({ blocked_until: p.until }).where('attempt_key', '=', p.key),
);

/** Takes one failure back, and the block if it was set for that one. */
export const forgiveAttempt = define<{ key: string; until: number }>((db, p) =>
  db
    .updateTable('login_attempts')
    .set({
      failures: sql<number>`failures - 1`,
      blocked_until: sql<number>`case when blocked_until = ${p.until} then 0 else blocked_until end`,
    })
    .where('attempt_key', '=', p.key),
);

export const deleteAttempt = define<{ key: string }>((db, p) =>
  db.deleteFrom('login_attempts').where('attempt_key', '=', p.key),
);
export const deleteAttemptsOfLogin = define<{ loginKey: string }>((db, p) =>
  db.deleteFrom('login_attempts').where('login_key', '=', p.loginKey),
);
export const deleteOldAttempts = define<{ before: number }>((db, p) =>
  db.deleteFrom('login_attempts').where('last_at', '<', p.before),
);
export const blocksOfLogins = define<
  { loginKeys: readonly string[]; now: number },
  { login_key: string; until: number }
>((db, p, dialect) =>
  db
    .selectFrom('login_attempts')
    .select((f) => ['login_key', f.fn.max('blocked_until').as('until')])
    .where(inList('login_key', p.loginKeys, dialect))
    .where('blocked_until', '>', p.now)
    .groupBy('login_key'),
);
