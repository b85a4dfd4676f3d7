/** A browser for tests of what goes through pages: keeps cookies, follows what it is told, answers as the web application does. */
import { json, send } from '../http/testing.ts';

export const personPassword = 'correct horse 2';

/** One address, behind which one or more nodes listen. */
export interface Site {
  readonly issuer: string;
  readonly nodes: readonly { readonly server: { readonly port: number } }[];
}

/** Keeps cookies by name and path, and follows what it is told until it leaves the server. */
export class Browser {
  readonly #provider: Site;
  readonly #cookies = new Map<string, { readonly value: string; readonly path: string }>();
  csrf = '';
  /** Which node takes the next request. */
  node = 0;

  constructor(provider: Site) {
    this.#provider = provider;
  }

  async signIn(login: string, password = personPassword): Promise<void> {
    const answer = await this.rest('POST', '/session', { login, password });
    this.csrf = String(answer.json()['csrfToken']);
  }

  rest(method: string, path: string, body?: object) {
    return this.send(method, `/api/v1${path}`, body === undefined ? undefined : JSON.stringify(body), {
      ...(body === undefined ? {} : json),
      'x-csrf-token': this.csrf,
    });
  }

  form(path: string, fields: Readonly<Record<string, string>>, headers: Record<string, string> = {}) {
    return this.send('POST', path, new URLSearchParams(fields).toString(), {
      'content-type': 'application/x-www-form-urlencoded',
      ...headers,
    });
  }

  async send(method: string, path: string, body?: string, headers: Record<string, string> = {}) {
    const target = this.#provider.nodes[this.node % this.#provider.nodes.length];
    const pathname = path.split('?', 1)[0] ?? '';
    const cookie = [...this.#cookies]
      .filter(
        ([, kept]) => kept.path === '/' || pathname === kept.path || pathname.startsWith(`${kept.path}/`),
      )
      .map(([name, kept]) => `${name}=${kept.value}`)
      .join('; ');
    const answer = await send(
      target?.server.port ?? 0,
      { method, path, headers: { ...headers, ...(cookie === '' ? {} : { cookie }) } },
      body,
    );
    for (const line of [answer.headers['set-cookie'] ?? []].flat()) this.#keep(line);
    return answer;
  }

  /** Goes to an address of the provider. @returns where it ends up: outside, or at a page of the web application */
  async go(
    address: string | URL,
  ): Promise<{ readonly at: URL; readonly status: number; readonly text: string }> {
    let url = new URL(address, this.#provider.issuer);
    for (let hop = 0; hop < 10; hop++) {
      if (url.origin !== this.#provider.issuer || url.pathname.startsWith('/consent/'))
        return { at: url, status: 0, text: '' };
      const answer = await this.send('GET', url.pathname + url.search);
      const { location } = answer.headers;
      if (location === undefined) return { at: url, status: answer.status, text: answer.body.toString() };
      url = new URL(location, url);
    }
    throw new Error('goes round in circles');
  }

  /** As the page at /consent/<uid> does. @returns where it goes on, or what it asks */
  async answer(at: URL, allow = true): Promise<URL | 'reauthenticate' | 'refused'> {
    const uid = at.pathname.split('/')[2] ?? '';
    const next = await this.rest('POST', `/oidc/interactions/${uid}`, {});
    if (next.status !== 200) return 'refused';
    const { redirectTo, reauthenticate } = next.json();
    if (reauthenticate === true) return 'reauthenticate';
    if (typeof redirectTo === 'string') return new URL(redirectTo);
    const decided = await this.rest('POST', `/oidc/interactions/${uid}/decision`, { allow });
    return decided.status === 200 ? new URL(String(decided.json()['redirectTo'])) : 'refused';
  }

  /** Through log-in and consent until the client is reached. */
  async authorize(url: URL, allow = true): Promise<URL> {
    let { at, status, text } = await this.go(url);
    for (let step = 0; at.pathname.startsWith('/consent/') && step < 4; step++) {
      const next = await this.answer(at, allow);
      if (!(next instanceof URL)) throw new Error(next);
      ({ at, status, text } = await this.go(next));
    }
    if (at.origin === this.#provider.issuer) throw new Error(`stuck at ${at.href}: ${status} ${text}`);
    return at;
  }

  #keep(line: string): void {
    const [pair = '', ...attributes] = line.split(/; */);
    const cut = pair.indexOf('=');
    const [name, value] = [pair.slice(0, cut), pair.slice(cut + 1)];
    const path = attributes.find((each) => /^path=/i.test(each))?.slice(5) ?? '/';
    const gone = value === '' || attributes.some((each) => /^expires=thu, 01 jan 1970/i.test(each));
    if (gone) this.#cookies.delete(name);
    else this.#cookies.set(name, { value, path });
  }
}
