export interface ConnectorRow {
  id: string;
  kind: 'oidc' | 'ldap';
  name: string;
  position: number;
  enabled: number;
  /** JSON of `ConnectorSettings`; the secret is in the vault. */
  settings: string;
  synced_at: number | null;
  sync_error: string | null;
  created_at: number;
}

/** Who somebody is there. The only thing that ties an account to one outside: names and addresses never do. */
export interface ConnectorLinkRow {
  connector_id: string;
  external_id: string;
  user_id: string;
  /** The account was made for it; else its owner has linked it. */
  provisioned: number;
  /** Disabled because it was not in the directory any more. */
  gone: number;
  created_at: number;
}

export interface ConnectorTables {
  connectors: ConnectorRow;
  connector_links: ConnectorLinkRow;
}
