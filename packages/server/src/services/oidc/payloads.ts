/** Reads what oidc-provider keeps: its records are data, and of other versions, too. */
import { provenScopes, type Payload, type RegisteredClient } from './api.ts';

export function recordOf(value: unknown): Payload {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

export function stringsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
}

export function wordsOf(value: unknown): readonly string[] {
  return typeof value === 'string' ? value.split(' ').filter((word) => word !== '') : [];
}

/**
 * What a grant is worth now: of what was given, only what its client may still ask for; and of what needs a proof only what one was shown for,
 * which `openid.proven` says. Apps that are trusted once got the scope `account` without.
 */
export function scopesWorth(grant: Payload, client: RegisteredClient | null): readonly string[] {
  const openid = recordOf(grant['openid']);
  const allowed = new Set(wordsOf(client?.metadata['scope']));
  const proven = new Set(stringsOf(openid['proven']));
  return wordsOf(openid['scope']).filter(
    (scope) => allowed.has(scope) && (proven.has(scope) || !provenScopes.includes(scope)),
  );
}
