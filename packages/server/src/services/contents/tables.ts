export interface ContentsTables {
  chunks: ChunksTable;
  version_chunks: VersionChunksTable;
  contents_place: ContentsPlaceTable;
  contents_scrub: ContentsScrubTable;
  damaged_chunks: DamagedChunksTable;
}

/** One row: how far the scrub has come. */
export interface ContentsScrubTable {
  id: number;
  /** The last chunk that was read in this round; '' before its first. */
  position: string;
  /** How many there were when the round began: the size of a turn. */
  chunks: number;
  began_at: number | null;
  /** When a round has last come to its end. */
  ended_at: number | null;
}

/** What the scrub has found, until it finds it sound or gone. */
export interface DamagedChunksTable {
  chunk_id: string;
  kind: string;
  detail: string;
  found_at: number;
}

/** One row. */
export interface ContentsPlaceTable {
  id: number;
  /** A hash of where contents were moved to while the database stayed: who works on another store adds none. '' if they never were. */
  place: string;
}

export interface ChunksTable {
  /** The blob's key. */
  id: string;
  size: number;
  sha256: string;
  created_at: number;
  /** When a reference went last; the collector looks at these only. Null again once it has seen another reference. */
  released_at: number | null;
  /** When the collector saw that nothing refers to it. */
  condemned_at: number | null;
}

/** The chunks of a version, an upload part, or whatever else the caller gives an id to. */
export interface VersionChunksTable {
  version_id: string;
  position: number;
  chunk_id: string;
}
