/** Statements on second factors, challenges and what is known of passwords. */
import { queriesOf } from '../../../stores/sql/query.ts';
import type {
  ChallengePurpose,
  ChallengeRow,
  FactorTables,
  PasskeyRow,
  PasswordHistoryRow,
  PasswordStateRow,
  TotpRow,
} from './tables.ts';

const define = queriesOf<FactorTables>();

export const selectTotp = define<{ userId: string }, TotpRow>((db, p) =>
  db.selectFrom('factor_totp').selectAll().where('user_id', '=', p.userId),
);
export const insertTotp = define<{ userId: string; secret: string; at: number }>((db, p) =>
  db
    .insertInto('factor_totp')
    .values({ user_id: p.userId, secret: p.secret, confirmed: 0, last_step: -1, created_at: p.at }),
);
export const confirmTotp = define<{ userId: string; secret: string; step: number; at: number }>((db, p) =>
  db
    .updateTable('factor_totp')
    .set({ confirmed: 1, last_step: p.step, created_at: p.at })
    .where('user_id', '=', p.userId)
    .where('secret', '=', p.secret)
    .where('confirmed', '=', 0),
);
/** 0 rows: this step's code, or a later one, was used already. */
export const useTotp = define<{ userId: string; secret: string; step: number }>((db, p) =>
  db
    .updateTable('factor_totp')
    .set({ last_step: p.step })
    .where('user_id', '=', p.userId)
    .where('secret', '=', p.secret)
    .where('confirmed', '=', 1)
    .where('last_step', '<', p.step),
);
export const deleteTotp = define<{ userId: string }>((db, p) =>
  db.deleteFrom('factor_totp').where('user_id', '=', p.userId),
);

export const passkeysOfUser = define<{ userId: string }, PasskeyRow>((db, p) =>
  db
    .selectFrom('factor_passkeys')
    .selectAll()
    .where('user_id', '=', p.userId)
    .orderBy('created_at')
    .orderBy('id'),
);
export const passkeyByCredential = define<{ hash: string }, PasskeyRow>((db, p) =>
  db.selectFrom('factor_passkeys').selectAll().where('credential_hash', '=', p.hash),
);
export const insertPasskey = define<{
  id: string;
  userId: string;
  hash: string;
  credentialId: string;
  publicKey: string;
  counter: number;
  transports: string;
  name: string;
  synced: number;
  at: number;
}>((db, p) =>
  db.insertInto('factor_passkeys').values({
    id: p.id,
    user_id: p.userId,
    credential_hash: p.hash,
    credential_id: p.credentialId,
    public_key: p.publicKey,
    counter: p.counter,
    transports: p.transports,
    name: p.name,
    synced: p.synced,
    created_at: p.at,
    last_used_at: null,
  }),
);
/** 0 rows: the counter moved on meanwhile, or the key is gone. */
export const usePasskey = define<{ id: string; seen: number; counter: number; at: number }>((db, p) =>
  db
    .updateTable('factor_passkeys')
    .set({ counter: p.counter, last_used_at: p.at })
    .where('id', '=', p.id)
    .where('counter', '=', p.seen),
);
export const renamePasskey = define<{ id: string; userId: string; name: string }>((db, p) =>
  db
    .updateTable('factor_passkeys')
    .set({ name: p.name })
    .where('id', '=', p.id)
    .where('user_id', '=', p.userId),
);
export const deletePasskey = define<{ id: string; userId: string }>((db, p) =>
  db.deleteFrom('factor_passkeys').where('id', '=', p.id).where('user_id', '=', p.userId),
);
export const deletePasskeys = define<{ userId: string }>((db, p) =>
  db.deleteFrom('factor_passkeys').where('user_id', '=', p.userId),
);

export const countRecovery = define<{ userId: string }, { count: number; at: number | null }>((db, p) =>
  db
    .selectFrom('factor_recovery')
    .select((f) => [f.fn.countAll<number>().as('count'), f.fn.max('created_at').as('at')])
    .where('user_id', '=', p.userId),
);
export const insertRecovery = define<{ userId: string; hash: string; at: number }>((db, p) =>
  db.insertInto('factor_recovery').values({ user_id: p.userId, code_hash: p.hash, created_at: p.at }),
);
export const useRecovery = define<{ userId: string; hash: string }>((db, p) =>
  db.deleteFrom('factor_recovery').where('user_id', '=', p.userId).where('code_hash', '=', p.hash),
);
export const deleteRecovery = define<{ userId: string }>((db, p) =>
  db.deleteFrom('factor_recovery').where('user_id', '=', p.userId),
);

