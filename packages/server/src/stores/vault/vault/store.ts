import { AppError, isAppError } from '../../../kernel/errors.ts';
import type { Clock } from '../../../kernel/clock.ts';
import type { StoreHealth } from '../../../kernel/service.ts';
import type { VaultStore } from '../contract.ts';
import { checkSecretName, checkSecretValue, isSecretName } from '../rules.ts';
import type { Session } from './session.ts';
import { at, encodePath, errorsOf, numberAt, textAt, type Answer, type Wire } from './wire.ts';

const pingMs = 2_000;
/** As long as a vault that failed is not asked for what is known. */
const restMs = 5_000;
const mostKnown = 1_000;
/** A name like those of secrets; nothing is ever kept under it. */
const probe = 'health';
const needed = ['create', 'read', 'update'];
const foldersAtOnce = 16;

/** Secrets in the KV version 2 engine, each the field `value` of an entry; what was read stays readable while the vault is away. */
export class KvVault implements VaultStore {
  readonly #wire: Wire;
  readonly #session: Session;
  readonly #mount: string;
  readonly #folder: string;
  readonly #clock: Clock;
  readonly #known = new Map<string, string>();
  #restUntil = -Infinity;

  /** @param mount path of the engine @param folder what all names begin with, empty or ending in `/` */
  constructor(wire: Wire, session: Session, mount: string, folder: string, clock: Clock) {
    this.#wire = wire;
    this.#session = session;
    this.#mount = mount;
    this.#folder = folder;
    this.#clock = clock;
  }

  async get(name: string): Promise<string | null> {
    const path = this.#path('data', name);
    const known = this.#known.get(name);
    if (known !== undefined && this.#clock.monotonic() < this.#restUntil) return known;
    try {
      const { value } = await this.#read(path);
      if (value === null) this.#known.delete(name);
      else this.#remember(name, value);
      return value;
    } catch (error) {
      if (!isAppError(error, 'unavailable') || known === undefined) throw error;
      this.#restUntil = this.#clock.monotonic() + restMs;
      return known;
    }
  }

  async put(name: string, value: string, options: { readonly createOnly?: boolean } = {}): Promise<void> {
    const path = this.#path('data', name);
    checkSecretValue(name, value);
    if (options.createOnly) await this.#create(path, name, value);
    else expect(await this.#write(path, value, null));
    this.#remember(name, value);
  }

  /** With all versions: nothing of it stays. */
  async delete(name: string): Promise<void> {
    const answer = await this.#session.call({ method: 'DELETE', path: this.#path('metadata', name) });
    if (answer.status !== 404) expect(answer);
    this.#known.delete(name);
  }

  /** The vault lists one folder at a time. */
  async list(prefix: string): Promise<readonly string[]> {
    const names: string[] = [];
    const start = prefix.slice(0, prefix.lastIndexOf('/') + 1);
    let folders = start === '' || isEntryName(start.slice(0, -1)) ? [start] : [];
    while (folders.length > 0) {
      const asked = folders.splice(0, foldersAtOnce);
      const found = (await Promise.all(asked.map((folder) => this.#entries(folder)))).flat();
      const fitting = found.filter((entry) => entry.startsWith(prefix));
      names.push(...fitting.filter((entry) => !entry.endsWith('/')));
      folders = [...folders, ...fitting.filter((entry) => entry.endsWith('/'))];
    }
    return names.sort();
  }

  /** Asks the vault for a new key of its own; it keeps the old ones for what they have encrypted. */
  async rotate(): Promise<void> {
    expect(await this.#session.call({ method: 'PUT', path: 'sys/rotate', body: {} }));
  }

  /** Whether the server could serve us, too: a token that has ended or a policy that was withdrawn shows here first. */
  async ping(): Promise<StoreHealth> {
    const health = await this.#wire.health(pingMs);
    const missing = await this.#withheld();
    if (missing.length > 0)
      throw new AppError(
        'unavailable',
        `the policy of the vault does not permit: ${missing.join(', ')} below ${this.#mount}`,
      );
    const { renewal } = this.#session;
    if (renewal !== null)
      throw new AppError('unavailable', `the token for the vault could not be renewed: ${renewal.message}`);
    return health;
  }

  /** What we need and may not. Nothing where the vault does not let us ask: its answers to real calls then have to tell. */
  async #withheld(): Promise<readonly string[]> {
    const path = `${this.#mount}data/${this.#folder}${probe}`;
    const answer = await this.#session.call({
      method: 'PUT',
      path: 'sys/capabilities-self',
      body: { paths: [path] },
      limitMs: pingMs,
    });
    const given = at(answer.body, 'data', path);
    if (answer.status !== 200 || !Array.isArray(given) || given.includes('root')) return [];
    return needed.filter((capability) => !given.includes(capability));
  }

  async close(): Promise<void> {
    this.#known.clear();
    await this.#session.close();
  }

  /** An entry whose newest version somebody has deleted is free, but has a version all the same. */
  async #create(path: string, name: string, value: string): Promise<void> {
    if (accepted(await this.#write(path, value, 0))) return;
    const { value: present, version } = await this.#read(path);
    if (present === null && version > 0 && accepted(await this.#write(path, value, version))) return;
    throw new AppError('conflict', `the secret "${name}" exists already`);
  }

  #write(path: string, value: string, version: number | null): Promise<Answer> {
    const body = { data: { value }, ...(version === null ? {} : { options: { cas: version } }) };
    return this.#session.call({ method: 'PUT', path, body });
  }

  async #read(path: string): Promise<{ readonly value: string | null; readonly version: number }> {
    const answer = await this.#session.call({ method: 'GET', path });
    const version = numberAt(answer.body, 'data', 'metadata', 'version');
    if (answer.status === 404) return { value: null, version };
    expect(answer);
    const value = textAt(answer.body, 'data', 'data', 'value');
    if (value === null) throw new AppError('corrupt', 'an entry in the vault has no text "value"');
    return { value, version };
  }

  async #entries(folder: string): Promise<readonly string[]> {
    const path = `${encodePath(`${this.#mount}metadata/${this.#folder}${folder}`)}?list=true`;
    const answer = await this.#session.call({ method: 'GET', path });
    if (answer.status === 404) return [];
    expect(answer);
    const keys = at(answer.body, 'data', 'keys');
    return Array.isArray(keys) ? keys.map((key) => folder + String(key)) : [];
  }

  #path(kind: 'data' | 'metadata', name: string): string {
    checkSecretName(name);
    if (!isEntryName(name))
      throw new AppError('invalid_input', `not a name of a secret in a vault: "${name}"`);
    return encodePath(`${this.#mount}${kind}/${this.#folder}${name}`);
  }

  #remember(name: string, value: string): void {
    this.#known.delete(name);
    this.#known.set(name, value);
    const [oldest] = this.#known.keys();
    if (this.#known.size > mostKnown && oldest !== undefined) this.#known.delete(oldest);
  }
}

/** Servers take parts that are only dots for steps in a path. */
function isEntryName(name: string): boolean {
  return isSecretName(name) && !/(^|\/)\.+(\/|$)/.test(name);
}

/** False where the entry has another version than the one named. @throws for every other refusal */
function accepted(answer: Answer): boolean {
  if (answer.status === 400 && errorsOf(answer.body).includes('check-and-set')) return false;
  expect(answer);
  return true;
}

function expect({ status, body }: Answer): void {
  if (status >= 200 && status < 300) return;
  if (status === 403) throw new AppError('unavailable', 'the policy of the vault does not permit it');
  const text = errorsOf(body);
  throw new AppError('unavailable', `the vault refuses with status ${status}${text && `: ${text}`}`);
}
