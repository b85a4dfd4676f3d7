import type { VaultStore } from '../../stores/vault/contract.ts';
import type { MailSecrets } from './api.ts';

const names: { readonly [K in keyof MailSecrets]: string } = {
  password: 'mail/password',
  clientSecret: 'mail/oauth2-client-secret',
  refreshToken: 'mail/oauth2-refresh-token',
};

export function readSecret(vault: VaultStore, secret: keyof MailSecrets): Promise<string | null> {
  return vault.get(names[secret]);
}

export async function keptSecrets(vault: VaultStore): Promise<MailSecrets> {
  const kept = new Set(await vault.list('mail/'));
  return {
    password: kept.has(names.password),
    clientSecret: kept.has(names.clientSecret),
    refreshToken: kept.has(names.refreshToken),
  };
}

/** What is not named stays as it is. */
export async function changeSecrets(
  vault: VaultStore,
  change: { readonly [K in keyof MailSecrets]?: string | null },
): Promise<void> {
  for (const secret of ['password', 'clientSecret', 'refreshToken'] as const) {
    const value = change[secret];
    if (value === undefined) continue;
    if (value === null) await vault.delete(names[secret]);
    else await vault.put(names[secret], value);
  }
}
