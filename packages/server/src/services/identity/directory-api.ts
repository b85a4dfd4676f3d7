/** What the directory offers beside users and groups: roles, teams, people to share with, guests, pictures. */
import type {
  AssignedRole,
  ImportLine,
  Invitation,
  Invited,
  Person,
  RoleAssignment,
  RoleOfUser,
  Team,
  TeamDetails,
  User,
} from '@volvox/api';
import type { Context } from '../../kernel/context.ts';

export interface RoleChange {
  readonly label?: string;
  readonly description?: string;
  /** Everybody in or below the group has the role. */
  readonly autoGroupId?: string | null;
  /** Everybody with this attribute of this value has the role. */
  readonly auto?: { readonly attribute: string; readonly value: string } | null;
}

/** For admins. Every change raises the epoch. */
export interface RolesApi {
  /** Weakest first. */
  list(context: Context): Promise<readonly AssignedRole[]>;
  create(context: Context, input: RoleChange & { readonly label: string }): Promise<AssignedRole>;
  update(context: Context, id: string, change: RoleChange): Promise<AssignedRole>;
  /** All ids, weakest first. @throws conflict where they are not all there are */
  order(context: Context, ids: readonly string[]): Promise<readonly AssignedRole[]>;
  delete(context: Context, id: string): Promise<void>;
  assignments(context: Context, id: string): Promise<readonly RoleAssignment[]>;
  assign(
    context: Context,
    id: string,
    to: { readonly subjectId: string; readonly kind: 'user' | 'group'; readonly expiresAt: number | null },
  ): Promise<void>;
  unassign(context: Context, id: string, subjectId: string): Promise<void>;
  /** What a user has, weakest first; for whoever manages the user. */
  ofUser(context: Context, userId: string): Promise<readonly RoleOfUser[]>;
}

export interface TeamsApi {
  /** The asker's; everybody's for the system, which may do what owners may. */
  list(context: Context): Promise<readonly Team[]>;
  details(context: Context, id: string): Promise<TeamDetails>;
  /** `ownerId`: for the system alone, which must say it; anybody else makes teams for oneself. */
  create(
    context: Context,
    input: { readonly name: string; readonly description?: string; readonly ownerId?: string },
  ): Promise<TeamDetails>;
  update(
    context: Context,
    id: string,
    change: { readonly name?: string; readonly description?: string; readonly ownerId?: string },
  ): Promise<TeamDetails>;
  delete(context: Context, id: string): Promise<void>;
  setMember(
    context: Context,
    id: string,
    userId: string,
    as: { readonly manager?: boolean; readonly expiresAt?: number | null },
  ): Promise<TeamDetails>;
  removeMember(context: Context, id: string, userId: string): Promise<void>;
}

export interface PeopleApi {
  /** Best first; guests find only whom they share a team or a Cell with. */
  search(context: Context, q: string, limit: number): Promise<readonly Person[]>;
  /** Duty: makes those found whom an earlier version made, or a node that still runs one. @returns how many */
  index(): Promise<number>;
}

export interface NewGuest {
  readonly email: string;
  readonly displayName?: string;
  readonly expiresAt?: number | null;
  /** Goes into the mail. */
  readonly message?: string | null;
  readonly locale?: string | null;
}

export interface GuestsApi {
  /** The asker's own. */
  list(context: Context): Promise<readonly User[]>;
  /** Again for a guest of the asker who has not come yet: a new invitation. @throws forbidden, conflict (reason `invited`, `too_many`, `person`) */
  invite(context: Context, guest: NewGuest): Promise<Invited>;
  /** Prolongs, shortens or ends (`disabled`) an own guest. */
  update(
    context: Context,
    id: string,
    change: { readonly expiresAt?: number | null; readonly disabled?: boolean },
  ): Promise<User>;
  /** @throws gone for everything that is no valid invitation */
  invitation(token: string): Promise<Invitation>;
  /** Once. @throws gone, invalid_input */
  accept(token: string, password: string): Promise<{ readonly login: string }>;
}

export interface AvatarsApi {
  /** PNG, JPEG or WebP of at most 256 KiB; null takes the picture away. @throws unsupported_media_type, too_large */
  setOwn(context: Context, image: Uint8Array | null): Promise<User>;
  /** WebP, 256 x 256. @throws not_found */
  get(userId: string): Promise<{ readonly image: Uint8Array; readonly version: string }>;
}

/**
 * Users as CSV, for admins: login, displayName, email, group (a path), roles (by ";"), admin, disabled, locale, expiresAt, quota, and
 * `attribute:<name>` for each attribute. Read with commas, semicolons or tabs between cells, as the first line has them.
 */
export interface TransferApi {
  /** Lines with their ends, some hundred at a time: of everybody, or of those with `ids` (at most 100). */
  export(context: Context, ids?: readonly string[]): AsyncIterable<string>;
  /** `limit` lines from `offset` on, which counts from 0; again with `next`, until it is null. */
  import(
    context: Context,
    input: {
      readonly csv: string;
      /** Only says what would become of each line. */
      readonly dryRun: boolean;
      readonly offset: number;
      readonly limit: number;
    },
  ): Promise<{ readonly total: number; readonly next: number | null; readonly lines: readonly ImportLine[] }>;
}

export interface DirectoryApi {
  readonly transfer: TransferApi;
  readonly roles: RolesApi;
  readonly teams: TeamsApi;
  readonly people: PeopleApi;
  readonly guests: GuestsApi;
  readonly avatars: AvatarsApi;
}
