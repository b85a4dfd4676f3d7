/** A directory, by LDAP. Every call has a connection of its own: a bind changes who a connection is. */
import type { LdapConnectorSettings } from '@volvox/api';
import { Client, InvalidCredentialsError, SizeLimitExceededError, type Entry } from 'ldapts';
import { AppError } from '../../kernel/errors.ts';
import type { Profile } from './api.ts';
import { profileOf } from './mapping.ts';

const connectTimeoutMs = 5_000;
const timeoutMs = 15_000;
const pageSize = 500;

export class LdapDirectory {
  readonly #settings: LdapConnectorSettings;
  readonly #secret: string;

  constructor(settings: LdapConnectorSettings, secret: string) {
    this.#settings = settings;
    this.#secret = secret;
  }

  /** Null if the password is wrong or there is nobody, after the same steps. @throws unavailable */
  async verify(login: string, password: string): Promise<Profile | null> {
    // An empty password is an "unauthenticated bind", which succeeds for whatever name (RFC 4513 section 5.1.2).
    if (password === '') return null;
    return this.#asService(async (client) => {
      const entry = await this.#find(client, login);
      // Without anybody found a bind is tried all the same, so that the time tells nothing.
      const dn = entry?.dn ?? `cn=nobody-${login.replace(/[^a-z0-9]/gi, '')},${this.#settings.base}`;
      const right = await this.#binds(dn, password);
      return right && entry !== null ? this.#profile(client, entry) : null;
    });
  }

  /** Everybody, page by page. @throws unavailable */
  async *everybody(): AsyncGenerator<{ readonly profile: Profile | null; readonly dn: string }> {
    const client = await this.#connect();
    try {
      const { base, listFilter } = this.#settings;
      const pages = client.searchPaginated(base, {
        ...this.#wanted(),
        filter: listFilter,
        paged: { pageSize },
      });
      for await (const { searchEntries } of pages)
        for (const entry of searchEntries)
          yield { profile: await this.#profile(client, entry), dn: entry.dn };
    } catch (error) {
      throw translate(error);
    } finally {
      await client.unbind().catch(() => undefined);
    }
  }

  async #asService<T>(work: (client: Client) => Promise<T>): Promise<T> {
    const client = await this.#connect();
    try {
      return await work(client);
    } catch (error) {
      throw translate(error);
    } finally {
      await client.unbind().catch(() => undefined);
    }
  }

  async #connect(): Promise<Client> {
    const client = this.#client();
    try {
      if (this.#settings.startTls) await client.startTLS(this.#tls());
      if (this.#settings.bindDn !== '') await client.bind(this.#settings.bindDn, this.#secret);
      return client;
    } catch (error) {
      await client.unbind().catch(() => undefined);
      if (error instanceof InvalidCredentialsError)
        throw new AppError('unavailable', 'the directory refuses the bind DN or its password', {
          cause: error,
        });
      throw translate(error);
    }
  }

  #client(): Client {
    const { url } = this.#settings;
    return new Client({
      url,
      timeout: timeoutMs,
      connectTimeout: connectTimeoutMs,
      ...(url.startsWith('ldaps:') ? { tlsOptions: this.#tls() } : {}),
    });
  }

  #tls() {
    const { ca, url } = this.#settings;
    const host = new URL(url).hostname;
    return { ...(ca === null ? {} : { ca }), servername: /^[\d.]+$|:/.test(host) ? '' : host, host };
  }

  async #binds(dn: string, password: string): Promise<boolean> {
    const client = this.#client();
    try {
      if (this.#settings.startTls) await client.startTLS(this.#tls());
      await client.bind(dn, password);
      return true;
    } catch (error) {
      // Also where the name is no DN at all, or the account is locked there: it is not a log-in.
      if (error instanceof InvalidCredentialsError || isAnswer(error)) return false;
      throw translate(error);
    } finally {
      await client.unbind().catch(() => undefined);
    }
  }

  /** Two of the same name are nobody. */
  async #find(client: Client, login: string): Promise<Entry | null> {
    const { base, userFilter } = this.#settings;
    const filter = userFilter.replaceAll('{login}', () => escapeFilter(login));
    try {
      const { searchEntries } = await client.search(base, { ...this.#wanted(), filter, sizeLimit: 2 });
      return searchEntries.length === 1 ? (searchEntries[0] ?? null) : null;
    } catch (error) {
      if (error instanceof SizeLimitExceededError) return null;
      throw error;
    }
  }

  #wanted() {
    const s = this.#settings;
    const names = [s.idAttribute, s.loginAttribute, s.nameAttribute, s.emailAttribute, s.memberOfAttribute];
    const binary = s.idAttribute.toLowerCase() === 'objectguid' ? [s.idAttribute] : [];
    return {
      scope: 'sub' as const,
      attributes: [...names, ...Object.values(s.attributes)].filter((name) => name !== ''),
      explicitBufferAttributes: binary,
    };
  }

  async #profile(client: Client, entry: Entry): Promise<Profile | null> {
    const s = this.#settings;
    const groups =
      s.memberOfAttribute === '' ? await this.#groups(client, entry.dn) : entry[s.memberOfAttribute];
    return profileOf(
      {
        id: entry[s.idAttribute],
        login: entry[s.loginAttribute],
        name: entry[s.nameAttribute],
        email: entry[s.emailAttribute],
        groups,
        attribute: (name) => entry[name],
      },
      s,
    );
  }

  async #groups(client: Client, dn: string): Promise<readonly string[]> {
    const { groupBase, groupFilter } = this.#settings;
    if (groupBase === '') return [];
    const filter = groupFilter.replaceAll('{dn}', () => escapeFilter(dn));
    const found = await client.search(groupBase, {
      scope: 'sub',
      filter,
      attributes: ['cn'],
      sizeLimit: 1000,
    });
    return found.searchEntries.map((entry) => entry.dn);
  }
}

/** RFC 4515 section 3. */
export function escapeFilter(text: string): string {
  return text.replace(/[\\*()\0]/g, (sign) => `\\${sign.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

/** The server has said no, unlike where it could not be reached. */
function isAnswer(error: unknown): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'number';
}

function translate(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const text = error instanceof Error ? error.message : String(error);
  return new AppError('unavailable', `the directory cannot be asked: ${text}`, {
    cause: error,
    retryable: true,
  });
}
