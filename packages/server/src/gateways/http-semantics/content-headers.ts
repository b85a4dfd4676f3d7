import mime from 'mime';

/** Headers for sending what people uploaded from the application's own origin without letting a browser run it. */

export interface ContentHeaders {
  'Content-Type': string;
  'X-Content-Type-Options': 'nosniff';
  'Content-Disposition'?: string;
  'Content-Security-Policy'?: string;
}

interface Kind {
  /** As in `Node.mime`. */
  readonly type: string;
  readonly header: string;
  /** Whether a browser that shows it might run something in it, or fetch on its behalf. */
  readonly active: boolean;
}

const unknown: Kind = { type: 'application/octet-stream', header: 'application/octet-stream', active: false };
const sandbox =
  "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; frame-ancestors 'self'";

// A PDF runs in the viewer's own process without our origin, and Chromium's viewer shows nothing inside a sandbox.
const passive =
  /^(?:image\/(?!svg)|audio\/|video\/|font\/|text\/(?:plain|csv|markdown)$|application\/(?:pdf|octet-stream|zip|json)$)/;
// Our pages run scripts and styles of our origin: under another type a browser refuses to take an upload for one.
const runnable = /javascript|ecmascript|jscript|\/css$/;
const kinds = new Map<string, Kind>();

/** The media type by the name's extension; `application/octet-stream` where nothing is known. */
export function mimeOf(name: string): string {
  return kindOf(name).type;
}

/** The same with the charset that text is taken to have; for Content-Type and DAV:getcontenttype. */
export function contentTypeOf(name: string): string {
  return kindOf(name).header;
}

/**
 * `disposition` `inline` shows what is safe to show; anything active is sandboxed and offered as a download in either
 * case. `auto` leaves the header out for passive types (WebDAV clients do not read it).
 */
export function contentHeaders(name: string, disposition: 'inline' | 'attachment' | 'auto'): ContentHeaders {
  const kind = kindOf(name);
  const type = runnable.test(kind.type) ? 'text/plain; charset=utf-8' : kind.header;
  const headers: ContentHeaders = { 'Content-Type': type, 'X-Content-Type-Options': 'nosniff' };
  if (kind.active) headers['Content-Security-Policy'] = sandbox;
  if (kind.active || disposition === 'attachment')
    headers['Content-Disposition'] = dispositionOf('attachment', name);
  else if (disposition === 'inline') headers['Content-Disposition'] = dispositionOf('inline', name);
  return headers;
}

/** RFC 6266 with both forms of the name: ASCII for old clients, RFC 8187 for the rest. Nothing of `name` can end the header. */
export function dispositionOf(kind: 'inline' | 'attachment', name: string): string {
  const plain = name.replace(/[^\x20-\x7e]|["\\%]/g, '_');
  if (plain === name) return `${kind}; filename="${plain}"`;
  const encoded = encodeURIComponent(name.toWellFormed()).replace(
    /['()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `${kind}; filename="${plain}"; filename*=UTF-8''${encoded}`;
}

function kindOf(name: string): Kind {
  const dot = name.lastIndexOf('.');
  if (dot < 0) return unknown;
  const extension = name.slice(dot + 1).toLowerCase();
  const known = kinds.get(extension);
  if (known !== undefined) return known;
  const type = mime.getType(extension);
  if (type === null || !/^[a-z0-9]{1,16}$/.test(extension)) return unknown;
  const kind = {
    type,
    header: type.startsWith('text/') ? `${type}; charset=utf-8` : type,
    active: !passive.test(type),
  };
  kinds.set(extension, kind);
  return kind;
}
