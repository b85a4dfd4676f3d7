export interface RecordRow {
  /** HMAC of model and id: the id of a token is the token. */
  record_key: string;
  id: string;
  model: string;
  /** Sealed JSON. */
  payload: string;
  /** `record_key` of the grant that it hangs on. */
  grant_key: string | null;
  /** HMAC of the second name: a session's uid, a device's user code. */
  lookup_key: string | null;
  /** Of a token that ends with the browser's session: that session's `lookup_key`. */
  session_key: string | null;
  user_id: string | null;
  client_id: string | null;
  /** What a token or grant covers, separated by blanks. */
  scopes: string | null;
  /** Of a provider session: the session of ours that it mirrors. */
  session_id: string | null;
  created_at: number;
  expires_at: number;
  consumed_at: number | null;
}

export interface ClientRow {
  id: string;
  name: string;
  /** JSON of `ClientMetadata`. */
  metadata: string;
  /** SHA-256 of 256 random bits; null: a public client. */
  secret_hash: string | null;
  created_at: number;
  updated_at: number;
}

/** Where somebody signed in by a session of ours, for the clients that want to hear of its end. */
export interface LoginRow {
  session_id: string;
  client_id: string;
  user_id: string;
  sid: string;
  issuer: string;
  created_at: number;
}

/** A logout token that is still to be delivered. */
export interface LogoutRow {
  id: string;
  client_id: string;
  user_id: string;
  sid: string;
  issuer: string;
  attempts: number;
  next_at: number;
  created_at: number;
}

export interface OidcTables {
  oidc_records: RecordRow;
  oidc_clients: ClientRow;
  oidc_logins: LoginRow;
  oidc_logouts: LogoutRow;
}
