import type { Context } from '../../kernel/context.ts';
import type { SqlTransaction } from '../../stores/sql/contract.ts';
import type { SettingValues } from '../settings/api.ts';

/** What each kind of message is told. Times are ms since 1970, links absolute addresses. Everything is plain text: templates escape it. */
export interface MailData {
  readonly invitation: {
    /** Of whom it goes to. */
    readonly name: string;
    readonly inviter: string;
    readonly link: string;
    /** What the inviter wrote. */
    readonly message: string | null;
    readonly until: number | null;
  };
  readonly 'password-reset': { readonly name: string; readonly link: string; readonly minutes: number };
  readonly share: {
    readonly sender: string;
    /** Name of the file, folder or Cell. */
    readonly item: string;
    readonly role: MailRole;
    readonly link: string;
    readonly message: string | null;
    readonly until: number | null;
  };
  /** To whom uploaded by a file request. */
  readonly receipt: { readonly title: string; readonly files: number; readonly at: number };
  /** To the owner of a link that somebody uploaded by. */
  readonly 'link-upload': { readonly link: string; readonly label: string; readonly files: number };
  readonly 'security-notice': {
    readonly name: string;
    readonly what: SecurityNotice;
    readonly at: number;
    readonly address: string;
  };
  readonly test: { readonly server: string; readonly at: number };
}

export type MailRole = 'viewer' | 'editor' | 'manager' | 'uploader' | 'member';

export type SecurityNotice =
  | 'password-changed'
  | 'password-reset'
  | 'factor-added'
  | 'factor-removed'
  | 'passkey-added'
  | 'passkey-removed'
  | 'recovery-codes'
  | 'recovery-code-used'
  | 'token-created'
  | 'email-changed'
  | 'account-linked'
  | 'new-device'
  | 'impersonated'
  | 'account-locked';

export type MailTemplate = keyof MailData;

/** `locale`: of the recipient, as `de` or `fr-CA`; null or unknown: the one of the setting `mail.language`. */
export type MailMessage = {
  readonly [K in MailTemplate]: {
    readonly to: string;
    readonly template: K;
    readonly locale: string | null;
    readonly data: MailData[K];
  };
}[MailTemplate];

/** Mails that people may do without: something was shared with them, they were taken into a Cell, a link of theirs was uploaded by. */
export type MailKind = 'shares' | 'cells' | 'uploads';

/** Whose message it is, of which kind: it is left out where that person does not want it. Security mails have none. */
export interface MailWish {
  readonly userId: string;
  readonly kind: MailKind;
}

export type MailWishes = { readonly [K in MailKind]: boolean };

export interface QueuedMail {
  readonly id: string;
  readonly to: string;
  readonly template: MailTemplate;
  /** `sending`: somebody is at it just now. */
  readonly state: 'waiting' | 'sending' | 'sent' | 'failed';
  readonly attempts: number;
  readonly createdAt: number;
  /** When it is tried next; null where it is not. */
  readonly nextAt: number | null;
  readonly sentAt: number | null;
  readonly lastError: string | null;
}

export type MailSecretName = 'password' | 'clientSecret' | 'refreshToken';

/** Which secrets are kept; never what they are. */
export type MailSecrets = { readonly [K in MailSecretName]: boolean } & {
  /** What is needed to log in was typed in for another server, name or protection than is set now: it is told to nobody. */
  readonly elsewhere: boolean;
};

/** Whom a secret is meant for: settings by their names. */
export type MailAddressee = {
  readonly [
    K in 'host' | 'port' | 'tls' | 'user' | 'oauthTokenUrl' | 'oauthClientId'
  ]: SettingValues[`mail.${K}`];
};

/** A secret; null takes it away. `for`: what the settings are about to be, where they are not so yet. */
export type MailSecretChange = { readonly [K in MailSecretName]?: string | null } & {
  readonly for?: Partial<MailAddressee>;
};

export interface MailService {
  /**
   * Puts a message into the queue, in the caller's transaction: it goes out at least once if, and only if, that commits.
   * @param wish of a mail that people may do without
   * @throws invalid_input where `to` is no mail address
   */
  enqueue(tx: SqlTransaction, message: MailMessage, wish?: MailWish): Promise<void>;
  /** Which mails the asker wants. */
  wishes(context: Context): Promise<MailWishes>;
  setWishes(context: Context, change: Partial<MailWishes>): Promise<MailWishes>;
  /** When a user goes. */
  forget(tx: SqlTransaction, userId: string): Promise<void>;
  /** Whether there is a mail server to send by. Messages wait until there is one, for a week at most. */
  configured(): boolean;
  /** Sends a test message at once, past the queue. @throws invalid_input, unavailable saying what the server answered */
  test(to: string, locale: string | null): Promise<void>;
  /** Newest first. */
  queue(query: {
    readonly state?: 'waiting' | 'sent' | 'failed';
    readonly cursor?: string;
    readonly limit: number;
  }): Promise<{ readonly items: readonly QueuedMail[]; readonly next: string | null }>;
  /** What waits to be sent to that address, newest first. */
  waitingFor(address: string): Promise<readonly QueuedMail[]>;
  /** Tries a message now that waits or failed. @throws not_found, conflict where it was sent */
  retry(id: string): Promise<void>;
  /** @throws not_found */
  remove(id: string): Promise<void>;
  secrets(): Promise<MailSecrets>;
  /** Keeps secrets in the vault, for the mail server as it is set and no other one. */
  setSecrets(change: MailSecretChange): Promise<void>;
  /** Removes what was sent or failed longer ago than `mail.keepDays`, gives up what waited for a week, and forgets what such messages said. @returns rows */
  expire(): Promise<number>;
}
