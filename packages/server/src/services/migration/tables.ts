/** Rows of `migration_state`: what a database is in a move of stores to others. At most one row per side. */
export interface MigrationStateTable {
  /**
   * `source`: it is being moved away, or was; `target`: it is being filled, or was; `places`: it stayed while stores around it were moved,
   * and `peer` is where they are now, and were (JSON, `moved.ts`); `next`: the same of a move that is under way.
   */
  side: 'source' | 'target' | 'places' | 'next';
  /** The move, the same on both sides. */
  id: string;
  /** source and next: copying; source: frozen, done, given_up; target: filling or restoring, done, or backup (a folder that no node serves from); places: moved, taking (a node on them starts), taken. */
  phase:
    | 'copying'
    | 'frozen'
    | 'filling'
    | 'restoring'
    | 'backup'
    | 'done'
    | 'given_up'
    | 'moved'
    | 'taking'
    | 'taken';
  /** The other side, for people: URLs without secrets. */
  peer: string;
  updated_at: number;
}

export interface MigrationTables {
  migration_state: MigrationStateTable;
}
