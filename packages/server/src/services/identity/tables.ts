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
  kind: UserKind;
  /** `de`; null: as the browser says. */
  locale: string | null;
  /** The account holds no longer from then on; null: it stays. */
  expires_at: number | null;
  /** Where the account is kept: '' here, else a directory outside, whose id of it is `external_id`. */
  source: string;
  external_id: string | null;
  invited_by: string | null;
  /** The avatar's version for its address; null: none. */
  avatar: string | null;
}

export type UserKind = 'person' | 'guest';

export interface GroupRow {
  id: string;
  parent_id: string | null;
  name: string;
  role_id: string;
  source: string;
  external_id: string | null;
}

export interface AssignedRoleRow {
  role_id: string;
  label: string;
  description: string;
  /** The higher one is stronger. */
  position: number;
  /** Everybody in or below this group has the role. */
  auto_group_id: string | null;
  /** Everybody whose attribute of this name has this value has the role. */
  auto_attribute: string | null;
  auto_value: string | null;
}

export interface RoleAssignmentRow {
  role_id: string;
  subject_id: string;
  kind: 'user' | 'group';
  expires_at: number | null;
}

export interface TeamRow {
  id: string;
  owner_id: string;
  name: string;
  description: string;
  role_id: string;
  created_at: number;
}

export interface TeamMemberRow {
  team_id: string;
  user_id: string;
  manager: number;
  expires_at: number | null;
}

export interface InvitationRow {
  user_id: string;
  token_hash: string;
  invited_by: string;
  created_at: number;
  expires_at: number;
}

/** Folded words of names and addresses, each once per subject. */
export interface WordRow {
  subject_id: string;
  word: string;
  kind: 'user' | 'group' | 'team';
  /** 1: only in the mail address. */
  mail: number;
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
  /** '': not at all; else what must be done first: a second factor (`enrol`), another password (`password`). */
  limited: string;
  /** When its owner was last proved to be the one; 0: never. */
  proved_at: number;
  /** The admin who acts as the user, from the session `parent_id`. */
  impersonator_id: string | null;
  parent_id: string | null;
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
  user_attributes: { user_id: string; name: string; value: string };
  /** WebP in base64: text travels alike on every database and in migrations. */
  user_avatars: { user_id: string; image: string };
  user_words: WordRow;
  group_admins: { group_id: string; user_id: string };
  assigned_roles: AssignedRoleRow;
  role_assignments: RoleAssignmentRow;
  teams: TeamRow;
  team_members: TeamMemberRow;
  invitations: InvitationRow;
  /** At most one row: the server is set up. */
  setup_state: { id: number; root_group_id: string; done_at: number };
}
