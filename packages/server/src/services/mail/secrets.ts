/** Secrets for the mail server, in the vault, each with whom it was typed in for: it is told to nobody else, whatever the settings say later. */
import { AppError } from '../../kernel/errors.ts';
import type { VaultStore } from '../../stores/vault/contract.ts';
import type { SettingsService } from '../settings/api.ts';
import type { MailAddressee, MailSecretChange, MailSecretName, MailSecrets } from './api.ts';

export interface SecretsDeps {
  readonly vault: VaultStore;
  readonly settings: Pick<SettingsService, 'get'>;
}

const names: { readonly [K in MailSecretName]: string } = {
  password: 'mail/password',
  clientSecret: 'mail/oauth2-client-secret',
  refreshToken: 'mail/oauth2-refresh-token',
};
const all = ['password', 'clientSecret', 'refreshToken'] as const;

interface Kept {
  readonly secret: string;
  /** See `toWhom`. */
  readonly to: string;
  /** It may be sent where anybody on the way can read it. */
  readonly clear: boolean;
}

/** Null if there is none. @throws unavailable if it was typed in for somebody else than `to` */
export async function readSecret(
  vault: VaultStore,
  secret: MailSecretName,
  to: MailAddressee,
): Promise<string | null> {
  const kept = parse(await vault.get(names[secret]));
  if (kept === null || isFor(kept, secret, to)) return kept?.secret ?? null;
  throw new AppError(
    'unavailable',
    'the secret for the mail server was kept for another server, user or protection: type it in again',
    { details: { reason: 'secret_addressee' } },
  );
}

export async function keptSecrets({ vault, settings }: SecretsDeps): Promise<MailSecrets> {
  const now = addresseeOf(settings);
  const auth = settings.get('mail.auth');
  const kept = new Map<MailSecretName, Kept | null>();
  for (const secret of all) kept.set(secret, parse(await vault.get(names[secret])));
  const strayed = all.filter((secret) => {
    const one = kept.get(secret) ?? null;
    return one !== null && (secret === 'password') === (auth === 'password') && !isFor(one, secret, now);
  });
  return {
    password: kept.get('password') !== null,
    clientSecret: kept.get('clientSecret') !== null,
    refreshToken: kept.get('refreshToken') !== null,
    elsewhere: auth !== 'none' && strayed.length > 0,
  };
}

/** What is not named stays as it is. */
export async function changeSecrets(
  { vault, settings }: SecretsDeps,
  { for: addressee, ...change }: MailSecretChange,
): Promise<void> {
  const to = { ...addresseeOf(settings), ...addressee };
  for (const secret of all) {
    const value = change[secret];
    if (value === undefined) continue;
    if (value === null) await vault.delete(names[secret]);
    else {
      const kept: Kept = { secret: value, to: toWhom(secret, to), clear: to.tls === 'none' };
      await vault.put(names[secret], JSON.stringify(kept));
    }
  }
}

export function addresseeOf(settings: Pick<SettingsService, 'get'>): MailAddressee {
  return {
    host: settings.get('mail.host'),
    port: settings.get('mail.port'),
    tls: settings.get('mail.tls'),
    user: settings.get('mail.user'),
    oauthTokenUrl: settings.get('mail.oauthTokenUrl'),
    oauthClientId: settings.get('mail.oauthClientId'),
  };
}

/** The server gets the access token that the others are changed for: that opens the mailbox, too. */
function toWhom(secret: MailSecretName, to: MailAddressee): string {
  const server = [to.host.toLowerCase(), to.port, to.user];
  return JSON.stringify(secret === 'password' ? server : [...server, to.oauthTokenUrl, to.oauthClientId]);
}

function isFor(kept: Kept, secret: MailSecretName, now: MailAddressee): boolean {
  return kept.to === toWhom(secret, now) && (kept.clear || now.tls !== 'none');
}

/** What a version kept that did not say for whom is for nobody: it is typed in again. Never throws: the error would quote the secret. */
function parse(text: string | null): Kept | null {
  if (text === null) return null;
  try {
    const kept = JSON.parse(text) as Partial<Kept> | null; // the edge: what `changeSecrets` wrote
    if (typeof kept?.secret === 'string' && typeof kept.to === 'string')
      return { secret: kept.secret, to: kept.to, clear: kept.clear === true };
  } catch {
    // Plain text.
  }
  return { secret: text, to: '', clear: false };
}
