/** First-run set-up: once, decided by one unique row in SQL. The key of the printed link lives in the vault until then. */
import type { User } from '@volvox/api';
import type { Clock } from '../../kernel/clock.ts';
import { systemPrincipal, type Context } from '../../kernel/context.ts';
import { AppError, isAppError } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import type { SqlStore, SqlTransaction } from '../../stores/sql/contract.ts';
import type { VaultStore } from '../../stores/vault/contract.ts';
import type { AccessService } from '../access/api.ts';
import { attribute } from '../journal/api.ts';
import type { WorkspacesService } from '../workspaces/api.ts';
import type { NewUser } from './api.ts';
import type { Directory } from './directory.ts';
import type { Groups } from './groups.ts';
import { newSessionSecret, sameSecret } from './secrets.ts';
import * as queries from './user-queries.ts';
import type { PreparedUser, Users } from './users.ts';

/** The request of the wizard. */
export type SetupFrom = Required<Pick<Context, 'requestId' | 'origin'>>;

export interface SetupDeps {
  readonly sql: SqlStore;
  readonly vault: VaultStore;
  readonly access: AccessService;
  readonly workspaces: Pick<WorkspacesService, 'createCommon'>;
  readonly clock: Clock;
  readonly groups: Groups;
  readonly users: Users;
  readonly directory: Directory;
}

const keyName = 'setup/key';

/** What records name as the one who set up: nobody is signed in, neither at the wizard nor where the environment asks for it. */
const by = { ...systemPrincipal, login: 'setup' };
const nowhere: SetupFrom = { requestId: 'setup', origin: { address: '', userAgent: '' } };

export class Setup {
  readonly #deps: SetupDeps;
  #done = false;

  constructor(deps: SetupDeps) {
    this.#deps = deps;
  }

  /** Makes the key, or removes one that a crash after the set-up left behind. */
  async start(): Promise<void> {
    if (await this.required()) await createSecret(this.#deps.vault, keyName);
    else await this.#deps.vault.delete(keyName).catch(() => undefined);
  }

  async required(): Promise<boolean> {
    if (this.#done) return false;
    this.#done = (await this.#deps.sql.reader.get(queries.selectSetup, queries.nothing)) !== undefined;
    return !this.#done;
  }

  async key(): Promise<string | null> {
    return (await this.required()) ? this.#deps.vault.get(keyName) : null;
  }

  async run(input: NewUser & { readonly key: string | null }, from: SetupFrom = nowhere): Promise<User> {
    const { directory, sql, users, vault } = this.#deps;
    if (!(await this.required())) throw alreadyDone();
    if (input.key !== null) await this.#checkKey(input.key);
    const admin = await users.prepare({ ...input, admin: true, groupId: null });
    await sql
      .transaction((tx) => this.#create(tx, admin, from))
      .catch((error: unknown) => {
        throw isAppError(error, 'conflict') ? alreadyDone(error) : error;
      });
    this.#done = true;
    await vault.delete(keyName);
    return directory.user(admin.id);
  }

  async #checkKey(given: string): Promise<void> {
    const key = await this.#deps.vault.get(keyName);
    if (key !== null && sameSecret(given, key)) return;
    if (!(await this.required())) throw alreadyDone();
    throw new AppError('unauthenticated', 'the set-up key is not valid');
  }

  /** The unique row first: of several at once, all but one stop here. */
  async #create(tx: SqlTransaction, admin: PreparedUser, from: SetupFrom): Promise<void> {
    const { access, clock, groups, users, workspaces } = this.#deps;
    attribute(tx, { principal: by, ...from });
    await access.bumpEpoch(tx);
    if (await tx.get(queries.selectSetup, queries.nothing)) throw alreadyDone();
    const everyone = await groups.insert(tx, 'everyone', null, null);
    await tx.run(queries.insertSetup, { rootGroupId: everyone.id, at: clock.now() });
    const adminsRoleId = newId();
    await access.createRole(tx, { id: adminsRoleId, kind: 'admins', name: 'admins' });
    await workspaces.createCommon(tx, everyone.roleId, adminsRoleId);
    await users.insert(tx, { ...admin, groupId: everyone.id }, null);
  }
}

/**
 * A secret that all nodes share. Those before the set-up may make it: whoever is first. Once a cluster is set up it is there, else this is
 * the vault of another one, or an empty one.
 */
export async function clusterSecret(
  { sql, vault, sharedVault }: Pick<SetupDeps, 'sql' | 'vault'> & { readonly sharedVault: boolean },
  name: string,
): Promise<string> {
  // Asked first: before the set-up there is a secret.
  const isSetUp = (await sql.reader.get(queries.selectSetup, queries.nothing)) !== undefined;
  if (sharedVault && isSetUp && (await vault.get(name)) === null)
    throw new AppError(
      'conflict',
      `the vault does not hold the secrets of this cluster, which is set up already (it lacks ${name}): give VOLVOX_VAULT as the other nodes have it`,
    );
  return createSecret(vault, name);
}

/** The one that all nodes share: whoever is first makes it. */
export async function createSecret(vault: VaultStore, name: string): Promise<string> {
  const present = await vault.get(name);
  if (present !== null) return present;
  const made = newSessionSecret();
  try {
    await vault.put(name, made, { createOnly: true });
    return made;
  } catch (error) {
    const others = isAppError(error, 'conflict') ? await vault.get(name) : null;
    if (others === null) throw error;
    return others;
  }
}

function alreadyDone(cause?: unknown): AppError {
  return new AppError('conflict', 'the server is set up already', { cause });
}
