import { AppError } from '../../kernel/errors.ts';
import type { Lock } from '../../services/locks/api.ts';
import { davChild, isDav, parseXml, standalone } from './xml-in.ts';

/** What a client says of the lock it wants: the body and the Timeout header. */

export type LockInfo = Pick<Lock, 'scope' | 'owner'>;

const maxOwnerBytes = 4096;

/** @throws invalid_input, too_large */
export function parseLockInfo(body: Buffer): LockInfo {
  const root = parseXml(body);
  const scope = davChild(root, 'lockscope');
  const type = davChild(root, 'locktype');
  if (!isDav(root, 'lockinfo') || scope === undefined || type === undefined)
    throw new AppError('invalid_input', 'the body is not a DAV:lockinfo');
  if (davChild(type, 'write') === undefined)
    throw new AppError('invalid_input', 'only write locks are known');
  const exclusive = davChild(scope, 'exclusive') !== undefined;
  if (!exclusive && davChild(scope, 'shared') === undefined)
    throw new AppError('invalid_input', 'a lock is exclusive or shared');
  const element = davChild(root, 'owner');
  const owner = element === undefined ? '' : standalone(element);
  if (Buffer.byteLength(owner) > maxOwnerBytes)
    throw new AppError('too_large', `DAV:owner may have ${maxOwnerBytes} bytes at most`);
  return { scope: exclusive ? 'exclusive' : 'shared', owner };
}

const defaultTimeoutMs = 3_600_000;
const maxTimeoutMs = 86_400_000;

/** The first time in the list that is understood, cut to what we give (RFC 4918 section 10.7). */
export function parseTimeout(header: string | string[] | undefined): number {
  for (const item of (typeof header === 'string' ? header : '').split(',')) {
    if (/^\s*infinite\s*$/i.test(item)) return maxTimeoutMs;
    const seconds = /^\s*second-(\d+)\s*$/i.exec(item)?.[1];
    if (seconds !== undefined) return Math.min(maxTimeoutMs, Math.max(1000, Number(seconds) * 1000));
  }
  return defaultTimeoutMs;
}
