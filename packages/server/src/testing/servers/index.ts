/** External servers for tests: a common one per run, or one's own to be killed. Finds and starts; `provide.ts` installs. */
import type { ServerKind } from './recipe.ts';
import { recipes } from './recipes.ts';
import { run } from './running.ts';

export type { ServerKind } from './recipe.ts';
export { type FaultProxy, faultProxy } from './fault-proxy.ts';

export interface TestServer {
  readonly kind: ServerKind;
  /** A store URL as VOLVOX_* takes it. */
  readonly url: string;
  /** Variables that go with it: VAULT_TOKEN, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY. */
  readonly environment: Readonly<Record<string, string>>;
}

export interface OwnServer extends TestServer {
  readonly pid: number;
  /** SIGKILL, to it and all that it has forked; resolves when they are gone. */
  kill(): Promise<void>;
  /** Again, on the same port and data; resolves when it answers. */
  start(): Promise<void>;
  /** SIGSTOP: connections stay, nothing is answered. */
  freeze(): void;
  thaw(): void;
  /** Ends it and removes its folder. */
  stop(): Promise<void>;
}

export const serverKinds: readonly ServerKind[] = [...recipes.keys()];

const ofThisProcess = new Map<ServerKind, Promise<TestServer>>();

/**
 * The run's common server (VOLVOX_TEST_<KIND>, set by `npm test`), else one that is started for this process and ends with it.
 * null where it cannot be had, or where VOLVOX_TEST_SERVERS is `none`: skip. @throws instead where CI is set
 */
export async function sharedServer(kind: ServerKind): Promise<TestServer | null> {
  const given = noServers() ? null : givenServer(kind);
  if (given) return given;
  const known = ofThisProcess.get(kind);
  if (known) return known;
  if (skipReason(kind) !== false) return null;
  const started = startServer(kind);
  ofThisProcess.set(kind, started);
  return started;
}

/** For `{ skip: skipReason(kind) }` of tests with a private server: false where it can be started. @throws where it cannot and CI is set */
export function skipReason(kind: ServerKind): string | false {
  if (noServers()) return `VOLVOX_TEST_SERVERS=none: no ${kind} server is wanted`;
  if (recipes.get(kind)?.find()) return false;
  if (process.env['CI']) throw new Error(missing(kind));
  return missing(kind);
}

function noServers(): boolean {
  return process.env['VOLVOX_TEST_SERVERS'] === 'none';
}

/** A private one, to be killed and frozen. */
export async function startServer(kind: ServerKind): Promise<OwnServer> {
  if (noServers()) throw new Error(`VOLVOX_TEST_SERVERS=none: no ${kind} server is wanted`);
  const recipe = recipes.get(kind);
  const program = recipe?.find();
  if (!recipe || !program) throw new Error(missing(kind));
  const server = await run(recipe, program);
  return {
    kind,
    url: recipe.url(server.port),
    environment: recipe.environment?.(server.folder) ?? {},
    get pid() {
      return server.pid;
    },
    kill: () => server.kill(),
    start: () => server.start(),
    freeze: () => server.freeze(),
    thaw: () => server.thaw(),
    stop: () => server.stop(),
  };
}

/** The server that the environment names: JSON of `url` and `environment`. */
export function givenServer(kind: ServerKind): TestServer | null {
  const text = process.env[variableOf(kind)];
  if (!text) return null;
  const given: unknown = JSON.parse(text);
  if (typeof given !== 'object' || given === null || !('url' in given) || typeof given.url !== 'string')
    throw new Error(`${variableOf(kind)} is not {"url": "...", "environment": {...}}`);
  const environment = 'environment' in given && given.environment ? given.environment : {};
  return { kind, url: given.url, environment: Object.fromEntries(Object.entries(environment)) };
}

export function variableOf(kind: ServerKind): string {
  return `VOLVOX_TEST_${kind.toUpperCase()}`;
}

function missing(kind: ServerKind): string {
  return `no ${kind} server on this machine; \`npm test\` installs what it can, or name one in ${variableOf(kind)}`;
}
