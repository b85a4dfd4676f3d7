import type { ErrorCode } from '@volvox/api';
import { AppError } from '../../../kernel/errors.ts';
import { guardState, readOnlyError } from '../guard.ts';
import type { Fault } from '../pooled/engine.ts';

type Meaning = readonly [kind: Fault['kind'], code: ErrorCode, message: string, retryable?: boolean];

const busy: Meaning = ['retry', 'unavailable', 'the database is busy', true];
const away = (name: string, why: string): Meaning => [
  'lost',
  'unavailable',
  `the database ${name} cannot be reached: ${why}`,
  true,
];

/** What an error of pg means. `name` is the URL with its password masked. The server's own words stay in `cause`, as they quote values. */
export function classify(error: unknown, name: string): Fault {
  if (error instanceof AppError) return { kind: 'final', error };
  if (error instanceof Error && 'code' in error && error.code === guardState)
    return { kind: 'final', error: readOnlyError(error) };
  const [kind, code, message, retryable = false] = meaningOf(error, name);
  return { kind, error: new AppError(code, message, { cause: error, retryable }) };
}

function meaningOf(error: unknown, name: string): Meaning {
  if (!(error instanceof Error) || error instanceof TypeError || error instanceof RangeError)
    return ['final', 'internal', 'a statement could not be sent'];
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (!/^[0-9A-Z]{5}$/.test(code) || !('severity' in error)) return connectionMeaning(error, code, name);
  return stateMeanings[code] !== undefined
    ? stateMeanings[code](name, error)
    : classMeaning(code, name, error);
}

/** Not the server's word but the network's, or pg's about it. */
function connectionMeaning(error: Error, code: string, name: string): Meaning {
  if (/certificate|self.signed|SSL|TLS/i.test(`${code} ${error.message}`))
    return ['final', 'unavailable', `the database ${name} cannot be trusted: ${error.message}`];
  return away(name, code !== '' ? code : error.message);
}

/** https://www.postgresql.org/docs/current/errcodes-appendix.html */
const stateMeanings: Readonly<Record<string, (name: string, error: Error) => Meaning>> = {
  '40001': () => busy, // serialization_failure
  '40P01': () => busy, // deadlock_detected
  '55P03': () => busy, // lock_not_available
  '53300': (name) => ['retry', 'unavailable', `the database ${name} takes no more connections`, true],
  '23505': () => ['final', 'conflict', 'it exists already'],
  '23503': () => ['final', 'conflict', 'something it refers to is missing, or refers to it'],
  '53100': (name) => ['final', 'storage_full', `no room left for the database ${name}`],
  '57014': () => ['final', 'timeout', 'the database took too long to answer'],
  '25P03': (name, error) => away(name, error.message), // idle_in_transaction_session_timeout
  '57P01': (name, error) => away(name, error.message), // admin_shutdown
  '57P02': (name, error) => away(name, error.message), // crash_shutdown
  '57P03': (name, error) => away(name, error.message), // cannot_connect_now
  '57P05': (name, error) => away(name, error.message), // idle_session_timeout
  // The server became a replica.
  '25006': (name) => ['stale', 'unavailable', `the database ${name} takes no writes`, true],
  // A prepared statement is gone (a pooler in between), or a migration changed what it returns.
  '26000': () => ['stale', 'unavailable', 'the database forgot a prepared statement', true],
  '0A000': (_name, error) =>
    'routine' in error && error.routine === 'RevalidateCachedQuery'
      ? ['stale', 'unavailable', 'the schema of the database changed', true]
      : failed(error),
  '28P01': (name) => ['final', 'unavailable', `the database ${name} refuses this user or password`],
  '28000': (name) => ['final', 'unavailable', `the database ${name} refuses this user or password`],
  '3D000': (name) => ['final', 'unavailable', `the database of ${name} does not exist: create it first`],
  '42501': (name, error) => [
    'final',
    'unavailable',
    `the user of the database ${name} lacks a right: ${error.message}`,
  ],
};

function classMeaning(code: string, name: string, error: Error): Meaning {
  if (code.startsWith('08')) return away(name, error.message);
  if (code.startsWith('22'))
    return ['final', 'invalid_input', 'a value is not one that the database can hold'];
  if (code.startsWith('XX')) return ['final', 'corrupt', `the database ${name} is damaged: ${error.message}`];
  if (code.startsWith('53') || code.startsWith('58'))
    return ['final', 'unavailable', `the database ${name} has trouble: ${error.message}`, true];
  return failed(error);
}

function failed(error: Error): Meaning {
  return ['final', 'internal', `a statement failed: ${error.message}`];
}
