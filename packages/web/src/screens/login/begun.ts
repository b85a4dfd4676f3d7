import type { SecondMethod } from '@volvox/api';
import { isApiError } from '@volvox/client';

/** What a right password leads to where a second step is asked for. */
export interface Begun {
  readonly challenge: string;
  readonly methods: readonly SecondMethod[];
}

/** Null if the failure is something else. */
export function secondStepOf(failure: unknown): Begun | null {
  if (!isApiError(failure, 'second_factor_required')) return null;
  const { challenge, methods } = failure.details as Partial<Begun>;
  return typeof challenge === 'string' && Array.isArray(methods) ? { challenge, methods } : null;
}
