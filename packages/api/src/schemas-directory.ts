/** What the directory's routes speak of beside users and groups. */
import { Type, type Static } from 'typebox';
import { Id, Time, User } from './schemas.ts';

const Nullable = <T extends Parameters<typeof Type.Union>[0][number]>(t: T) => Type.Union([t, Type.Null()]);
const End = Nullable(Time);

export const AssignedRole = Type.Object({
  id: Id,
  label: Type.String(),
  description: Type.String(),
  autoGroupId: Nullable(Id),
  auto: Nullable(Type.Object({ attribute: Type.String(), value: Type.String() })),
});
export type AssignedRole = Static<typeof AssignedRole>;

export const RoleAssignment = Type.Object({
  subjectId: Id,
  kind: Type.Union([Type.Literal('user'), Type.Literal('group')]),
  name: Type.String(),
  expiresAt: End,
});
export type RoleAssignment = Static<typeof RoleAssignment>;

export const RoleOfUser = Type.Object({
  id: Id,
  kind: Type.Union([Type.Literal('group'), Type.Literal('team'), Type.Literal('assigned')]),
  name: Type.String(),
  expiresAt: End,
});
export type RoleOfUser = Static<typeof RoleOfUser>;

const TeamRole = Type.Union([Type.Literal('owner'), Type.Literal('manager'), Type.Literal('member')]);

export const Team = Type.Object({
  id: Id,
  name: Type.String(),
  description: Type.String(),
  roleId: Id,
  owner: Type.Object({ id: Id, displayName: Type.String() }),
  role: TeamRole,
});
export type Team = Static<typeof Team>;

export const TeamMember = Type.Object({
  id: Id,
  displayName: Type.String(),
  avatar: Nullable(Type.String()),
  guest: Type.Boolean(),
  role: TeamRole,
  expiresAt: End,
});
export type TeamMember = Static<typeof TeamMember>;

export const TeamDetails = Type.Object({ ...Team.properties, members: Type.Array(TeamMember) });
export type TeamDetails = Static<typeof TeamDetails>;

/** Somebody or some people to share with. */
export const Person = Type.Object({
  kind: Type.Union([Type.Literal('user'), Type.Literal('group'), Type.Literal('team')]),
  id: Id,
  roleId: Id,
  name: Type.String(),
  detail: Nullable(Type.String({ description: 'login, mail address or owner; whatever may be shown' })),
  avatar: Nullable(Type.String()),
  guest: Type.Boolean(),
});
export type Person = Static<typeof Person>;

export const Invited = Type.Object({
  user: User,
  mailed: Type.Boolean(),
  path: Nullable(
    Type.String({
      description: 'to be handed over below this server, where no mail could be sent; shown this once',
    }),
  ),
});
export type Invited = Static<typeof Invited>;

export const Invitation = Type.Object({
  login: Type.String(),
  displayName: Type.String(),
  inviter: Nullable(Type.String()),
});
export type Invitation = Static<typeof Invitation>;

export const ImportLine = Type.Object({
  line: Type.Integer({ description: 'in the file; the header is line 1' }),
  login: Type.String(),
  outcome: Type.Union([
    Type.Literal('created'),
    Type.Literal('changed'),
    Type.Literal('unchanged'),
    Type.Literal('failed'),
  ]),
  problem: Nullable(Type.String()),
});
export type ImportLine = Static<typeof ImportLine>;
