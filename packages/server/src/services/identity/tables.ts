import type { Token } from '@volvox/api';

export interface UserRow {
  id: string;
  /** Lower case. */
  login: string;
  display_name: string;
  email: string | null;
  /** argon2id in PHC form. */
  password_hash: string;
  admin: number;
  disabled: number;
  group_id: string;
  /** The user's own role. */
  role_id: string;
  quota: number | null;
  created_at: number;
  last_login_at: number | null;
  /** Login, name and e-mail without case and accents, for searching. */
  folded: string;
}

export interface GroupRow {
  id: string;
  parent_id: string | null;
  name: string;
  role_id: string;
}

export interface SessionRow {
  id: string;
  user_id: string;
  secret_hash: string;
  remember: number;
  address: string;
  client: string;
  created_at: number;
  last_seen_at: number;
  expires_at: number;
}

export interface TokenRow {
  id: string;
  user_id: string;
  kind: Token['kind'];
  label: string;
  /** Separated by blanks. */
  scopes: string;
  secret_hash: string;
  created_at: number;
  last_used_at: number | null;
  expires_at: number | null;
}

export interface AttemptRow {
  /** A hash: what people type as their login may be a password. */
  attempt_key: string;
  /** The hash of the login alone, '' for rows of an address. */
  login_key: string;
  failures: number;
  last_at: number;
  blocked_until: number;
}

export interface IdentityTables {
  users: UserRow;
  user_groups: GroupRow;
  sessions: SessionRow;
  tokens: TokenRow;
  login_attempts: AttemptRow;
  /** At most one row: the server is set up. */
  setup_state: { id: number; root_group_id: string; done_at: number };
}
