/** The mail server as the settings describe it. The only file that knows nodemailer. */
import type { Transporter } from 'nodemailer';
import type SMTPTransport from 'nodemailer/lib/smtp-transport/index.js';
import { AppError } from '../../kernel/errors.ts';
import type { VaultStore } from '../../stores/vault/contract.ts';
import type { SettingsService } from '../settings/api.ts';
import { isMailAddress } from './addresses.ts';
import type { MailAddressee } from './api.ts';
import type { Mail } from './compose.ts';
import { addresseeOf, readSecret } from './secrets.ts';

export interface MailServerDeps {
  readonly settings: SettingsService;
  readonly vault: VaultStore;
}

const connectMs = 15_000;
/** Silence of the server, at any step. */
const silenceMs = 60_000;
/** A message as a whole, however lively the server is. Shorter than a claim, or another node would send it, too. */
const wholeMs = 180_000;

type Transport = Transporter<SMTPTransport.SentMessageInfo>;

export class MailServer {
  readonly #deps: MailServerDeps;
  #transport: Promise<Transport> | null = null;

  constructor(deps: MailServerDeps) {
    this.#deps = deps;
  }

  configured(): boolean {
    const { settings } = this.#deps;
    return settings.get('mail.host') !== '' && isMailAddress(settings.get('mail.from'));
  }

  /** Settings or secrets are others now; what is being sent goes on by the old ones. */
  forget(): void {
    const old = this.#transport;
    this.#transport = null;
    old?.then(
      (transport) => transport.close(),
      () => undefined,
    );
  }

  /** @param id the same for every attempt, so that who gets a message twice can tell. @throws what nodemailer throws */
  async send(mail: Mail, id: string): Promise<void> {
    const opening = (this.#transport ??= this.#open());
    const transport = await opening;
    const domain = mail.from.address.split('@').at(-1) ?? 'localhost';
    const sending = transport.sendMail({
      ...mail,
      messageId: `<${id}@${domain}>`,
      headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
      disableFileAccess: true,
      disableUrlAccess: true,
    });
    try {
      await within(sending, wholeMs);
    } catch (error) {
      // Another node may have been given another secret, which tells nobody here.
      if (isRefusedLogin(error) && this.#transport === opening) this.#transport = null;
      throw error;
    }
  }

  async #open(): Promise<Transport> {
    try {
      const { createTransport } = await import('nodemailer');
      return createTransport(await this.#options());
    } catch (error) {
      this.#transport = null;
      throw error;
    }
  }

  async #options(): Promise<SMTPTransport.Options> {
    // Read once: the secrets go where they were compared with.
    const to = addresseeOf(this.#deps.settings);
    const { host, port, tls } = to;
    const auth = await this.#auth(to);
    return {
      host,
      port,
      secure: tls === 'implicit',
      requireTLS: tls === 'starttls',
      ignoreTLS: tls === 'none',
      tls: { minVersion: 'TLSv1.2' },
      connectionTimeout: connectMs,
      greetingTimeout: connectMs,
      socketTimeout: silenceMs,
      logger: false,
      ...(auth === null ? {} : { auth }),
    };
  }

  async #auth(to: MailAddressee): Promise<SMTPTransport.Options['auth'] | null> {
    const { settings, vault } = this.#deps;
    const kind = settings.get('mail.auth');
    const { user } = to;
    if (kind === 'none') return null;
    if (kind === 'password') {
      const pass = await readSecret(vault, 'password', to);
      if (pass === null) throw missing('the password');
      return { user, pass };
    }
    const refreshToken = await readSecret(vault, 'refreshToken', to);
    if (refreshToken === null) throw missing('the refresh token');
    const clientSecret = await readSecret(vault, 'clientSecret', to);
    return {
      type: 'OAuth2',
      user,
      clientId: to.oauthClientId,
      ...(clientSecret === null ? {} : { clientSecret }),
      refreshToken,
      accessUrl: to.oauthTokenUrl,
    };
  }
}

function missing(what: string): AppError {
  return new AppError('unavailable', `${what} for the mail server is not in the vault`, { retryable: true });
}

async function within(sending: Promise<unknown>, ms: number): Promise<void> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new AppError('timeout', 'the mail server took too long', { retryable: true })),
    ms,
  );
  try {
    await Promise.race([sending, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** What a failure of nodemailer says about itself. */
function factsOf(error: unknown): { readonly code: string; readonly status: number; readonly text: string } {
  const { code, responseCode, response, message } = error as {
    readonly [K in 'code' | 'responseCode' | 'response' | 'message']?: unknown;
  }; // the edge: thrown by a library
  return {
    code: typeof code === 'string' ? code : '',
    status: typeof responseCode === 'number' ? responseCode : 0,
    text: typeof response === 'string' ? response : typeof message === 'string' ? message : 'unknown',
  };
}

/** Replies about the log-in, not about the message (RFC 4954 section 6). */
const loginReplies = new Set([530, 534, 535, 538]);

/** Whether trying the message again can't help: the server refused sender, recipient or contents for good. */
export function isPermanent(error: unknown): boolean {
  const { code, status } = factsOf(error);
  return (code === 'EENVELOPE' || code === 'EMESSAGE') && status >= 500 && !loginReplies.has(status);
}

function isRefusedLogin(error: unknown): boolean {
  return ['EAUTH', 'EOAUTH2'].includes(factsOf(error).code);
}

/** One line for people: what the server said. Of failed log-ins only the number, as servers may repeat what they were sent. */
export function explain(error: unknown): string {
  const { status, text } = factsOf(error);
  if (isRefusedLogin(error)) return `it refused the log-in${status === 0 ? '' : ` (${status})`}`;
  return text
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim()
    .slice(0, 300);
}
