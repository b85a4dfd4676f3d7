/** The parts of identity, put together; each owns its rules. */
import type { Clock } from '../../kernel/clock.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { SqlStore } from '../../stores/sql/contract.ts';
import type { VaultStore } from '../../stores/vault/contract.ts';
import type { AccessService } from '../access/api.ts';
import type { JournalService } from '../journal/api.ts';
import type { MailService } from '../mail/api.ts';
import type { SettingsService } from '../settings/api.ts';
import type { WorkspacesService } from '../workspaces/api.ts';
import type { Verifiers } from './api.ts';
import { Attempts } from './attempts.ts';
import { Authenticator } from './authenticator.ts';
import { createDirectory } from './directory-parts.ts';
import { Directory } from './directory.ts';
import { Endings } from './endings.ts';
import { Groups } from './groups.ts';
import { Factors, forgetUser } from './factors/factors.ts';
import { Notices, silentNotices, type NoticesDeps } from './factors/notices.ts';
import { startSignIn } from './factors/service.ts';
import { OwnAccount } from './own-account.ts';
import { PasswordBook } from './password/book.ts';
import { PasswordPolicy } from './password/policy.ts';
import { argon2, Passwords, type PasswordEngine } from './passwords.ts';
import { Principals } from './principals.ts';
import type { Cellmates } from './people.ts';
import { RoleLosses } from './role-losses.ts';
import { Removal, type RemovalDeps } from './removal.ts';
import { Sessions } from './sessions.ts';
import { clusterSecret, Setup } from './setup.ts';
import { guarded } from './guarded.ts';
import { Tokens } from './tokens.ts';
import { Touches } from './touches.ts';
import { Users } from './users.ts';

export interface IdentityDeps {
  readonly sql: SqlStore;
  readonly access: AccessService;
  readonly workspaces: Pick<
    WorkspacesService,
    'createCommon' | 'createPersonal' | 'setPersonalQuota' | 'archivePersonal'
  >;
  readonly journal: Pick<JournalService, 'append'>;
  readonly vault: VaultStore;
  /** Other nodes use the same vault: what it lacks after the set-up is not made anew. */
  readonly sharedVault: boolean;
  readonly settings: Pick<SettingsService, 'get'>;
  readonly clock: Clock;
  /** For invitations; absent: whoever invites hands the link over. Notices and resets need it, too. */
  readonly mail?: Pick<MailService, 'enqueue' | 'configured'>;
  readonly publicUrl?: string | null;
  /** Brings the personal files of who is removed to the successor; absent: they stay for the admins. */
  readonly handOver?: RemovalDeps['handOver'];
  /** For guests to find whom they are in a Cell with; absent: there are no Cells. */
  readonly cellmates?: Cellmates;
  readonly log: Logger;
  /** Credentials that other services know. */
  readonly verifiers?: Verifiers;
  readonly audit?: NoticesDeps['audit'];
  /** Tests count and speed up hashing with their own. */
  readonly passwordEngine?: PasswordEngine;
}

export type Parts = Awaited<ReturnType<typeof makeParts>>;

/** Before anything is served: makes the secrets that all nodes share. */
export async function makeParts(deps: IdentityDeps) {
  const { sql, access, settings, clock } = deps;
  const attempts = new Attempts(sql, settings, clock);
  const passwords = await Passwords.create(deps.passwordEngine ?? argon2);
  const principals = new Principals(access, clock);
  const touches = new Touches(sql, settings, clock, deps.log);
  const mail = deps.mail ?? silentNotices.mail;
  const audit = deps.audit ?? silentNotices.audit;
  const policy = new PasswordPolicy(settings);
  const book = new PasswordBook(passwords, settings, clock);
  const factors = new Factors(settings);
  const endings = new Endings();
  const losses = new RoleLosses(principals);
  const known = { sql, access, clock, attempts, passwords, principals, factors, book, audit, endings };
  const authenticator = new Authenticator({ ...known, touches, verifiers: deps.verifiers ?? {} });
  const csrfKey = await clusterSecret(deps, 'session/csrf-key');
  const sessions = new Sessions({ sql, access, clock, authenticator, touches, csrfKey });
  const tokens = new Tokens(sql, access, clock);
  const directory = new Directory(sql, attempts);
  const groups = new Groups({ ...deps, losses });
  const shared = { attempts, passwords, policy, book, groups, directory, endings, losses };
  const users = new Users({ ...deps, ...shared });
  const ownAccount = new OwnAccount({ sql, access, directory, users });
  const removal = new Removal({ ...deps, losses, handOver: deps.handOver ?? (async () => {}) });
  const people = createDirectory(deps, { users, directory, removal, losses });
  const setup = new Setup({ ...deps, groups, users, directory });
  await setup.start();
  const publicUrl = deps.publicUrl ?? null;
  const signIn = await startSignIn({ ...deps, ...known, authenticator, policy, sessions, mail, publicUrl });
  removal.onUserRemoved((tx, userId) => forgetUser(tx, factors, userId));
  const doors = guarded({
    signIn: signIn.api,
    users,
    groups,
    removal,
    tokens,
    ownAccount,
    authenticator,
    directory,
    sessions,
    notices: new Notices({ mail, audit, settings, clock }),
    sql,
  });
  return {
    attempts,
    passwords,
    principals,
    touches,
    authenticator,
    sessions,
    tokens,
    directory,
    groups,
    users,
    removal,
    endings,
    losses,
    people,
    setup,
    signIn,
    doors,
  };
}
