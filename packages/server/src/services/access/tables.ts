export interface AccessTables {
  /** One row: the number that every change of users, roles, rules and credentials raises. */
  access_epoch: { id: number; epoch: number };
  roles: { id: string; kind: string; name: string };
  access_rules: { id: string; node_id: string; role_id: string; allow: number; deny: number };
  access_grants: {
    id: string;
    node_id: string;
    role_id: string;
    allow: number;
    source: 'share' | 'cell';
    source_id: string;
    expires_at: number | null;
  };
}
