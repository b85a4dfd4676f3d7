import type {
  Connector,
  ConnectorInput,
  ConnectorTest,
  ExternalMethod,
  OidcConnectorSettings,
  SyncReport,
} from '@volvox/api';
import type { Context } from '../../kernel/context.ts';
import type { ClientInfo, OpenedSession } from '../identity/api.ts';

/** Somebody as a provider or directory outside describes them. */
export interface Profile {
  /** Never changes there, and never goes to somebody else. */
  readonly externalId: string;
  readonly login: string;
  readonly name: string;
  readonly email: string | null;
  /** Names; of a directory DNs. */
  readonly groups: readonly string[];
  readonly attributes: Readonly<Record<string, string>>;
}

/** What a browser carries from the start of a log-in elsewhere to its end, sealed in a cookie. */
export interface Started {
  readonly address: string;
  readonly cookie: string;
}

/** To link instead of signing in: what `beginLink` gave, and the session that the browser has. */
export interface Linking {
  readonly token: string;
  readonly sessionId: string | null;
}

export interface ArrivedBy {
  readonly client: ClientInfo;
  /** What the browser keeps between log-ins. */
  readonly device: string | null;
  readonly sessionId: string | null;
}

export interface Arrived {
  /** Null: an account was linked, nobody is signed in anew. */
  readonly session: OpenedSession | null;
  /** Path in the web application. */
  readonly returnTo: string;
}

export interface LinkedAccount {
  readonly connectorId: string;
  readonly connectorName: string;
  readonly linked: boolean;
  readonly canLink: boolean;
}

/** That somebody here is somebody there. */
export interface KeptLink {
  readonly connectorId: string;
  readonly externalId: string;
  readonly since: number;
}

export interface ConnectorsService {
  /** Providers that people may sign in with. */
  methods(): Promise<readonly ExternalMethod[]>;
  list(context: Context): Promise<readonly Connector[]>;
  create(context: Context, input: ConnectorInput): Promise<Connector>;
  update(context: Context, id: string, input: ConnectorInput): Promise<Connector>;
  delete(context: Context, id: string): Promise<void>;
  test(context: Context, input: ConnectorInput, id: string | null): Promise<ConnectorTest>;
  /** @throws unavailable, conflict (more would be disabled than is plausible) */
  sync(context: Context, id: string, dryRun: boolean): Promise<SyncReport>;
  /** Every directory whose time has come. */
  syncDue(signal: AbortSignal): Promise<{ readonly synced: number; readonly failed: number }>;

  /**
   * For identity: a password that a directory checks, asked in the order of positions. Makes or refreshes the account. Null: wrong.
   * An empty password is never asked for anywhere: directories take it for no log-in at all, and say yes (RFC 4513 section 5.1.2).
   */
  password(login: string, password: string, client: ClientInfo): Promise<string | null>;

  /** @param origin of our own address @throws not_found, unavailable, unauthenticated (a link of another session) */
  start(id: string, origin: string, returnTo: string, link: Linking | null): Promise<Started>;
  /** @param url as the browser came back to @param cookie from `start` @throws unauthenticated, second_factor_required, forbidden */
  arrive(id: string, url: URL, cookie: string | null, by: ArrivedBy): Promise<Arrived>;
  accounts(context: Context): Promise<readonly LinkedAccount[]>;
  /** All that is kept; whether the asker may know is asked before. */
  linksOf(userId: string): Promise<readonly KeptLink[]>;
  /** @returns what `start` takes as `link`, good for ten minutes and for this session only */
  beginLink(context: Context, id: string): Promise<string>;
  unlink(context: Context, id: string): Promise<void>;
}

export type { OidcConnectorSettings };
