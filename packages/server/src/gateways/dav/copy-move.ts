import { AppError, isAppError } from '../../kernel/errors.ts';
import type { Changed, Located } from '../../services/tree/api.ts';
import { sendEmpty } from './answer.ts';
import { parseDestination } from './path.ts';
import { preconditionOf } from './preconditions.ts';
import {
  depthOf,
  parentOf,
  requireMember,
  requireWrite,
  resolve,
  resolveTarget,
  type DavRequest,
  type Place,
} from './request.ts';

/** COPY and MOVE (RFC 4918 sections 9.8 and 9.9): one transaction each, so there is never half of one. */

interface Transfer {
  readonly source: Located;
  readonly place: Place;
  readonly target: Place;
  readonly parent: Located;
  readonly overwrite: boolean;
}

export async function handleCopy(dav: DavRequest): Promise<void> {
  const shallow = depthOf(dav, ['0', 'infinity'], 'infinity') === '0';
  const transfer = await prepare(dav, shallow);
  await preconditionOf(dav, transfer.place);
  const { source, parent, target, overwrite } = transfer;
  await finish(dav, overwrite, () =>
    dav.services.tree.copy(
      dav.context,
      source.node.id,
      { parentId: parent.node.id, name: target.name },
      { onConflict: overwrite ? 'overwrite' : 'fail', shallow },
    ),
  );
}

export async function handleMove(dav: DavRequest): Promise<void> {
  const { source, place, parent, target, overwrite } = await prepare(dav, false);
  depthOf(dav, source.node.kind === 'folder' ? ['infinity'] : ['0', 'infinity'], 'infinity');
  requireMember(source);
  requireWrite(source);
  const precondition = await preconditionOf(dav, place);
  await finish(dav, overwrite, () =>
    dav.services.tree.move(
      dav.context,
      source.node.id,
      { parentId: parent.node.id, name: target.name },
      {
        onConflict: overwrite ? 'overwrite' : 'fail',
        ...(precondition && { precondition }),
      },
    ),
  );
}

async function prepare(dav: DavRequest, shallow: boolean): Promise<Transfer> {
  const overwrite = overwriteOf(dav);
  const destination = parseDestination(headerText(dav.headers['destination']), dav.hosts);
  const place = await resolve(dav, dav.path);
  const source = place.found;
  if (source === null) throw new AppError('not_found', 'nothing is there');
  const target = await resolveTarget(dav, destination);
  refuseNesting(source, target, shallow);
  if (target.found !== null) requireMember(target.found);
  const parent = parentOf(target);
  if (target.found !== null && !overwrite) throw taken();
  return { source, place, target, parent, overwrite };
}

/** Source and destination must be two places, neither of them inside the other. */
function refuseNesting(source: Located, target: Place, shallow: boolean): void {
  const { id, kind } = source.node;
  if (target.found?.node.id === id) throw new AppError('forbidden', 'source and destination are the same');
  if (target.parent?.chain.includes(id) === true && kind === 'folder' && !shallow) {
    throw new AppError('forbidden', 'the destination is inside the source');
  }
  if (target.found !== null && source.chain.includes(target.found.node.id)) {
    throw new AppError('forbidden', 'the source is inside the destination');
  }
}

async function finish(dav: DavRequest, overwrite: boolean, work: () => Promise<Changed>): Promise<void> {
  let changed: Changed;
  try {
    changed = await work();
  } catch (error) {
    throw !overwrite && isAppError(error, 'conflict') ? taken() : error;
  }
  sendEmpty(dav.res, changed.created ? 201 : 204);
}

function taken(): AppError {
  return new AppError('precondition_failed', 'the destination exists, and Overwrite is F');
}

function overwriteOf(dav: DavRequest): boolean {
  const header = headerText(dav.headers['overwrite'])?.trim().toUpperCase() ?? 'T';
  if (header !== 'T' && header !== 'F') throw new AppError('invalid_input', 'Overwrite must be T or F');
  return header === 'T';
}

function headerText(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : undefined;
}
