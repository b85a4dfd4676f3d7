export interface AccessTables {
  /**
   * One row: the number that every change of users, roles, rules and credentials raises; and what it was when policies last changed
   * (0: no policy is bound to anything).
   */
  access_epoch: { id: number; epoch: number; policy_epoch: number };
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
  access_policies: PolicyRow;
  access_policy_bindings: { policy_id: string; node_id: string; role_id: string };
  access_history: HistoryRow;
}

export interface PolicyRow {
  id: string;
  name: string;
  description: string;
  deny: number;
  mode: string;
  /** JSON, see PolicyConditions. */
  conditions: string;
}

/** What was set at a node; the role's name as it was then. */
export interface HistoryRow {
  id: string;
  node_id: string;
  at: number;
  actor_id: string | null;
  role_id: string;
  role_name: string;
  kind: 'rule' | 'grant' | 'policy';
  /** JSON; null: there was nothing */
  before: string | null;
  /** JSON; null: taken away */
  after: string | null;
}
