/** Requests of a page's own session, and codes of an authenticator app, for what a test needs but does not look at. */
import { Secret, TOTP } from 'otpauth';
import type { Page } from 'playwright-core';

export function call<T>(page: Page, method: string, path: string, body?: object): Promise<T> {
  return page.evaluate(
    async ([method, path, body]) => {
      const me = await (await fetch('/api/v1/session')).json();
      const answer = await fetch(`/api/v1${path}`, {
        method,
        headers: { 'x-csrf-token': me.csrfToken, ...(body ? { 'content-type': 'application/json' } : {}) },
        ...(body ? { body: JSON.stringify(body) } : {}),
      });
      const text = await answer.text();
      if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
      return text === '' ? null : JSON.parse(text);
    },
    [method, path, body] as const,
  );
}

/** Of the next half minute: it still counts, and was not used yet. */
export function codeOf(secret: string, stepsAhead = 1): string {
  return TOTP.generate({
    secret: Secret.fromBase32(secret),
    timestamp: Date.now() + stepsAhead * 30_000,
  });
}
