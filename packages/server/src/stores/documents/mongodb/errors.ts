/** What the client throws, in our words. By name and number, so that the vendor package need not be loaded here. */
import { AppError, isAppError } from '../../../kernel/errors.ts';

const unreachable = new Set([
  'MongoServerSelectionError',
  'MongoNetworkError',
  'MongoNetworkTimeoutError',
  'MongoPoolClearedError',
  'MongoPoolClosedError',
  'PoolClearedOnNetworkError',
  'MongoWaitQueueTimeoutError',
  'MongoTopologyClosedError',
  'MongoNotConnectedError',
  'MongoClientClosedError',
  'MongoExpiredSessionError',
]);
/** Answers of a server that stops, starts, or is no longer the primary. */
const passing = new Set([6, 7, 64, 89, 91, 100, 189, 202, 9001, 10107, 11600, 11602, 13435, 13436, 112, 262]);
const refused = new Set([13, 18, 8000]);
const tooSlow = 50;
const diskFull = 14_031;
const duplicate = 11_000;

/** @param hosts for the message */
export function translate(error: unknown, hosts: string): AppError {
  if (isAppError(error)) return error;
  const { name, message } = error instanceof Error ? error : { name: '', message: String(error) };
  const code = codeOf(error);
  const say = (text: string): string => `MongoDB at ${hosts} ${text}`;
  if (unreachable.has(name) || isOfSocket(error) || isWrapped(error))
    return new AppError('unavailable', say(`cannot be reached (${message})`), {
      cause: error,
      retryable: true,
    });
  if (refused.has(code))
    return new AppError('unavailable', say(`refuses these credentials (${message})`), { cause: error });
  if (passing.has(code))
    return new AppError('unavailable', say(`cannot do it now (${message})`), {
      cause: error,
      retryable: true,
    });
  if (code === tooSlow)
    return new AppError('timeout', say('took too long'), { cause: error, retryable: true });
  if (code === diskFull) return new AppError('storage_full', say('has no room left'), { cause: error });
  return new AppError('internal', say(`failed: ${message}`), { cause: error });
}

/** Of a single write. */
export function isDuplicate(error: unknown): boolean {
  return codeOf(error) === duplicate;
}

/** The operations of a batch that failed because "it is there already", where nothing else went wrong. Null: something else did. */
export function duplicatesIn(error: unknown): readonly number[] | null {
  if (!isBatchError(error) || error.result?.getWriteConcernError?.() !== undefined) return null;
  const faults = faultsOf(error);
  if (faults.length === 0 || faults.some((fault) => fault.code !== duplicate)) return null;
  return faults.map((fault) => fault.index);
}

interface BatchFault {
  readonly code: unknown;
  readonly index: number;
}

interface BatchError extends Error {
  readonly writeErrors?: BatchFault | readonly BatchFault[];
  readonly result?: { getWriteConcernError?(): unknown };
}

function isBatchError(error: unknown): error is BatchError {
  return error instanceof Error && error.name === 'MongoBulkWriteError';
}

function faultsOf({ writeErrors = [] }: BatchError): readonly BatchFault[] {
  return Array.isArray(writeErrors) ? (writeErrors as readonly BatchFault[]) : [writeErrors as BatchFault];
}

/** Some faults of sockets come through as Node made them. */
function isOfSocket(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return 'syscall' in error || ('code' in error && /^ERR_(SOCKET|STREAM)_/.test(String(error.code)));
}

/** The client puts what went wrong on the way to the server into an error of the batch, and its kind gets lost. */
function isWrapped(error: unknown): boolean {
  return isBatchError(error) && faultsOf(error).length === 0 && codeOf(error) === 0;
}

function codeOf(error: unknown): number {
  return error instanceof Error && 'code' in error && typeof error.code === 'number' ? error.code : 0;
}
