/** Every variable and flag of the program, once: help, reference and validation come from here. */

export interface Variable {
  readonly name: string;
  readonly flag: string;
  readonly default: string;
  readonly description: string;
  readonly secret?: boolean;
}

export const variables: readonly Variable[] = [
  {
    name: 'VOLVOX_DATA',
    flag: '--data',
    default: './data',
    description: 'folder of the embedded stores; locked while a node runs',
  },
  {
    name: 'VOLVOX_LISTEN',
    flag: '--listen',
    default: '127.0.0.1:8080',
    description: 'address and port; port 0 takes a free one',
  },
  {
    name: 'VOLVOX_URL',
    flag: '--url',
    default: '',
    description: 'public address, where it differs from the listener',
  },
  {
    name: 'VOLVOX_NODE_NAME',
    flag: '--node-name',
    default: '',
    description: 'name of this node in status and logs; the host name if empty',
  },
  {
    name: 'VOLVOX_LOG_LEVEL',
    flag: '--log-level',
    default: 'info',
    description: 'debug, info, warn or error',
  },
  {
    name: 'VOLVOX_LOG_FORMAT',
    flag: '--log-format',
    default: '',
    description: 'json or text; text on a terminal, else json',
  },
  {
    name: 'VOLVOX_TLS_CERT',
    flag: '--tls-cert',
    default: '',
    description: 'PEM file with the certificate chain; with VOLVOX_TLS_KEY',
  },
  { name: 'VOLVOX_TLS_KEY', flag: '--tls-key', default: '', description: 'PEM file with its key' },
  {
    name: 'VOLVOX_TRUST_PROXY',
    flag: '--trust-proxy',
    default: '',
    description:
      'addresses or networks (CIDR, comma-separated) whose X-Forwarded-* headers are believed; "loopback" for 127.0.0.0/8 and ::1',
  },
  {
    name: 'VOLVOX_DURABILITY',
    flag: '--durability',
    default: 'full',
    description:
      'full: what was acknowledged survives a power cut; relaxed: no fsync, a power cut may lose the last seconds (kill -9 loses nothing)',
  },
  {
    name: 'VOLVOX_DRAIN_WAIT',
    flag: '--drain-wait',
    default: '',
    description:
      'seconds that a node which was told to end still takes requests, so that load balancers see it not ready first; 3 in a cluster, else 0',
  },
  {
    name: 'VOLVOX_ADMIN_LOGIN',
    flag: '--admin-login',
    default: '',
    description: 'unattended set-up: login of the first administrator',
  },
  {
    name: 'VOLVOX_ADMIN_PASSWORD',
    flag: '',
    default: '',
    description: 'unattended set-up: the password (no flag, so that it shows in no process list)',
    secret: true,
  },
  {
    name: 'VOLVOX_VAULT_KEY',
    flag: '',
    default: '',
    description: 'key of the vault file; without it a keyring file beside the vault holds the key',
    secret: true,
  },
  {
    name: 'VAULT_TOKEN',
    flag: '',
    default: '',
    description: 'token for a vault server (vault:)',
    secret: true,
  },
  {
    name: 'VAULT_ROLE_ID',
    flag: '',
    default: '',
    description: 'AppRole to log in to a vault server with, where there is no VAULT_TOKEN',
    secret: true,
  },
  { name: 'VAULT_SECRET_ID', flag: '', default: '', description: 'its secret', secret: true },
  {
    name: 'VOLVOX_TOKEN',
    flag: '',
    default: '',
    description: 'access token of commands that ask another server (--server)',
    secret: true,
  },
  {
    name: 'VOLVOX_CONFIG',
    flag: '--config',
    default: 'file:<data>/config.json',
    description: 'configuration store',
  },
  {
    name: 'VOLVOX_VAULT',
    flag: '--vault',
    default: 'file:<data>/vault.json',
    description: 'store of secrets',
  },
  {
    name: 'VOLVOX_REGISTRY',
    flag: '--registry',
    default: 'memory:',
    description: 'which nodes live, leases',
  },
  { name: 'VOLVOX_BROKER', flag: '--broker', default: 'memory:', description: 'publish/subscribe' },
  { name: 'VOLVOX_CACHE', flag: '--cache', default: 'memory:?max=64MB', description: 'cache' },
  {
    name: 'VOLVOX_SQL',
    flag: '--sql',
    default: 'sqlite:<data>/volvox.db',
    description: 'tree, permissions, identity, journal',
  },
  {
    name: 'VOLVOX_DOCUMENTS',
    flag: '--documents',
    default: 'sqlite:<data>/documents.db',
    description: 'logs, search, activities',
  },
  {
    name: 'VOLVOX_BLOBS',
    flag: '--blobs',
    default: 'file:<data>/blobs?small=16',
    description: 'file contents',
  },
];
