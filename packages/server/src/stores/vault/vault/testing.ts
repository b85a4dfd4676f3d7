/** What the tests of this driver share. */
import { readFileSync } from 'node:fs';
import { systemClock } from '../../../kernel/clock.ts';
import { silentLogger, type Logger } from '../../../kernel/logger.ts';
import { parseStoreUrl } from '../../../kernel/store-url.ts';
import { sharedServer } from '../../../testing/servers/index.ts';
import { run, type Running } from '../../../testing/servers/running.ts';
import { vault } from '../../../testing/servers/vault.ts';
import type { VaultStore } from '../contract.ts';
import { vaultServerDriver, type VaultServerDeps } from './driver.ts';

/** The `skip` of tests that need a server of their own. */
export const skip = (await sharedServer('vault')) === null && 'no vault server to be had';

export function openVault(
  url: string,
  vaultLogin: VaultServerDeps['vaultLogin'] = {},
  log: Logger = silentLogger,
): Promise<VaultStore> {
  return vaultServerDriver.open(parseStoreUrl(url), {
    log,
    clock: systemClock,
    durability: 'full',
    vaultLogin,
  });
}

export interface AppRole {
  readonly roleId: string;
  readonly secretId: string;
  /** Of the role in the vault. */
  readonly path: string;
}

/** A server of one's own and what its administrator does. */
export interface OwnVault {
  readonly server: Running;
  readonly url: string;
  readonly rootToken: string;
  /** As the administrator. @returns the answer's `data` */
  admin(method: string, path: string, body?: object): Promise<Record<string, string>>;
  seal(): Promise<unknown>;
  unseal(): Promise<unknown>;
  /** A role that may what the README says, with tokens that live `ttl` and at most `maxTtl`. */
  appRole(ttl: string, maxTtl: string): Promise<AppRole>;
  /** Another policy for all roles; without one that of the README. Holds for tokens that are out, too. */
  setPolicy(text?: string): Promise<unknown>;
  /** What the role logs in with counts no more, and its tokens end. */
  withdraw(role: AppRole): Promise<void>;
  /** The same secret id counts again. */
  giveBack(role: AppRole): Promise<unknown>;
  /** Ends every token but the administrator's. */
  revokeAll(): Promise<unknown>;
}

const policy = [
  'path "secret/data/volvox/*" { capabilities = ["create", "read", "update"] }',
  'path "secret/metadata/volvox/*" { capabilities = ["list", "delete"] }',
].join('\n');

export async function startVault(): Promise<OwnVault> {
  const server = await run(vault, vault.find() ?? []);
  const { token, unseal } = JSON.parse(readFileSync(`${server.folder}/keys.json`, 'utf8')) as Record<
    string,
    string
  >;
  const admin: OwnVault['admin'] = async (method, path, body) => {
    const response = await fetch(`http://127.0.0.1:${server.port}/v1/${path}`, {
      method,
      headers: { 'x-vault-token': token ?? '', connection: 'close' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === '' ? {} : (JSON.parse(text).data ?? {});
  };
  let roles = 0;
  const setPolicy: OwnVault['setPolicy'] = (text = policy) =>
    admin('PUT', 'sys/policies/acl/volvox', { policy: text });
  const revokeAll: OwnVault['revokeAll'] = () => admin('PUT', 'sys/leases/revoke-prefix/auth/approle', {});
  return {
    server,
    url: `vault://127.0.0.1:${server.port}/secret/volvox?tls=false`,
    rootToken: token ?? '',
    admin,
    seal: () => admin('PUT', 'sys/seal', {}),
    unseal: () => admin('PUT', 'sys/unseal', { key: unseal }),
    async appRole(ttl, maxTtl) {
      if (roles++ === 0) await admin('POST', 'sys/auth/approle', { type: 'approle' });
      await setPolicy();
      const role = `auth/approle/role/volvox${roles}`;
      await admin('POST', role, { token_policies: ['volvox'], token_ttl: ttl, token_max_ttl: maxTtl });
      const roleId = (await admin('GET', `${role}/role-id`))['role_id'] ?? '';
      const secretId = (await admin('POST', `${role}/secret-id`, {}))['secret_id'] ?? '';
      return { roleId, secretId, path: role };
    },
    setPolicy,
    async withdraw({ path, secretId }) {
      await admin('PUT', `${path}/secret-id/destroy`, { secret_id: secretId });
      await revokeAll();
    },
    giveBack: ({ path, secretId }) => admin('PUT', `${path}/custom-secret-id`, { secret_id: secretId }),
    revokeAll,
  };
}
