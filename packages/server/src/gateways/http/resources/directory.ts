import type { Services } from '../../contract.ts';
import type { Handlers } from '../handler.ts';
import { personalExport } from '../personal-export.ts';

type Groups = 'updateGroup' | 'listGroupAdmins' | 'addGroupAdmin' | 'removeGroupAdmin';
type Roles =
  | 'listRolesOfUser'
  | 'listRoles'
  | 'createRole'
  | 'updateRole'
  | 'orderRoles'
  | 'deleteRole'
  | 'listAssignments'
  | 'assignRole'
  | 'unassignRole';
type Teams =
  'listTeams' | 'createTeam' | 'getTeam' | 'updateTeam' | 'deleteTeam' | 'setTeamMember' | 'removeTeamMember';
type People = 'searchPeople' | 'getAvatar' | 'setAvatar' | 'removeAvatar';
type Transfer = 'exportUsers' | 'importUsers' | 'exportMe' | 'exportUser';
type Guests = 'listGuests' | 'inviteGuest' | 'updateGuest' | 'readInvitation' | 'acceptInvitation';

export function directoryHandlers(
  services: Services,
): Pick<Handlers, Groups | Roles | Teams | People | Guests | Transfer> {
  return {
    ...groupHandlers(services),
    ...roleHandlers(services),
    ...teamHandlers(services),
    ...peopleHandlers(services),
    ...guestHandlers(services),
    ...transferHandlers(services),
  };
}

function groupHandlers({ identity }: Services): Pick<Handlers, Groups> {
  return {
    updateGroup: (call) => identity.updateGroup(call.context, call.params.id, call.body),
    async listGroupAdmins(call) {
      const ids = await identity.groupManagers(call.context, call.params.id);
      const names = await identity.names(ids);
      return { items: ids.map((id) => ({ id, displayName: names.get(id) ?? '' })) };
    },
    addGroupAdmin: (call) =>
      identity.setGroupManager(call.context, call.params.id, call.params.subjectId, true),
    removeGroupAdmin: (call) =>
      identity.setGroupManager(call.context, call.params.id, call.params.subjectId, false),
  };
}

function roleHandlers({ identity: { roles } }: Services): Pick<Handlers, Roles> {
  return {
    listRolesOfUser: async (call) => ({ items: [...(await roles.ofUser(call.context, call.params.id))] }),
    listRoles: async (call) => ({ items: [...(await roles.list(call.context))] }),
    createRole: (call) => roles.create(call.context, call.body),
    updateRole: (call) => roles.update(call.context, call.params.id, call.body),
    orderRoles: async (call) => ({ items: [...(await roles.order(call.context, call.body.ids))] }),
    deleteRole: (call) => roles.delete(call.context, call.params.id),
    listAssignments: async (call) => ({
      items: [...(await roles.assignments(call.context, call.params.id))],
    }),
    assignRole: (call) =>
      roles.assign(call.context, call.params.id, {
        subjectId: call.params.subjectId,
        kind: call.body.kind,
        expiresAt: call.body.expiresAt ?? null,
      }),
    unassignRole: (call) => roles.unassign(call.context, call.params.id, call.params.subjectId),
  };
}

function teamHandlers({ identity: { teams } }: Services): Pick<Handlers, Teams> {
  return {
    listTeams: async (call) => ({ items: [...(await teams.list(call.context))] }),
    createTeam: (call) => teams.create(call.context, call.body),
    getTeam: (call) => teams.details(call.context, call.params.id),
    updateTeam: (call) => teams.update(call.context, call.params.id, call.body),
    deleteTeam: (call) => teams.delete(call.context, call.params.id),
    setTeamMember: (call) => teams.setMember(call.context, call.params.id, call.params.subjectId, call.body),
    removeTeamMember: (call) => teams.removeMember(call.context, call.params.id, call.params.subjectId),
  };
}

function peopleHandlers({ identity: { people, avatars } }: Services): Pick<Handlers, People> {
  return {
    searchPeople: async (call) => ({
      items: [...(await people.search(call.context, call.query.q, call.query.limit ?? 20))],
    }),
    async getAvatar(call) {
      const { image, version } = await avatars.get(call.params.id);
      const named = call.query.v === version;
      return {
        status: 200,
        headers: {
          'content-type': 'image/webp',
          'content-length': image.length,
          etag: `"${version}"`,
          'cache-control': named ? 'private, max-age=31536000, immutable' : 'private, no-cache',
          'content-security-policy': "default-src 'none'; sandbox",
        },
        body: image,
      };
    },
    setAvatar: (call) => avatars.setOwn(call.context, Buffer.from(call.body.image, 'base64')),
    removeAvatar: (call) => avatars.setOwn(call.context, null),
  };
}

function guestHandlers({ identity: { guests } }: Services): Pick<Handlers, Guests> {
  return {
    listGuests: async (call) => ({ items: [...(await guests.list(call.context))] }),
    inviteGuest: (call) => guests.invite(call.context, call.body),
    updateGuest: (call) => guests.update(call.context, call.params.id, call.body),
    readInvitation: (call) => guests.invitation(call.body.invitation),
    acceptInvitation: (call) => guests.accept(call.body.invitation, call.body.password),
  };
}

function transferHandlers(services: Services): Pick<Handlers, Transfer> {
  const { transfer } = services.identity;
  return {
    exportMe: (call) =>
      personalExport(services, call.context, call.scope, call.context.principal.userId ?? ''),
    exportUser: (call) => personalExport(services, call.context, call.scope, call.params.id),
    async exportUsers(call) {
      await services.identity.signIn.requireProof(call.context);
      const ids = call.query.ids?.split(',');
      const bare = call.scope.raw.method === 'HEAD';
      if (!bare)
        await services.audit.keep(call.context, {
          kind: 'directory.exported',
          details: { users: ids?.length ?? null },
        });
      return {
        status: 200,
        headers: {
          'content-type': 'text/csv; charset=utf-8',
          'content-disposition': 'attachment; filename="users.csv"',
          'cache-control': 'no-store',
        },
        body: bare ? null : encoded(transfer.export(call.context, ids)),
      };
    },
    async importUsers(call) {
      const { csv, dryRun = false, offset = 0, limit = 100 } = call.body;
      const { total, next, lines } = await transfer.import(call.context, { csv, dryRun, offset, limit });
      return { total, next, lines: [...lines] };
    },
  };
}

async function* encoded(lines: AsyncIterable<string>): AsyncIterable<Uint8Array> {
  for await (const line of lines) yield Buffer.from(line);
}
