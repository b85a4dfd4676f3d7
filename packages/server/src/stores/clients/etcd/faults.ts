/** What gRPC and etcd say when something fails, in our words. */
import { AppError } from '../../../kernel/errors.ts';
import type { GrpcError } from './grpc.ts';

const status = {
  cancelled: 1,
  unknown: 2,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  permissionDenied: 7,
  resourceExhausted: 8,
  failedPrecondition: 9,
  internal: 13,
  unavailable: 14,
  unauthenticated: 16,
} as const;

function isGrpcError(error: unknown): error is GrpcError {
  return error instanceof Error && 'code' in error && typeof error.code === 'number' && 'details' in error;
}

/** The member or the way to it is at fault: another one may do. Whether the call took effect is unknown. */
export function isHostFault(error: unknown): boolean {
  if (!isGrpcError(error)) return false;
  const faults: readonly number[] = [
    status.cancelled,
    status.unknown,
    status.deadlineExceeded,
    status.internal,
    status.unavailable,
  ];
  return faults.includes(error.code);
}

/** The token has ended, or users were changed since it was given. */
export function isStaleToken(error: unknown): boolean {
  if (!isGrpcError(error)) return false;
  return error.code === status.unauthenticated || error.details.includes('revision of auth store is old');
}

/** A user was named, but the server asks nobody who he is. */
export function isAuthOff(error: unknown): boolean {
  return (
    isGrpcError(error) &&
    error.code === status.failedPrecondition &&
    error.details.includes('authentication is not enabled')
  );
}

/** @param where the hosts that were asked */
export function toStoreError(error: unknown, where: string): AppError {
  if (error instanceof AppError) return error;
  if (!isGrpcError(error)) return new AppError('internal', `the etcd client failed`, { cause: error });
  const because = (text: string, retryable = false): AppError =>
    new AppError('unavailable', `etcd at ${where} ${text}`, { cause: error, retryable });
  const details = error.details.slice(0, 300);
  if (error.code === status.notFound) return new AppError('not_found', `etcd: ${details}`, { cause: error });
  if (details.includes('space exceeded'))
    return new AppError('storage_full', `etcd at ${where} is full: ${details}`, { cause: error });
  if (details.includes('request is too large'))
    return new AppError('too_large', `etcd: ${details}`, { cause: error });
  if (details.includes('authentication failed')) return because('refuses this user or password');
  if (details.includes('user name is empty')) return because('asks for a user and a password');
  if (error.code === status.permissionDenied) return because('denies this user what the store needs');
  if (error.code === status.deadlineExceeded) return because('does not answer in time', true);
  if (isHostFault(error)) return because(`cannot be reached (${details})`, true);
  return because(`refuses: ${details}`, error.code === status.resourceExhausted);
}
