import { AppError } from './errors.ts';

/** A parsed store URL. `path` is decoded; `toString` never shows a password. */
export interface StoreUrl {
  readonly scheme: string;
  readonly hosts: readonly { readonly host: string; readonly port: number | null }[];
  readonly username: string | null;
  readonly password: string | null;
  /** For `file:` and `sqlite:` the file or folder, as written; for others what follows the hosts, without the first slash. */
  readonly path: string;
  readonly parameters: ReadonlyMap<string, string>;
  /** The URL with its password and secret parameters masked. */
  toString(): string;
  /** As it was given, secrets and all: for the vault, never for a person or a log. */
  reveal(): string;
}

const secretParameters = /pass|pwd|secret|token|key|auth$/i;
const withoutCredentials = /^(?:file|sqlite|memory):/;

const escapes = 'in a password / @ : # ? are written %2F %40 %3A %23 %3F';

/**
 * Of a path that cannot be meant: it is not quoted, since with a sign of a password that was not written as %2F it is the rest of the password.
 * @param wanted what it should be, with an example
 */
export function wrongPath(wanted: string): AppError {
  return new AppError('invalid_input', `what follows the host is not ${wanted}; ${escapes}`);
}

/** Parses `scheme:path?x=y` and `scheme://user:pass@h1:1,h2:2/path?x=y`. @throws invalid_input, password never in the text */
export function parseStoreUrl(text: string): StoreUrl {
  const match = /^([a-z][a-z0-9+.-]*):(.*)$/s.exec(text);
  if (!match)
    throw new AppError('invalid_input', `not a store URL (expected "scheme:..."): ${redactUrl(text)}`);
  const [, scheme = '', rest = ''] = match;
  const cut = rest.indexOf('?');
  const main = cut < 0 ? rest : rest.slice(0, cut);
  const parameters = new Map(new URLSearchParams(cut < 0 ? '' : rest.slice(cut + 1)));
  const redacted = redactUrl(text);
  const network = main.startsWith('//');
  const slash = network ? main.indexOf('/', 2) : 0;
  const authority = network ? main.slice(2, slash < 0 ? undefined : slash) : '';
  const afterHosts = rest.slice(network ? authority.length + 2 : 0);
  if (afterHosts.includes('@') && !mayFollow(scheme, network, authority))
    throw new AppError('invalid_input', `an "@" follows the hosts in ${redacted}; ${escapes}`);
  const base = { scheme, parameters, toString: () => redacted, reveal: () => text };
  if (!network) return { ...base, hosts: [], username: null, password: null, path: decode(main, redacted) };
  const at = authority.lastIndexOf('@');
  const [user, ...secret] = at < 0 ? [null] : authority.slice(0, at).split(':');
  return {
    ...base,
    hosts: authority
      .slice(at + 1)
      .split(',')
      .filter((h) => h !== '')
      .map((h) => parseHost(h, redacted)),
    username: user == null ? null : decode(user, redacted),
    password: secret.length === 0 ? null : decode(secret.join(':'), redacted),
    path: slash < 0 ? '' : decode(main.slice(slash + 1), redacted),
  };
}

/**
 * Whether an "@" may stand in what follows the hosts. Elsewhere the credentials go on further than they seem to, and what looks like host,
 * port or path is a part of the password.
 */
function mayFollow(scheme: string, network: boolean, authority: string): boolean {
  if (withoutCredentials.test(`${scheme}:`)) return true;
  // Keys of objects may hold one.
  return scheme === 's3' && network && (authority.includes('@') || !authority.includes(':'));
}

function parseHost(text: string, redacted: string): { host: string; port: number | null } {
  const match = /^(\[[0-9a-fA-F:.]+\]|[^:[\]]+)(?::(\d{1,5}))?$/.exec(text);
  const port = match?.[2] === undefined ? null : Number(match[2]);
  if (!match?.[1] || (port !== null && (port < 1 || port > 65535))) {
    // What stands for a port may be a password whose host was forgotten.
    throw new AppError(
      'invalid_input',
      `bad host or port in ${redacted.replace(text, text.replace(/:.*/s, ':***'))}`,
    );
  }
  return { host: match[1].replace(/^\[|\]$/g, ''), port };
}

function decode(text: string, redacted: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new AppError('invalid_input', `bad percent-encoding in ${redacted}`);
  }
}

/** Masks whatever may be a password, in well-formed and in broken URLs alike: too much rather than too little. */
function redactUrl(text: string): string {
  return maskCredentials(text).replace(/([?&])([^=&]+)=([^&]*)/g, (all, mark: string, name: string) =>
    secretParameters.test(name) ? `${mark}${name}=***` : all,
  );
}

/** Up to the last "@": a password that was not escaped may hold one, and also what seems to end the hosts. */
function maskCredentials(text: string): string {
  const at = text.lastIndexOf('@');
  if (at < 0 || withoutCredentials.test(text)) return text;
  const slashes = text.slice(0, at).indexOf('://');
  const from = slashes < 0 ? 0 : slashes + 3;
  const credentials = text.slice(from, at);
  const end = credentials.indexOf(':');
  // NATS takes a token where others have a user.
  if (end < 0) return text.startsWith('nats:') ? `${text.slice(0, from)}***${text.slice(at)}` : text;
  return `${text.slice(0, from + end)}:***${text.slice(at)}`;
}

/** @throws invalid_input naming the variable and what is allowed, for a scheme or parameter nobody knows */
export function checkParameters(
  variable: string,
  url: StoreUrl,
  allowed: Readonly<Record<string, string>>,
): void {
  for (const name of url.parameters.keys()) {
    if (!Object.hasOwn(allowed, name)) {
      const list = Object.keys(allowed).join(', ') || 'none';
      throw new AppError(
        'invalid_input',
        `${variable}: unknown parameter "${name}" in ${url.toString()} (allowed: ${list})`,
      );
    }
  }
}
