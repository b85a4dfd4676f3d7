/** Who is at the other end, and what a log-in gives it. Part of api.ts, which re-exports it. */
import type { Principal } from '../../kernel/context.ts';

export interface ClientInfo {
  /** Remote address after VOLVOX_TRUST_PROXY. */
  readonly address: string;
  readonly userAgent: string;
}

export interface OpenedSession {
  readonly principal: Principal;
  readonly secret: string;
  readonly csrfToken: string;
  readonly expiresAt: number;
}
