import type { ServerResponse } from 'node:http';

/** Set on every answer before any gateway runs; gateways may tighten or replace the policy for what they send. */

/** For everything that is not a page of ours: nothing in it runs, and only our own pages may frame it. */
const dataPolicy = "default-src 'none'; frame-ancestors 'self'";

export function setSecurityHeaders(res: ServerResponse): void {
  res.setHeader('X-Content-Type-Options', 'nosniff');
  res.setHeader('Referrer-Policy', 'same-origin');
  res.setHeader('X-Frame-Options', 'SAMEORIGIN');
  res.setHeader('Cross-Origin-Resource-Policy', 'same-origin');
  res.setHeader('Content-Security-Policy', dataPolicy);
}
