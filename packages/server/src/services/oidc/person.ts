import type { Context, Principal } from '../../kernel/context.ts';
import { AppError } from '../../kernel/errors.ts';

/**
 * Apps are let in by a person in front of a browser: a token with the scope `account` must not make itself a grant that outlives it, and an
 * administrator who acts as somebody must not leave one behind.
 */
export function requireSession({
  principal,
}: Context): Principal & { readonly userId: string; readonly sessionId: string } {
  const { userId, sessionId, via, impersonatorId } = principal;
  if (userId === null || sessionId === null || via !== 'session' || impersonatorId !== undefined)
    throw new AppError('forbidden', 'only the person, signed in with a browser, may do this', {
      details: { reason: 'session_needed' },
    });
  return { ...principal, userId, sessionId };
}