export const selectChallenge = define<{ hash: string }, ChallengeRow>((db, p) =>
  db.selectFrom('signin_challenges').selectAll().where('token_hash', '=', p.hash),
);
export const insertChallenge = define<{
  hash: string;
  purpose: ChallengePurpose;
  userId: string | null;
  data: string;
  expiresAt: number;
}>((db, p) =>
  db.insertInto('signin_challenges').values({
    token_hash: p.hash,
    purpose: p.purpose,
    user_id: p.userId,
    data: p.data,
    expires_at: p.expiresAt,
  }),
);
/** 0 rows: somebody else took it. */
export const deleteChallenge = define<{ hash: string }>((db, p) =>
  db.deleteFrom('signin_challenges').where('token_hash', '=', p.hash),
);
export const deleteChallengesOfUser = define<{ userId: string }>((db, p) =>
  db.deleteFrom('signin_challenges').where('user_id', '=', p.userId),
);
export const deleteChallengesFor = define<{ userId: string; purpose: ChallengePurpose }>((db, p) =>
  db.deleteFrom('signin_challenges').where('user_id', '=', p.userId).where('purpose', '=', p.purpose),
);
export const deleteExpiredChallenges = define<{ now: number }>((db, p) =>
  db.deleteFrom('signin_challenges').where('expires_at', '<=', p.now),
);

export const selectPasswordState = define<{ userId: string }, PasswordStateRow>((db, p) =>
  db.selectFrom('password_states').selectAll().where('user_id', '=', p.userId),
);
export const setPasswordState = define<{ userId: string; mustChange: number; at: number }>(
  (db, p, dialect) => {
    const insert = db
      .insertInto('password_states')
      .values({ user_id: p.userId, must_change: p.mustChange, changed_at: p.at });
    const change = { must_change: p.mustChange, changed_at: p.at };
    return dialect === 'mysql'
      ? insert.onDuplicateKeyUpdate(change)
      : insert.onConflict((clash) => clash.column('user_id').doUpdateSet(change));
  },
);
/** A row for each reason why the password of this user does not suffice by itself. */
export const moreThanPassword = define<{ userId: string; expired: number }, { user_id: string }>((db, p) =>
  db
    .selectFrom('factor_totp')
    .select('user_id')
    .where('user_id', '=', p.userId)
    .where('confirmed', '=', 1)
    .unionAll(db.selectFrom('factor_passkeys').select('user_id').where('user_id', '=', p.userId))
    .unionAll(
      db
        .selectFrom('password_states')
        .select('user_id')
        .where('user_id', '=', p.userId)
        .where((on) => on.or([on('must_change', '=', 1), on('changed_at', '<=', p.expired)])),
    ),
);
export const deletePasswordState = define<{ userId: string }>((db, p) =>
  db.deleteFrom('password_states').where('user_id', '=', p.userId),
);
/** Newest first. */
export const passwordHistory = define<{ userId: string }, PasswordHistoryRow>((db, p) =>
  db
    .selectFrom('password_history')
    .selectAll()
    .where('user_id', '=', p.userId)
    .orderBy('set_at', 'desc')
    .orderBy('id', 'desc')
    .limit(100),
);
export const insertPasswordHistory = define<{ id: string; userId: string; hash: string; at: number }>(
  (db, p) =>
    db
      .insertInto('password_history')
      .values({ id: p.id, user_id: p.userId, password_hash: p.hash, set_at: p.at }),
);
export const deletePasswordHistory = define<{ id: string }>((db, p) =>
  db.deleteFrom('password_history').where('id', '=', p.id),
);
export const deletePasswordHistoryOf = define<{ userId: string }>((db, p) =>
  db.deleteFrom('password_history').where('user_id', '=', p.userId),
);
/** A hash with present parameters in place of the same password's old one. */
export const rehashPassword = define<{ id: string; old: string; hash: string }>((db, p) =>
  db
    .updateTable('users')
    .set({ password_hash: p.hash })
    .where('id', '=', p.id)
    .where('password_hash', '=', p.old),
);

export const touchDevice = define<{ userId: string; hash: string; at: number }>((db, p) =>
  db
    .updateTable('known_devices')
    .set({ seen_at: p.at })
    .where('user_id', '=', p.userId)
    .where('device_hash', '=', p.hash),
);
export const insertDevice = define<{ userId: string; hash: string; at: number }>((db, p) =>
  db.insertInto('known_devices').values({ user_id: p.userId, device_hash: p.hash, seen_at: p.at }),
);
export const countDevices = define<{ userId: string }, { count: number }>((db, p) =>
  db
    .selectFrom('known_devices')
    .select((f) => f.fn.countAll<number>().as('count'))
    .where('user_id', '=', p.userId),
);
export const devicesOf = define<{ userId: string }, { seen_at: number }>((db, p) =>
  db
    .selectFrom('known_devices')
    .select('seen_at')
    .where('user_id', '=', p.userId)
    .orderBy('seen_at', 'desc')
    .limit(10_000),
);
export const deleteDevices = define<{ userId: string }>((db, p) =>
  db.deleteFrom('known_devices').where('user_id', '=', p.userId),
);
export const deleteOldDevices = define<{ before: number }>((db, p) =>
  db.deleteFrom('known_devices').where('seen_at', '<', p.before),
);
