import { AppError, isAppError } from '../../kernel/errors.ts';
import type { Lock } from '../../services/locks/api.ts';
import type { Located, Precondition, Resolution, TreeNode } from '../../services/tree/api.ts';
import { evaluate, isConditional } from '../http-semantics/conditions.ts';
import { holds, type IfState } from './if-header.ts';
import { parseDestination } from './path.ts';
import { resolve, type DavRequest } from './request.ts';

const nothing: IfState = { etag: null, tokens: new Set() };

/**
 * Everything a request makes its success depend on (If-Match and its kin, the If header), as one function of what is
 * there now. It is asked once before the body is read, and by the tree again inside the transaction. Undefined where the
 * request has no conditions.
 */
export async function preconditionOf(dav: DavRequest, place: Resolution): Promise<Precondition | undefined> {
  const conditional = isConditional(dav.headers);
  const groups = dav.ifGroups;
  if (groups === null && !conditional) return undefined;
  const states = await loadStates(dav, place);
  const own = place.found?.node.id;
  const precondition: Precondition = (current) => {
    if (conditional && evaluate(dav.method, dav.headers, current) !== null) throw failed();
    if (groups === null) return;
    const now = (tag: string | null): IfState => {
      const state = states.get(tag) ?? nothing;
      if (tag !== null && !isSameResource(dav, tag)) return state;
      return { etag: current?.etag ?? null, tokens: current?.id === own ? state.tokens : nothing.tokens };
    };
    if (!holds(groups, now)) throw failed();
  };
  precondition(place.found?.node ?? null);
  return precondition;
}

function failed(): AppError {
  return new AppError('precondition_failed', 'a condition of the request does not hold');
}

async function loadStates(dav: DavRequest, place: Resolution): Promise<ReadonlyMap<string | null, IfState>> {
  const states = new Map<string | null, IfState>();
  for (const { tag } of dav.ifGroups ?? []) {
    states.set(tag, tag === null ? await stateOf(dav, place) : await stateOfTag(dav, tag));
  }
  return states;
}

/** A node and the locks on it. Of a free name: those of its folder, which are what making it needs. */
async function stateOf(dav: DavRequest, place: Resolution): Promise<IfState> {
  const at: Located | null = place.found ?? place.parent;
  if (at === null) return nothing;
  const locks: readonly Lock[] = await dav.services.locks.covering(null, at.chain);
  return { etag: place.found?.node.etag ?? null, tokens: new Set(locks.map((lock) => lock.token)) };
}

/** A tag that leads nowhere on this server describes nothing: only `Not` conditions hold there. */
async function stateOfTag(dav: DavRequest, tag: string): Promise<IfState> {
  try {
    return await stateOf(dav, await resolve(dav, parseDestination(tag, dav.hosts)));
  } catch (error) {
    if (isAppError(error) && ['not_found', 'invalid_input', 'unsupported', 'forbidden'].includes(error.code))
      return nothing;
    throw error;
  }
}

function isSameResource(dav: DavRequest, tag: string): boolean {
  try {
    const { segments } = parseDestination(tag, dav.hosts);
    return (
      segments.length === dav.path.segments.length &&
      segments.every((segment, i) => segment === dav.path.segments[i])
    );
  } catch {
    return false;
  }
}

/** Conditions of a request that only reads: 304 where nothing has changed. */
export async function readingStatus(dav: DavRequest, place: Resolution, node: TreeNode): Promise<304 | null> {
  const outcome = isConditional(dav.headers) ? evaluate(dav.method, dav.headers, node) : null;
  if (outcome?.status === 412) throw failed();
  if (dav.ifGroups !== null) {
    const states = await loadStates(dav, place);
    if (!holds(dav.ifGroups, (tag) => states.get(tag) ?? nothing)) throw failed();
  }
  return outcome === null ? null : 304;
}
