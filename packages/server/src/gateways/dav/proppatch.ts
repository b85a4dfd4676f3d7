import { AppError } from '../../kernel/errors.ts';
import { parseHttpDate } from '../http-semantics/dates.ts';
import { liveProperties } from './live-properties.ts';
import { Multistatus } from './multistatus.ts';
import { preconditionOf } from './preconditions.ts';
import { requestHref, requireWrite, resolve, type DavRequest } from './request.ts';
import {
  clarkName,
  davChild,
  elementsOf,
  isDav,
  maxXmlBytes,
  parseXml,
  standalone,
  textOf,
} from './xml-in.ts';
import { emptyElement } from './xml-out.ts';

/** PROPPATCH (RFC 4918 section 9.2): all or nothing. Dead properties are kept as the XML element that came. */

interface Patch {
  /** By Clark name, as the tree takes them; null removes. */
  readonly changes: ReadonlyMap<string, string | null>;
  readonly modifiedAt: number | undefined;
  /** An empty element for each property named, and whether it may be changed. */
  readonly asked: ReadonlyMap<string, { readonly empty: string; readonly allowed: boolean }>;
}

const maxValueBytes = 65_536;

export async function handleProppatch(dav: DavRequest): Promise<void> {
  const patch = readPatch(await dav.body.whole(maxXmlBytes));
  const place = await resolve(dav, dav.path);
  const { found } = place;
  if (found === null) throw new AppError('not_found', 'nothing is there');
  requireWrite(found);
  await preconditionOf(dav, place);
  const allowed = [...patch.asked.values()].every((p) => p.allowed);
  if (allowed)
    await dav.services.tree.patchProperties(dav.context, found.node.id, patch.changes, patch.modifiedAt);
  const answer = new Multistatus(dav.res);
  answer.add(renderOutcome(requestHref(dav, found.node.kind), patch, allowed));
  answer.end();
}

/** @throws invalid_input, too_large */
export function readPatch(body: Buffer): Patch {
  const root = parseXml(body);
  if (!isDav(root, 'propertyupdate'))
    throw new AppError('invalid_input', 'the body is not a DAV:propertyupdate');
  const changes = new Map<string, string | null>();
  const asked = new Map<string, { readonly empty: string; readonly allowed: boolean }>();
  let modifiedAt: number | undefined;
  for (const instruction of elementsOf(root)) {
    const isSet = isDav(instruction, 'set');
    if (!isSet && !isDav(instruction, 'remove')) continue;
    const prop = davChild(instruction, 'prop');
    if (prop === undefined) throw new AppError('invalid_input', `DAV:${instruction.local} has no DAV:prop`);
    for (const element of elementsOf(prop)) {
      const name = clarkName(element);
      const time = isSet && name === '{DAV:}getlastmodified' ? parseHttpDate(textOf(element)) : null;
      if (time !== null) modifiedAt = time;
      else if (!liveProperties.has(name)) changes.set(name, isSet ? boundedValue(standalone(element)) : null);
      asked.set(name, {
        empty: emptyElement(element.uri, element.local),
        allowed: time !== null || !liveProperties.has(name),
      });
    }
  }
  if (asked.size === 0) throw new AppError('invalid_input', 'DAV:propertyupdate names no property');
  return { changes, modifiedAt, asked };
}

function boundedValue(xml: string): string {
  if (Buffer.byteLength(xml) > maxValueBytes)
    throw new AppError('too_large', `a property may have ${maxValueBytes} bytes at most`);
  return xml;
}

function renderOutcome(href: string, patch: Patch, done: boolean): string {
  let good = '';
  let refused = '';
  for (const { empty, allowed } of patch.asked.values()) {
    if (allowed) good += empty;
    else refused += empty;
  }
  const status = done ? '200 OK' : '424 Failed Dependency';
  let text = `<D:response><D:href>${href}</D:href>`;
  if (good !== '')
    text += `<D:propstat><D:prop>${good}</D:prop><D:status>HTTP/1.1 ${status}</D:status></D:propstat>`;
  if (refused !== '') {
    text +=
      `<D:propstat><D:prop>${refused}</D:prop><D:status>HTTP/1.1 403 Forbidden</D:status>` +
      '<D:error><D:cannot-modify-protected-property/></D:error></D:propstat>';
  }
  return `${text}</D:response>\n`;
}
