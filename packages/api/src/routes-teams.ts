/** Teams and their members. */
import { Type } from 'typebox';
import { Description, End, Label, byId, items, ofTwo, strict } from './parts.ts';
import { defineRoute } from './route.ts';
import { Team, TeamDetails } from './schemas-directory.ts';
import { Id } from './schemas.ts';

export const teamRoutes = {
  listTeams: defineRoute({
    id: 'listTeams',
    method: 'GET',
    path: '/teams',
    tag: 'teams',
    permission: 'self',
    summary: "Own teams: those that one is a member of; everybody's for commands on the machine itself",
    response: items(Team),
  }),
  createTeam: defineRoute({
    id: 'createTeam',
    method: 'POST',
    path: '/teams',
    tag: 'teams',
    permission: 'self',
    status: 201,
    summary:
      'Make a team to share with; `ownerId` is said by commands on the machine itself, and oneself else',
    body: Type.Object(
      {
        name: Label,
        description: Type.Optional(Description),
        ownerId: Type.Optional(Id),
      },
      strict,
    ),
    response: TeamDetails,
  }),
  getTeam: defineRoute({
    id: 'getTeam',
    method: 'GET',
    path: '/teams/:id',
    tag: 'teams',
    permission: 'self',
    params: byId,
    summary: 'A team and its members, for members',
    response: TeamDetails,
  }),
  updateTeam: defineRoute({
    id: 'updateTeam',
    method: 'PATCH',
    path: '/teams/:id',
    tag: 'teams',
    permission: 'self',
    params: byId,
    summary: 'Rename a team, as a manager; hand it to another manager, as its owner',
    body: Type.Object(
      {
        name: Type.Optional(Label),
        description: Type.Optional(Description),
        ownerId: Type.Optional(Id),
      },
      strict,
    ),
    response: TeamDetails,
  }),
  deleteTeam: defineRoute({
    id: 'deleteTeam',
    method: 'DELETE',
    path: '/teams/:id',
    tag: 'teams',
    permission: 'self',
    params: byId,
    summary: 'Remove an own team, and with it what was shared with it',
    responseKind: 'empty',
  }),
  setTeamMember: defineRoute({
    id: 'setTeamMember',
    method: 'PUT',
    path: '/teams/:id/members/:subjectId',
    tag: 'teams',
    permission: 'self',
    params: ofTwo,
    summary: 'Add or change a member, as a manager; managers are made by the owner',
    body: Type.Object({ manager: Type.Optional(Type.Boolean()), expiresAt: End }, strict),
    response: TeamDetails,
  }),
  removeTeamMember: defineRoute({
    id: 'removeTeamMember',
    method: 'DELETE',
    path: '/teams/:id/members/:subjectId',
    tag: 'teams',
    permission: 'self',
    params: ofTwo,
    summary: 'Remove a member, as a manager, or leave',
    responseKind: 'empty',
  }),
} as const;
