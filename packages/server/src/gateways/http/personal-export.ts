/** All that is kept of a person, as a zip: facts as JSON, and for the person the own files as they are now. */
import { systemClock } from '../../kernel/clock.ts';
import type { Context } from '../../kernel/context.ts';
import { AppError, isAppError } from '../../kernel/errors.ts';
import type { Services } from '../contract.ts';
import { dispositionOf } from '../http-semantics/content-headers.ts';
import type { StreamAnswer } from './handler.ts';
import { personalFacts } from './personal-facts.ts';
import type { RequestScope } from './request-scope.ts';
import { listEntries } from './zip/zip-answer.ts';
import { zipBytes, zipLength, type ZipSource } from './zip/zip-stream.ts';

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
  await services.identity.signIn.requireProof(context);
  const own = principal.userId === userId;
  const asUser = own ? context : { ...context, principal: await services.identity.principalOf(userId) };
  const { login, displayName } = await services.identity.user(userId);
  const facts = await personalFacts({ services, asker: context, asUser, userId, own });
  const files = own ? await filesOf(services, context) : [];
  const bare = scope.raw.method === 'HEAD';
  if (!bare)
    await services.audit.keep(context, {
      kind: 'data.exported',
      subjectId: userId,
      details: { login, displayName },
    });
  const entries = [...facts.map(([name, bytes]) => entryOf(name, bytes)), ...files];
  return {
    status: 200,
    headers: {
      'Content-Type': 'application/zip',
      'Content-Length': zipLength(entries),
      'Content-Disposition': dispositionOf('attachment', `${login}.zip`),
      'Cache-Control': 'no-store',
      'Accept-Ranges': 'none',
    },
    body: bare ? null : zipBytes(entries),
  };
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

function entryOf(name: string, bytes: Uint8Array): ZipSource {
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
