/** Rows of `migration_state`: what a database is in a move of all stores to others. At most one row per side. */
export interface MigrationStateTable {
  /** `source`: it is being moved away, or was; `target`: it is being filled, or was. */
  side: 'source' | 'target';
  /** The move, the same on both sides. */
  id: string;
  /** source: copying, frozen, done, given_up; target: filling, done. */
  phase: 'copying' | 'frozen' | 'filling' | 'done' | 'given_up';
  /** The other side, for people: URLs without secrets. */
  peer: string;
  updated_at: number;
}

export interface MigrationTables {
  migration_state: MigrationStateTable;
}
