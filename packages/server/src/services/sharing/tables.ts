/** Rows of the sharing service. Times are ms since 1970, flags 0 or 1. */
export interface SharingTables {
  links: LinkRow;
  link_roots: LinkRootRow;
  link_recipients: LinkRecipientRow;
  link_events: LinkEventRow;
  link_days: LinkDayRow;
  link_receipts: LinkReceiptRow;
  link_addresses: LinkAddressRow;
}

export interface LinkRow {
  id: string;
  owner_id: string;
  kind: 'link' | 'request';
  /** What stands in the address: 128 random bits, or the owner's own word (`custom`). */
  token: string;
  custom: number;
  label: string;
  description: string;
  /** PREVIEW, DOWNLOAD, UPLOAD of rules.ts. */
  permissions: number;
  password_hash: string | null;
  /** Rises with each change of the password: visits that were opened before are over. */
  password_revision: number;
  starts_at: number | null;
  expires_at: number | null;
  max_downloads: number | null;
  downloads: number;
  visits: number;
  layout: 'list' | 'gallery' | 'single' | 'drop';
  disclaimer: string;
  watermark: number;
  notify: number;
  show_owner: number;
  restricted: number;
  ask_name: 'no' | 'optional' | 'required';
  ask_email: 'no' | 'optional' | 'required';
  subfolders: number;
  /** bytes */
  max_file_size: number | null;
  disabled: number;
  created_at: number;
  updated_at: number;
}

export interface LinkRootRow {
  link_id: string;
  node_id: string;
  position: number;
}

export interface LinkRecipientRow {
  id: string;
  link_id: string;
  email: string;
  /** SHA-256 of the key that was mailed; '' before. */
  key_hash: string;
  sent_at: number | null;
}

/** One visit, download or upload; kept for a month. */
export interface LinkEventRow {
  id: string;
  link_id: string;
  /** Of the visit's cookie, or a keyed hash of address and client. */
  visitor: string;
  kind: 'visit' | 'download' | 'upload' | 'notice';
  /** '' for the link as a whole (visit, zip). */
  node_id: string;
  version_id: string;
  at: number;
}

/** Sums per day (number of days since 1970, UTC) and item; `node_id` '' is the link as a whole. */
export interface LinkDayRow {
  link_id: string;
  /** Day and item in one: `<day>/<node_id>`. */
  slot: string;
  day: number;
  node_id: string;
  visits: number;
  downloads: number;
  uploads: number;
}

/** What an uploader is told of what it brought, by the names that it gave. */
export interface LinkReceiptRow {
  id: string;
  link_id: string;
  visitor: string;
  node_id: string;
  name: string;
  size: number;
  sha256: string | null;
  at: number;
  /** The version whose hash is still to be made; null: it is known, or there is nothing to make it of. */
  unhashed_version: string | null;
}

/** An owner's own word that no link has at present; nobody else gets it until then. */
export interface LinkAddressRow {
  token: string;
  /** Who had it last. */
  owner_id: string;
  kept_until: number;
}
