import type { IdentityTables } from '../tables.ts';

export interface TotpRow {
  user_id: string;
  /** Encrypted under the cluster's key. */
  secret: string;
  /** 0 until the first code was right. */
  confirmed: number;
  /** Number of the 30 s step whose code was used last; -1: none. */
  last_step: number;
  created_at: number;
}

export interface PasskeyRow {
  id: string;
  user_id: string;
  /** SHA-256 of the credential's id, which may be long. */
  credential_hash: string;
  /** base64url, as are the key and the transports' list. */
  credential_id: string;
  public_key: string;
  /** Of signatures; stays 0 with keys that are synchronised between devices. */
  counter: number;
  /** Separated by blanks. */
  transports: string;
  name: string;
  /** Copied between the devices of its owner. */
  synced: number;
  created_at: number;
  last_used_at: number | null;
}

export interface RecoveryRow {
  user_id: string;
  code_hash: string;
  created_at: number;
}

export type ChallengePurpose =
  | 'second' // a right password was given; the second step is missing
  | 'assertion' // of a passkey as second step, or to prove oneself again
  | 'passkey' // of a passkey instead of login and password: nobody yet
  | 'creation' // of a new passkey
  | 'reset'; // of the password, by mail

export interface ChallengeRow {
  token_hash: string;
  purpose: ChallengePurpose;
  user_id: string | null;
  /** JSON; what it is bound to. */
  data: string;
  expires_at: number;
}

export interface PasswordStateRow {
  user_id: string;
  /** The next log-in only leads to a new password. */
  must_change: number;
  changed_at: number;
}

export interface PasswordHistoryRow {
  id: string;
  user_id: string;
  password_hash: string;
  set_at: number;
}

export interface KnownDeviceRow {
  user_id: string;
  device_hash: string;
  seen_at: number;
}

export interface FactorTables extends IdentityTables {
  factor_totp: TotpRow;
  factor_passkeys: PasskeyRow;
  factor_recovery: RecoveryRow;
  signin_challenges: ChallengeRow;
  password_states: PasswordStateRow;
  password_history: PasswordHistoryRow;
  known_devices: KnownDeviceRow;
}
