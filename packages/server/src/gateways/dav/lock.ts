import { AppError } from '../../kernel/errors.ts';
import type { Lock } from '../../services/locks/api.ts';
import type { Located, Precondition } from '../../services/tree/api.ts';
import { sendEmpty, sendXml } from './answer.ts';
import { submittedTokens } from './if-header.ts';
import { parseLockInfo, parseTimeout, type LockInfo } from './lock-request.ts';
import { activeLocks, heldOn } from './lock-view.ts';
import { preconditionOf } from './preconditions.ts';
import {
  depthOf,
  parentOf,
  requireWrite,
  resolve,
  resolveFound,
  resolveTarget,
  type DavRequest,
  type Place,
} from './request.ts';
import { maxXmlBytes } from './xml-in.ts';
import { declaration } from './xml-out.ts';

/** LOCK and UNLOCK (RFC 4918 sections 9.10 and 9.11). */

export async function handleLock(dav: DavRequest): Promise<void> {
  const timeoutMs = parseTimeout(dav.headers['timeout']);
  const body = await dav.body.whole(maxXmlBytes);
  if (body.length === 0) return refresh(dav, timeoutMs);
  const info = parseLockInfo(body);
  const depth = depthOf(dav, ['0', 'infinity'], 'infinity') === '0' ? '0' : 'infinity';
  const place = await resolveTarget(dav, dav.path);
  const precondition = await preconditionOf(dav, place);
  const input = { ...info, depth, timeoutMs } as const;
  if (place.found === null) return lockUnmapped(dav, place, input, precondition);
  requireWrite(place.found);
  const lock = await dav.services.locks.acquire(dav.context, place.found.chain, input);
  sendLock(dav, 200, place.found, lock, true);
}

/** A lock on a free name makes an empty file there, with the lock, in one transaction (section 7.3). */
async function lockUnmapped(
  dav: DavRequest,
  place: Place,
  input: LockInfo & Pick<Lock, 'depth'> & { readonly timeoutMs: number },
  precondition: Precondition | undefined,
): Promise<void> {
  const { services, context } = dav;
  const parent = parentOf(place);
  const empty = await services.contents.write(context, new Uint8Array(0), { size: 0 });
  const taken: Lock[] = [];
  const target = { parentId: parent.node.id, name: place.name };
  const { node } = await services.tree.putFile(context, target, empty, {
    onConflict: 'fail',
    ...(precondition && { precondition }),
    extra: async (tx, made) => {
      taken.length = 0; // the transaction may run again
      taken.push(await services.locks.lock(tx, context, [...parent.chain, made.id], input));
    },
  });
  const [lock] = taken;
  if (lock === undefined) throw new AppError('internal', 'the lock was not taken');
  const names = [...parent.names, node.name];
  sendLock(dav, 201, { ...parent, node, names, chain: [...parent.chain, node.id] }, lock, true);
}

/** Without a body: the lock named in the If header lives on (section 9.10.2). */
async function refresh(dav: DavRequest, timeoutMs: number): Promise<void> {
  const place = await resolve(dav, dav.path);
  const { found } = place;
  if (found === null) throw new AppError('not_found', 'nothing is there');
  const tokens = dav.ifGroups === null ? [] : submittedTokens(dav.ifGroups);
  const [token] = tokens;
  if (token === undefined || tokens.length > 1)
    throw new AppError('invalid_input', 'a refresh names one lock in its If header; a new lock has a body');
  await preconditionOf(dav, place);
  sendLock(
    dav,
    200,
    found,
    await dav.services.locks.refresh(dav.context, found.chain, token, timeoutMs),
    false,
  );
}

function sendLock(dav: DavRequest, status: number, located: Located, lock: Lock, isNew: boolean): void {
  const active = activeLocks(heldOn(located, [lock], dav.path), dav.clock.now());
  const xml = `${declaration}<D:prop xmlns:D="DAV:"><D:lockdiscovery>${active}</D:lockdiscovery></D:prop>\n`;
  sendXml(dav.res, status, xml, isNew ? { 'Lock-Token': `<${lock.token}>` } : {});
}

export async function handleUnlock(dav: DavRequest): Promise<void> {
  const header = dav.headers['lock-token'];
  // The npm package `webdav` leaves the brackets off; nothing else can be meant.
  const match = typeof header === 'string' ? /^\s*<?([^<>\s]+)>?\s*$/.exec(header) : null;
  if (match?.[1] === undefined) throw new AppError('invalid_input', 'a Lock-Token header is needed');
  const located = await resolveFound(dav, dav.path);
  await dav.services.locks.unlock(dav.context, located.chain, match[1]);
  sendEmpty(dav.res, 204);
}
