import { AppError, isAppError } from '../../kernel/errors.ts';
import { sendEmpty } from './answer.ts';
import { Refusal } from './errors.ts';
import { folderMethods } from './get.ts';
import { preconditionOf } from './preconditions.ts';
import {
  depthOf,
  parentOf,
  requireMember,
  requireWrite,
  resolve,
  resolveTarget,
  type DavRequest,
} from './request.ts';

/** MKCOL (RFC 4918 section 9.3). */
export async function handleMkcol(dav: DavRequest): Promise<void> {
  if (dav.body.present) throw new AppError('unsupported_media_type', 'MKCOL takes no body');
  const place = await resolveTarget(dav, dav.path);
  if (place.found !== null) throw exists();
  const parent = parentOf(place);
  await preconditionOf(dav, place);
  try {
    await dav.services.tree.createFolder(dav.context, parent.node.id, place.name, 'fail');
  } catch (error) {
    throw isAppError(error, 'conflict') ? exists() : error;
  }
  sendEmpty(dav.res, 201);
}

function exists(): Refusal {
  return new Refusal(405, 'conflict', 'something is there already', { headers: { Allow: folderMethods } });
}

/** DELETE: into the trash, whole or not at all. */
export async function handleDelete(dav: DavRequest): Promise<void> {
  const place = await resolve(dav, dav.path);
  const { found } = place;
  if (found === null) throw new AppError('not_found', 'nothing is there');
  depthOf(dav, found.node.kind === 'folder' ? ['infinity'] : ['0', '1', 'infinity'], 'infinity');
  requireMember(found);
  requireWrite(found);
  const precondition = await preconditionOf(dav, place);
  await dav.services.tree.trash(
    dav.context,
    found.node.id,
    precondition === undefined ? {} : { precondition },
  );
  sendEmpty(dav.res, 204);
}
