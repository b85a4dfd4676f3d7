/** Puts the parts of the directory together. */
import type { Clock } from '../../kernel/clock.ts';
import type { SqlStore } from '../../stores/sql/contract.ts';
import type { AccessService } from '../access/api.ts';
import type { JournalService } from '../journal/api.ts';
import type { MailService } from '../mail/api.ts';
import type { SettingsService } from '../settings/api.ts';
import { Avatars, deleteAvatar } from './avatars.ts';
import type { DirectoryApi } from './directory-api.ts';
import type { Directory } from './directory.ts';
import { Proofs } from './factors/proofs.ts';
import { deleteManagerEverywhere } from './group-queries.ts';
import { Guests } from './guests.ts';
import { People, type Cellmates } from './people.ts';
import type { Removal } from './removal.ts';
import type { RoleLosses } from './role-losses.ts';
import { deleteAssignmentsOfSubject } from './role-queries.ts';
import { Roles } from './roles.ts';
import { Teams } from './teams.ts';
import { Transfer } from './transfer.ts';
import { deleteAttributes } from './user-queries.ts';
import type { Users } from './users.ts';
import { removeWords } from './words.ts';

export interface DirectoryDeps {
  readonly sql: SqlStore;
  readonly access: AccessService;
  readonly journal: Pick<JournalService, 'append'>;
  readonly settings: Pick<SettingsService, 'get'>;
  readonly clock: Clock;
  /** Absent: nothing is mailed, whoever invites gets the link. */
  readonly mail?: Pick<MailService, 'enqueue' | 'configured'>;
  readonly publicUrl?: string | null;
  readonly cellmates?: Cellmates;
}

const noMail: Pick<MailService, 'enqueue' | 'configured'> = {
  enqueue: async () => {},
  configured: () => false,
};

export function createDirectory(
  deps: DirectoryDeps,
  parts: {
    readonly users: Users;
    readonly directory: Directory;
    readonly removal: Removal;
    readonly losses: RoleLosses;
  },
): DirectoryApi {
  const mail = deps.mail ?? noMail;
  const cellmates: Cellmates = deps.cellmates ?? (async () => []);
  const { losses } = parts;
  const teams = new Teams({ ...deps, cellmates, losses });
  const guests = new Guests({ ...deps, ...parts, mail, publicUrl: deps.publicUrl ?? null });
  parts.removal.onUserRemoved(async (tx, userId, successorId) => {
    await teams.userRemoved(tx, userId, successorId);
    await guests.userRemoved(tx, userId, successorId);
    await tx.run(deleteManagerEverywhere, { userId });
    await tx.run(deleteAssignmentsOfSubject, { subjectId: userId });
    await tx.run(deleteAttributes, { userId });
    await tx.run(deleteAvatar, { userId });
    await removeWords(tx, userId);
  });
  const proofs = new Proofs(deps.sql, deps.settings, deps.clock);
  const roles = new Roles({ ...deps, proofs, losses });
  return {
    roles,
    transfer: new Transfer({ ...deps, ...parts, roles, proofs }),
    teams,
    people: new People({ ...deps, cellmates }),
    guests,
    avatars: new Avatars({ ...deps, ...parts }),
  };
}
