import { isAppError, type AppError } from '../kernel/errors.ts';

/** For `assert.rejects`: an error of the product with this code, and this `details.reason` where one is named. */
export function code(expected: AppError['code'], reason?: string): (error: unknown) => boolean {
  return (error) =>
    isAppError(error, expected) && (reason === undefined || error.details['reason'] === reason);
}
