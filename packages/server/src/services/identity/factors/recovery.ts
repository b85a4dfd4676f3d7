/** Codes on paper for the day the phone is gone: 80 random bits each, kept as hashes, each good for once. */
import { randomBytes } from 'node:crypto';
import type { SqlTransaction } from '../../../stores/sql/contract.ts';
import { hashSecret } from '../secrets.ts';
import * as queries from './queries.ts';

const codes = 10;
/** Crockford's: nothing that can be taken for something else. */
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';

/** Voids the earlier ones. @returns the new ones, shown this once */
export async function makeRecoveryCodes(
  tx: SqlTransaction,
  userId: string,
  at: number,
): Promise<readonly string[]> {
  const made = Array.from({ length: codes }, newCode);
  await tx.run(queries.deleteRecovery, { userId });
  await tx.runMany(
    queries.insertRecovery,
    made.map((code) => ({ userId, hash: hashSecret(plain(code)), at })),
  );
  return made;
}

/** False if it is wrong or was used. */
export async function useRecoveryCode(tx: SqlTransaction, userId: string, code: string): Promise<boolean> {
  return (await tx.run(queries.useRecovery, { userId, hash: hashSecret(plain(code)) })) === 1;
}

/** As `abcd-efgh-jkmn-pqrs`: 16 letters of 5 bits. */
function newCode(): string {
  const letters = Array.from(randomBytes(16), (byte) => alphabet[byte & 31]).join('');
  return letters.replace(/(.{4})(?=.)/g, '$1-');
}

/** As it may be typed: in capitals, without dashes, with o for 0. */
function plain(code: string): string {
  return code.toLowerCase().replace(/[\s-]/g, '').replaceAll('o', '0').replace(/[il]/g, '1');
}
