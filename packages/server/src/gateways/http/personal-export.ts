/** All that is kept of a person, as a zip: facts as JSON, and for the person the own files as they are now. */
import { namesOf } from '../../services/access/api.ts';
import { systemClock } from '../../kernel/clock.ts';
import type { Context } from '../../kernel/context.ts';
import { AppError, isAppError } from '../../kernel/errors.ts';
import type { Services } from '../contract.ts';
import { dispositionOf } from '../http-semantics/content-headers.ts';
import type { StreamAnswer } from './handler.ts';
import type { RequestScope } from './request-scope.ts';
import { listEntries } from './zip/zip-answer.ts';
import { zipBytes, zipLength, type ZipSource } from './zip/zip-stream.ts';

/** Newest first; older ones have expired by `activity.keepDays` or are more than anybody reads. */
const maxActivities = 10_000;

/** Of another person an admin gets the facts, not the files: those are behind rights that admins do not have. */
export async function personalExport(
  services: Services,
  context: Context,
  scope: RequestScope,
  userId: string,
): Promise<StreamAnswer> {
  const { principal } = context;
  if (principal.impersonatorId !== undefined)
    throw new AppError('forbidden', 'this is for the owner of the account alone', {
      details: { reason: 'impersonated' },
    });
  const own = principal.userId === userId;
  const asUser = own ? context : { ...context, principal: await services.identity.principalOf(userId) };
  const { login } = await services.identity.user(userId);
  const facts = await factsOf(services, asUser, userId);
  const activities = await activitiesOf(services, context, userId);
  const files = own ? await filesOf(services, context) : [];
  await services.audit.keep(context, { kind: 'data.exported', subjectId: userId });
  const all = { ...facts, 'activity.json': activities };
  const entries = [...Object.entries(all).map(([name, value]) => jsonEntry(name, value)), ...files];
  return {
    status: 200,
    headers: {
      'Content-Type': 'application/zip',
      'Content-Length': zipLength(entries),
      'Content-Disposition': dispositionOf('attachment', `${login}.zip`),
      'Cache-Control': 'no-store',
      'Accept-Ranges': 'none',
    },
    body: scope.raw.method === 'HEAD' ? null : zipBytes(entries),
  };
}

/** By file name. Tokens and sessions come without their secrets, which nobody has. */
async function factsOf(
  { access, identity, mail }: Services,
  context: Context,
  userId: string,
): Promise<Readonly<Record<string, unknown>>> {
  const grants = await access.grantsFor(context.principal);
  return {
    'profile.json': await identity.user(userId),
    'sessions.json': await identity.sessions(context),
    'tokens.json': await identity.tokens(context),
    'teams.json': await identity.teams.list(context),
    'guests.json': await identity.guests.list(context),
    'mail-wishes.json': await mail.wishes(context),
    'received.json': grants.map((grant) => ({
      nodeId: grant.nodeId,
      permissions: namesOf(grant.allow),
      by: grant.source,
      expiresAt: grant.expiresAt,
    })),
  };
}

/** As whoever asks may see them: they name files, which admins have no right to know of either. */
async function activitiesOf(
  { activity }: Services,
  context: Context,
  userId: string,
): Promise<readonly unknown[]> {
  const activities: unknown[] = [];
  for (let cursor: string | undefined; activities.length < maxActivities;) {
    const page = await activity.list(context, { user: userId }, 500, cursor);
    activities.push(...page.items);
    if (page.next === null) break;
    cursor = page.next;
  }
  return activities;
}

async function filesOf(services: Services, context: Context): Promise<readonly ZipSource[]> {
  try {
    const personal = await services.workspaces.bySlug(context, 'personal');
    const root = await services.tree.locate(context, personal.rootId);
    return await listEntries(services, context, [root], ['files']);
  } catch (error) {
    if (isAppError(error, 'not_found')) return []; // guests have no files of their own
    throw error;
  }
}

function jsonEntry(name: string, value: unknown): ZipSource {
  const bytes = Buffer.from(JSON.stringify(value, null, 2));
  return {
    name: Buffer.from(name),
    size: bytes.length,
    modifiedAt: systemClock.now(),
    folder: false,
    async *open() {
      yield bytes;
    },
  };
}
