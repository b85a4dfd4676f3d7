import type { OutgoingHttpHeaders } from 'node:http';
import { AppError } from '../../kernel/errors.ts';
import type { StoredContent, WriteOptions } from '../../services/contents/api.ts';
import type { Located, TreeService } from '../../services/tree/api.ts';
import { sendEmpty } from './answer.ts';
import { Refusal } from './errors.ts';
import { folderMethods } from './get.ts';
import { preconditionOf } from './preconditions.ts';
import { parentOf, requireWrite, resolveTarget, type DavRequest, type Place } from './request.ts';

/** Bodies up to this size are read whole before they are stored: one buffer is cheaper than a stream of pieces. */
const wholeBody = 256 * 1024;

/** PUT: everything that can be known is refused before the body is asked for; the transaction decides again afterwards. */
export async function handlePut(dav: DavRequest): Promise<void> {
  if (dav.headers['content-range'] !== undefined)
    throw new AppError('invalid_input', 'PUT takes no Content-Range'); // RFC 9110 section 14.5
  const place = await resolveTarget(dav, dav.path);
  if (place.found?.node.kind === 'folder') {
    throw new Refusal(405, 'conflict', 'a folder is there', { headers: { Allow: folderMethods } });
  }
  const target = targetOf(place);
  if (dav.path.slash) throw new Refusal(409, 'conflict', 'the path ends like that of a folder');
  if (place.found !== null) requireWrite(place.found);
  const precondition = await preconditionOf(dav, place);
  const content = await store(dav, target.at);
  const modifiedAt = statedTime(dav);
  const changed = await dav.services.tree.putFile(dav.context, target.to, content, {
    onConflict: 'replace',
    ...(precondition && { precondition }),
    ...(modifiedAt !== null && { modifiedAt }),
  });
  const headers: OutgoingHttpHeaders = { ETag: changed.node.etag, 'OC-ETag': changed.node.etag };
  if (modifiedAt !== null) headers['X-OC-MTime'] = 'accepted';
  sendEmpty(dav.res, changed.created ? 201 : 204, headers);
}

/** Where the content goes. A mounted file takes it as what it is: the folder that it shows in is not its own. */
function targetOf(place: Place): {
  readonly at: Located;
  readonly to: Parameters<TreeService['putFile']>[1];
} {
  const { found } = place;
  if (found?.mounted === true) return { at: found, to: { nodeId: found.node.id } };
  const parent = parentOf(place);
  return { at: found ?? parent, to: { parentId: parent.node.id, name: place.name } };
}

async function store(dav: DavRequest, at: Located): Promise<StoredContent> {
  const { length } = dav.body;
  const expect = statedDigest(dav);
  const room = await roomFor(dav, at);
  if (room !== null && length !== null && length > room)
    throw new AppError('quota_exceeded', 'the quota does not leave room for this');
  const options: WriteOptions = {
    ...(length !== null && { size: length }),
    ...(expect !== null && { expect }),
    ...(room !== null && { room }),
  };
  if (length !== null && length <= wholeBody) {
    return dav.services.contents.write(dav.context, await dav.body.whole(wholeBody), options);
  }
  await requireUnlocked(dav, at);
  return dav.services.contents.write(dav.context, dav.body.stream(), options);
}

/** Bytes that the quota leaves; null without one, which costs nothing to know. */
async function roomFor(dav: DavRequest, { workspace }: Located): Promise<number | null> {
  if (workspace.quota === null) return null;
  return (await dav.services.tree.usage(workspace)).free;
}

/** Spares a big body the way to a certain 423. Locks of the folder count only for what is new in it. */
async function requireUnlocked(dav: DavRequest, at: Located): Promise<void> {
  const locks = await dav.services.locks.covering(null, at.chain);
  const tokens = dav.context.lockTokens;
  if (locks.length > 0 && !locks.some((lock) => tokens.includes(lock.token)))
    throw new AppError('locked', 'a lock forbids the change');
}

/** X-OC-Mtime: seconds since 1970, as ownCloud's clients and rclone send it. Anything else is ignored. */
function statedTime(dav: DavRequest): number | null {
  const header = dav.headers['x-oc-mtime'];
  const match = typeof header === 'string' ? /^\s*(\d{1,11})(?:\.\d*)?\s*$/.exec(header) : null;
  return match === null ? null : Number(match[1]) * 1000;
}

const digestLengths = { sha256: 64, sha1: 40, md5: 32 } as const;

/** The strongest of OC-Checksum (`SHA1:...`, may list several) and X-Content-SHA256. */
function statedDigest(dav: DavRequest): WriteOptions['expect'] | null {
  const own = dav.headers['x-content-sha256'];
  const stated = typeof own === 'string' ? `SHA256:${own}` : dav.headers['oc-checksum'];
  if (typeof stated !== 'string') return null;
  for (const algorithm of ['sha256', 'sha1', 'md5'] as const) {
    const match = new RegExp(`(?:^|\\s)${algorithm}:(\\S+)`, 'i').exec(stated);
    if (match?.[1] === undefined) continue;
    const digest = match[1].toLowerCase();
    if (digest.length !== digestLengths[algorithm] || /[^0-9a-f]/.test(digest))
      throw new AppError('invalid_input', 'the stated checksum is malformed');
    return { algorithm, digest };
  }
  return null;
}
