import type { TreeNode } from '../../services/tree/api.ts';
import { contentTypeOf } from '../http-semantics/content-headers.ts';
import { httpDate } from '../http-semantics/dates.ts';
import { escapeText } from './xml-out.ts';

/** Properties that the server computes. Each gives its element as text, or '' where the resource has none such. */

export interface Quota {
  readonly used: number;
  readonly free: number | null;
}

/** One resource of an answer. `root`: the list of workspaces, which is no node. */
export interface Resource {
  readonly kind: 'file' | 'folder' | 'root';
  readonly name: string;
  /** Percent-encoded. */
  readonly href: string;
  readonly node: TreeNode | null;
  /** `lockdiscovery`'s inside, where the request asks for it. */
  readonly locks: string;
  /** Of the workspace, where the request asks for it. */
  readonly quota: Quota | null;
  /** Dead properties by Clark name, where the request asks for some. */
  readonly dead: ReadonlyMap<string, string> | undefined;
}

export interface LiveProperty {
  readonly name: string;
  /** The element without content, for `propname` and for what is missing. */
  readonly empty: string;
  /** What has to be fetched before `render`. */
  readonly needs?: 'locks' | 'quota';
  /** Given to `allprop`. RFC 4331 and our own extras come only by name. */
  readonly common: boolean;
  render(resource: Resource): string;
}

const oc = 'http://owncloud.org/ns';

const supportedLock =
  '<D:supportedlock><D:lockentry><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockentry>' +
  '<D:lockentry><D:lockscope><D:shared/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockentry></D:supportedlock>';

const properties: readonly LiveProperty[] = [
  dav('resourcetype', true, (r) =>
    r.kind === 'file' ? '<D:resourcetype/>' : '<D:resourcetype><D:collection/></D:resourcetype>',
  ),
  dav('displayname', true, (r) => `<D:displayname>${escapeText(r.name)}</D:displayname>`),
  dav('getcontentlength', true, (r) =>
    r.kind === 'file' && r.node ? `<D:getcontentlength>${r.node.size}</D:getcontentlength>` : '',
  ),
  dav('getcontenttype', true, (r) =>
    r.kind === 'file' ? `<D:getcontenttype>${contentTypeOf(r.name)}</D:getcontenttype>` : '',
  ),
  dav('getetag', true, (r) => (r.node ? `<D:getetag>${escapeText(r.node.etag)}</D:getetag>` : '')),
  dav('getlastmodified', true, (r) =>
    r.node ? `<D:getlastmodified>${httpDate(r.node.modifiedAt)}</D:getlastmodified>` : '',
  ),
  dav('creationdate', true, (r) =>
    r.node ? `<D:creationdate>${isoDate(r.node.createdAt)}</D:creationdate>` : '',
  ),
  dav('supportedlock', true, (r) => (r.kind === 'root' ? '<D:supportedlock/>' : supportedLock)),
  dav(
    'lockdiscovery',
    true,
    (r) => (r.locks === '' ? '<D:lockdiscovery/>' : `<D:lockdiscovery>${r.locks}</D:lockdiscovery>`),
    'locks',
  ),
  dav(
    'quota-used-bytes',
    false,
    (r) => (r.quota ? `<D:quota-used-bytes>${r.quota.used}</D:quota-used-bytes>` : ''),
    'quota',
  ),
  dav(
    'quota-available-bytes',
    false,
    (r) =>
      r.quota?.free == null
        ? ''
        : `<D:quota-available-bytes>${Math.max(0, r.quota.free)}</D:quota-available-bytes>`,
    'quota',
  ),
  owncloud('fileid', (r) => r.node?.id ?? ''),
  owncloud('id', (r) => r.node?.id ?? ''),
  owncloud('size', (r) => (r.node ? String(r.node.size) : '')),
  owncloud('checksums', (r) =>
    r.node?.sha256 == null ? '' : `<o:checksum>SHA256:${r.node.sha256}</o:checksum>`,
  ),
];

export const liveProperties: ReadonlyMap<string, LiveProperty> = new Map(properties.map((p) => [p.name, p]));
export const commonProperties: readonly LiveProperty[] = properties.filter((p) => p.common);

function dav(
  local: string,
  common: boolean,
  render: LiveProperty['render'],
  needs?: LiveProperty['needs'],
): LiveProperty {
  return { name: `{DAV:}${local}`, empty: `<D:${local}/>`, common, render, ...(needs && { needs }) };
}

function owncloud(local: string, content: (resource: Resource) => string): LiveProperty {
  const render = (resource: Resource): string => {
    const inner = content(resource);
    return inner === '' ? '' : `<o:${local} xmlns:o="${oc}">${inner}</o:${local}>`;
  };
  return { name: `{${oc}}${local}`, empty: `<o:${local} xmlns:o="${oc}"/>`, common: false, render };
}

/** RFC 3339 in whole seconds, as RFC 4918 section 15.1 wants it. */
function isoDate(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
