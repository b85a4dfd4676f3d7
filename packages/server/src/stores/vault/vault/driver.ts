import { AppError } from '../../../kernel/errors.ts';
import type { Driver, DriverDeps } from '../../../kernel/service.ts';
import { storeTls, tlsParameters } from '../../../kernel/store-tls.ts';
import type { StoreUrl } from '../../../kernel/store-url.ts';
import type { VaultStore } from '../contract.ts';
import { Session, type Login } from './session.ts';
import { KvVault } from './store.ts';
import { at, encodePath, textAt, Wire } from './wire.ts';

export interface VaultServerDeps extends DriverDeps {
  /** VAULT_TOKEN, VAULT_ROLE_ID, VAULT_SECRET_ID; empty is none. */
  readonly vaultLogin?: {
    readonly token?: string | undefined;
    readonly roleId?: string | undefined;
    readonly secretId?: string | undefined;
  };
}

/** HashiCorp Vault and OpenBao, by their HTTP interface. */
export const vaultServerDriver: Driver<VaultStore, VaultServerDeps> = {
  scheme: 'vault',
  parameters: {
    ...tlsParameters,
    tls: 'false: plain HTTP (default: true)',
    namespace: 'namespace of the vault',
    approle: 'mount path of the AppRole method (default: approle)',
  },
  async open(url, deps) {
    if (url.hosts.length === 0 || url.path === '')
      throw new AppError('invalid_input', 'expected vault://host:8200/mount/path');
    const wire = new Wire({
      hosts: url.hosts.map(({ host, port }) => ({ host, port: port ?? 8200 })),
      tls: storeTls(url, true),
      namespace: url.parameters.get('namespace') ?? null,
    });
    const session = new Session(wire, loginOf(url, deps), deps.log);
    await wire.health();
    try {
      await session.open();
      const path = url.path.replace(/\/*$/, '/');
      const mount = await mountOf(session, path);
      return new KvVault(wire, session, mount, path.slice(mount.length), deps.clock);
    } catch (error) {
      await session.close();
      throw error;
    }
  },
};

function loginOf(url: StoreUrl, { vaultLogin = {} }: VaultServerDeps): Login {
  const { token, roleId, secretId } = vaultLogin;
  if (token) return { kind: 'token', token };
  if (!roleId || !secretId)
    throw new AppError('invalid_input', 'VAULT_TOKEN, or VAULT_ROLE_ID and VAULT_SECRET_ID, must be set');
  return { kind: 'approle', mount: url.parameters.get('approle') ?? 'approle', roleId, secretId };
}

/** Which part of the path is the engine's: it may have slashes itself. */
async function mountOf(session: Session, path: string): Promise<string> {
  const { status, body } = await session.call({
    method: 'GET',
    path: `sys/internal/ui/mounts/${encodePath(path)}`,
  });
  const mount = textAt(body, 'data', 'path');
  if (status !== 200 || mount === null || !path.startsWith(mount))
    throw new AppError(
      'unavailable',
      `there is no secrets engine at ${path}, or the policy does not permit it`,
    );
  if (textAt(body, 'data', 'type') !== 'kv' || at(body, 'data', 'options', 'version') !== '2')
    throw new AppError('invalid_input', `the secrets engine at ${mount} is not KV version 2`);
  return mount;
}
