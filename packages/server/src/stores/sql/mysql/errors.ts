import { AppError } from '../../../kernel/errors.ts';
import { guardText, readOnlyError } from '../guard.ts';
import type { Fault } from '../pooled/engine.ts';

interface Vendor {
  /** The server's number; 0 where the error is not the server's. */
  readonly errno: number;
  readonly code: string;
  readonly message: string;
  /** Of the line: the connection is gone. */
  readonly fatal: boolean;
}

/** Deadlock; lock wait over; a row changed since the snapshot (MariaDB from 11.6.2), or its table; a lock not to be had at once. */
const again = new Set([1213, 1205, 1020, 1412, 3572]);
/** The server writes no more (a replica by now), has forgotten what was prepared, or keeps no more of it (new connections give back what the old ones had). */
const stale = new Set([1290, 1792, 1836, 1243, 1615, 4085, 1461]);
/** Shutting down, connection killed, too many connections, packets out of order, ended for idling. */
const lost = new Set([
  1040, 1047, 1053, 1077, 1078, 1079, 1080, 1152, 1153, 1156, 1157, 1158, 1159, 1160, 1161, 1184, 1203, 1226,
  1927, 1970, 2006, 2013, 3032, 4031,
]);
const unique = new Set([1022, 1062, 1169, 1586, 1859]);
const foreignKey = new Set([1216, 1217, 1451, 1452, 1557, 1761, 1762]);
const full = new Set([1021, 1114, 1041]);
const refused = new Set([1044, 1045, 1049, 1129, 1130, 1251, 1275, 1698, 1873, 3118, 3159, 3955]);
/** Too long, out of range, not of this character set, not to be compared with a column of another one. */
const unfit = new Set([1264, 1366, 1406, 1300, 3140, 1267, 1270, 1271]);
/** `signal` of a trigger. */
const signalled = 1644;
/** Making triggers wants a right or a setting that a usual user lacks where the server keeps a binary log. */
const noTriggers = new Set([1419, 1142, 1227]);
const tooSlow = new Set([1317, 1969, 3024]);
/** Table, column, key or row is there already, or gone already. */
const doneBefore = new Set([1050, 1060, 1061, 1062, 1068, 1091, 1051, 1826]);

/** What an error of the server or of the line means. `name`: the URL without its password. */
export function classify(error: unknown, name: string): Fault {
  if (error instanceof AppError) return { kind: 'final', error };
  const { errno, code, message, fatal } = vendorOf(error);
  const fault = (
    kind: Fault['kind'],
    meaning: 'conflict' | 'forbidden' | 'storage_full' | 'unavailable' | 'invalid_input' | 'internal',
    text: string,
    retryable = false,
  ): Fault => ({ kind, error: new AppError(meaning, text, { cause: error, retryable }) });
  if (fatal || lost.has(errno))
    return fault('lost', 'unavailable', `${name} cannot be reached (${code || message})`, true);
  if (again.has(errno)) return fault('retry', 'unavailable', `${name} is busy`, true);
  if (stale.has(errno)) return fault('stale', 'unavailable', `${name} takes no writes (${code})`, true);
  if (errno === signalled && message === guardText) return { kind: 'final', error: readOnlyError(error) };
  if (unique.has(errno)) return fault('final', 'conflict', 'it exists already');
  if (foreignKey.has(errno))
    return fault('final', 'conflict', 'something it refers to is missing, or refers to it');
  if (full.has(errno) || /errno: 28\b|No space left/i.test(message))
    return fault('final', 'storage_full', `no room left in ${name}`);
  if (refused.has(errno)) return fault('final', 'unavailable', `${name} refuses us: ${message}`);
  if (unfit.has(errno)) return fault('final', 'invalid_input', 'a text or number does not fit');
  if (noTriggers.has(errno))
    return fault(
      'final',
      'forbidden',
      `${name} does not let this user make triggers: grant TRIGGER, and with a binary log also "set global log_bin_trust_function_creators = 1" (${message})`,
    );
  if (tooSlow.has(errno)) return fault('final', 'unavailable', `${name} took too long`, true);
  return fault('final', 'internal', `a statement failed: ${message}`);
}

export function isDoneBefore(error: unknown): boolean {
  return doneBefore.has(vendorOf(error).errno);
}

function vendorOf(error: unknown): Vendor {
  if (!(error instanceof Error)) return { errno: 0, code: '', message: String(error), fatal: false };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const number = 'errno' in error && typeof error.errno === 'number' ? error.errno : 0;
  // Sockets give negative numbers, or none; what has neither number nor code is a fault of the program.
  const errno = Math.max(0, number);
  const fatal = errno === 0 && (code !== '' || ('fatal' in error && error.fatal === true));
  return { errno, code, message: error.message, fatal };
}
