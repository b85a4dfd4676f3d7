/** What becomes of each table when all stores are moved. A test holds this list against the schema. */
import type { GuardedTable } from '../../stores/sql/contract.ts';

export interface PlannedTable {
  readonly name: string;
  /** The primary key. Ordered bytewise on every database. */
  readonly key: readonly [string, ...string[]];
  /** Changed also while the server is read-only (log-ins, duties): copied last, as it then is. */
  readonly live?: true;
  /** Other tables refer to it: its rows are changed in place, and removed only when nothing refers to them. */
  readonly referred?: { readonly by: string; readonly column: string };
  /** Of rows that refer to others: only those whose others are there are copied. */
  readonly refers?: { readonly to: string; readonly column: string };
  /** Such changes take access away, or give it, until the last copy; from then on they are refused, for they would not hold on the target. */
  readonly sealed?: GuardedTable['changes'];
  /** Changes that the guard lets through; see GuardedTable. */
  readonly guard?: Omit<GuardedTable, 'name'>;
}

const all = ['insert', 'update', 'delete'] as const;

export const plannedTables: readonly PlannedTable[] = [
  { name: 'chunks', key: ['id'], referred: { by: 'version_chunks', column: 'chunk_id' } },
  { name: 'version_chunks', key: ['version_id', 'position'], refers: { to: 'chunks', column: 'chunk_id' } },
  // Positions may still be given to rows that were committed without one.
  { name: 'journal', key: ['seq'], guard: { changes: ['insert', 'delete'] } },
  { name: 'roles', key: ['id'] },
  { name: 'access_rules', key: ['node_id', 'role_id'] },
  { name: 'access_grants', key: ['id'] },
  { name: 'access_policies', key: ['id'] },
  { name: 'access_policy_bindings', key: ['policy_id', 'node_id', 'role_id'] },
  { name: 'access_history', key: ['id'] },
  {
    name: 'users',
    key: ['id'],
    guard: {
      changes: all,
      // Without last_login_at: people go on logging in.
      columns: [
        ...['login', 'display_name', 'email', 'password_hash', 'admin', 'disabled', 'group_id', 'role_id'],
        ...[
          'quota',
          'created_at',
          'folded',
          'kind',
          'locale',
          'expires_at',
          'source',
          'external_id',
          'invited_by',
        ],
        'avatar',
      ],
    },
  },
  { name: 'user_groups', key: ['id'] },
  { name: 'user_attributes', key: ['user_id', 'name'] },
  { name: 'user_avatars', key: ['user_id'] },
  { name: 'user_words', key: ['subject_id', 'word'] },
  { name: 'group_admins', key: ['group_id', 'user_id'] },
  { name: 'assigned_roles', key: ['role_id'] },
  { name: 'role_assignments', key: ['role_id', 'subject_id'] },
  { name: 'teams', key: ['id'] },
  { name: 'team_members', key: ['team_id', 'user_id'] },
  { name: 'invitations', key: ['user_id'] },
  { name: 'mail_refusals', key: ['user_id', 'kind'] },
  {
    name: 'tokens',
    key: ['id'],
    sealed: ['delete'],
    guard: {
      changes: ['insert', 'update'],
      // Without last_used_at: tokens go on being used.
      columns: ['user_id', 'kind', 'label', 'scopes', 'secret_hash', 'created_at', 'expires_at'],
    },
  },
  { name: 'setup_state', key: ['id'] },
  { name: 'workspaces', key: ['id'] },
  { name: 'workspace_mounts', key: ['workspace_id', 'node_id'] },
  { name: 'shares', key: ['id'] },
  { name: 'share_hidden', key: ['user_id', 'share_id'] },
  { name: 'share_reviews', key: ['id'] },
  { name: 'cells', key: ['id'] },
  { name: 'cell_members', key: ['cell_id', 'role_id'] },
  { name: 'nodes', key: ['id'] },
  { name: 'roots', key: ['root_id'] },
  { name: 'versions', key: ['id'] },
  { name: 'trash', key: ['node_id'] },
  { name: 'node_properties', key: ['node_id', 'name'] },
  { name: 'staged_copies', key: ['top_id'] },
  { name: 'size_rollup', key: ['id'] },
  { name: 'locks', key: ['token'] },
  { name: 'lock_chain', key: ['node_id', 'token'] },
  { name: 'lock_guards', key: ['root_id'] },
  { name: 'uploads', key: ['id'] },
  { name: 'upload_parts', key: ['upload_id', 'position'] },
  // As one, or head and rows would not fit: what happens meanwhile waits in audit_pending.
  { name: 'audit_events', key: ['seq'] },
  { name: 'audit_checkpoints', key: ['seq'] },
  { name: 'audit_chain', key: ['id'] },
  { name: 'access_epoch', key: ['id'], live: true },
  { name: 'sessions', key: ['id'], live: true, sealed: ['delete'] },
  { name: 'links', key: ['id'] },
  { name: 'link_roots', key: ['link_id', 'node_id'] },
  { name: 'link_recipients', key: ['id'] },
  { name: 'link_events', key: ['id'] },
  { name: 'link_days', key: ['link_id', 'slot'] },
  { name: 'link_receipts', key: ['id'] },
  { name: 'link_addresses', key: ['token'] },
  { name: 'connectors', key: ['id'] },
  { name: 'connector_links', key: ['connector_id', 'external_id'] },
  { name: 'oidc_clients', key: ['id'] },
  { name: 'oidc_records', key: ['record_key'], live: true, sealed: all },
  { name: 'oidc_logins', key: ['session_id', 'client_id'], live: true },
  { name: 'oidc_logouts', key: ['id'], live: true },
  { name: 'login_attempts', key: ['attempt_key'], live: true },
  // People go on logging in, with their second steps.
  { name: 'signin_challenges', key: ['token_hash'], live: true },
  { name: 'factor_totp', key: ['user_id'], live: true, sealed: ['delete'] },
  { name: 'factor_passkeys', key: ['id'], live: true, sealed: ['delete'] },
  { name: 'factor_recovery', key: ['user_id', 'code_hash'], live: true, sealed: ['delete'] },
  { name: 'password_states', key: ['user_id'], live: true },
  { name: 'password_history', key: ['id'], live: true },
  { name: 'known_devices', key: ['user_id', 'device_hash'], live: true },
  { name: 'job_runs', key: ['id'], live: true },
  { name: 'job_fences', key: ['job'], live: true },
  // Mail goes out, and security events come in, while the server is read-only.
  { name: 'mail_queue', key: ['id'], live: true },
  { name: 'audit_pending', key: ['id'], live: true },
  { name: 'audit_streams', key: ['name'], live: true },
];

/** Not copied: followers begin anew on the target, whose documents are made again from the journal; the rest is made by migrations. */
export const leftTables: readonly string[] = [
  'contents_place',
  'contents_scrub',
  'damaged_chunks',
  'follower_cursors',
  'journal_head',
  'migration_state',
  'parked_rows',
  'schema_migrations',
];

/** Columns that users and tokens change while the server is read-only. They are copied as they were when read. */
export const touchedColumns: Readonly<Record<string, readonly string[]>> = {
  users: ['last_login_at'],
  tokens: ['last_used_at'],
};

export const guardedTables: readonly GuardedTable[] = plannedTables
  .filter((table) => table.live !== true)
  .map(({ name, guard }) => ({ name, ...(guard ?? { changes: all }) }));

/** Guarded as well from the last copy on. */
export const sealedTables: readonly GuardedTable[] = plannedTables
  .filter((table) => table.sealed !== undefined)
  .map(({ name, sealed = [] }) => ({ name, changes: sealed }));

/** All that may be guarded: what is lifted when people may write again. */
export const everGuarded: readonly GuardedTable[] = [...guardedTables, ...sealedTables];
