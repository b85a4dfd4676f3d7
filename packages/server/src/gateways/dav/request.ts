import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { Clock } from '../../kernel/clock.ts';
import type { Context } from '../../kernel/context.ts';
import { AppError, isAppError } from '../../kernel/errors.ts';
import { WRITE } from '../../services/access/api.ts';
import type { Above, Located, Resolution, TreeNode } from '../../services/tree/api.ts';
import type { WorkspaceRecord } from '../../services/workspaces/api.ts';
import type { GatewayRequest, Services } from '../contract.ts';
import type { RequestBody } from './body.ts';
import { Refusal } from './errors.ts';
import type { IfGroup } from './if-header.ts';
import { hrefOf, type DavPath } from './path.ts';

/** A request once it is known who asks for what; what the methods work on. */
export interface DavRequest {
  readonly services: Services;
  readonly clock: Clock;
  readonly request: GatewayRequest;
  readonly res: ServerResponse;
  readonly headers: IncomingHttpHeaders;
  readonly method: string;
  readonly path: DavPath;
  readonly body: RequestBody;
  readonly context: Context;
  /** The If header, parsed; null without one. */
  readonly ifGroups: readonly IfGroup[] | null;
  /** Names under which clients reach this server, for Destination and tags. */
  readonly hosts: readonly string[];
}

/** Where a path led, in which workspace. */
export interface Place extends Resolution {
  readonly workspace: WorkspaceRecord;
}

/**
 * The folder above comes along only where nothing is found.
 * @throws not_found for a workspace that is not there or may not be read; forbidden for `/dav` itself
 */
export function resolve(dav: DavRequest, path: DavPath): Promise<Place> {
  return resolvePlace(dav, path, 'ifMissing');
}

async function resolvePlace(dav: DavRequest, path: DavPath, above: Above): Promise<Place> {
  const [slug, ...segments] = path.segments;
  if (slug === undefined) throw new AppError('forbidden', 'the list of workspaces can only be read');
  const workspace = await dav.services.workspaces.bySlug(dav.context, slug);
  const { found, parent, name } = await dav.services.tree.resolve(dav.context, workspace, segments, above);
  return { found, parent, name, workspace };
}

/** The node a path leads to. @throws not_found */
export async function resolveFound(dav: DavRequest, path: DavPath): Promise<Located> {
  const { found } = await resolve(dav, path);
  if (found === null) throw new AppError('not_found', 'nothing is there');
  return found;
}

/** For something that is to be made, in the folder above: nothing may be made beside the workspaces, which are made elsewhere. */
export async function resolveTarget(dav: DavRequest, path: DavPath): Promise<Place> {
  try {
    return await resolvePlace(dav, path, 'always');
  } catch (error) {
    if (path.segments.length === 1 && isAppError(error, 'not_found'))
      throw new AppError('forbidden', 'a workspace can not be made over WebDAV');
    if (isAppError(error, 'not_found')) throw missingParent();
    throw error;
  }
}

/** The folder in which the last name of a path is to be made. @throws Refusal 409 if it is missing or a file, forbidden without WRITE */
export function parentOf(place: Resolution): Located {
  if (place.parent === null || place.parent.node.kind !== 'folder') throw missingParent();
  requireWrite(place.parent);
  return place.parent;
}

function missingParent(): Refusal {
  return new Refusal(409, 'conflict', 'the folder above is not there');
}

/** Refuses early and cheaply; the service decides again inside its transaction. */
export function requireWrite(located: Located): void {
  if ((located.permissions & WRITE) === 0) throw new AppError('forbidden', 'writing is not permitted here');
}

/** @throws forbidden for the root of a workspace and for a mount, which are neither moved nor deleted where they show */
export function requireMember(located: Located): void {
  if (located.mounted === true)
    throw new AppError(
      'forbidden',
      'it is shown here, but lives elsewhere: it can not be moved, replaced or deleted',
      {
        details: { reason: 'mount' },
      },
    );
  if (located.names.length === 0)
    throw new AppError('forbidden', 'a workspace itself can not be moved, replaced or deleted');
}

/** What was asked for, in the client's own spelling (clients compare it with theirs), with a folder's closing slash. */
export function requestHref(dav: DavRequest, kind: TreeNode['kind']): string {
  const [slug = '', ...names] = dav.path.segments;
  return hrefOf(slug, names, kind === 'folder');
}

export type Depth = '0' | '1' | 'infinity';

/** The Depth header. @throws invalid_input for a value that is not among `allowed` */
export function depthOf(dav: DavRequest, allowed: readonly Depth[], absent: Depth): Depth {
  const header = dav.headers['depth'];
  if (header === undefined) return absent;
  const value = String(header).trim().toLowerCase();
  const depth = allowed.find((d) => d === value);
  if (depth === undefined)
    throw new AppError('invalid_input', `Depth must be one of ${allowed.join(', ')} here`);
  return depth;
}
