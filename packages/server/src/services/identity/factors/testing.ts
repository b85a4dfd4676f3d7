/** For tests of signing in: somebody with a phone and a key in the pocket, on a cluster of nodes over one database. */
import { createHash, createSign, generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto';
import { isoCBOR } from '@simplewebauthn/server/helpers';
import { Secret, TOTP } from 'otpauth';
import type { Context } from '../../../kernel/context.ts';
import { isAppError, type AppError } from '../../../kernel/errors.ts';
import type { OpenedSession } from '../api.ts';
import { client, contextOf, setUp, type TestCluster, type TestNode } from '../testing.ts';
import type { Assertion, AssertionOptions, Attestation, CreationOptions, SecondMethod, Site } from './api.ts';

export const site: Site = { origin: 'https://files.example', rpId: 'files.example' };
export const password = 'a quiet lighthouse';

/** An authenticator app. */
export function codeAt(secret: string, time: number): string {
  return TOTP.generate({ secret: Secret.fromBase32(secret), timestamp: time });
}

const bytes = (text: string): Buffer => Buffer.from(text, 'base64url');
const text = (data: Uint8Array): string => Buffer.from(data).toString('base64url');
const sha256 = (data: string | Uint8Array): Buffer => createHash('sha256').update(data).digest();

/** A security key in software: ES256, attestation `none`. */
export class SoftKey {
  readonly id = text(randomBytes(32));
  counter = 0;
  /** Whether it looks at its owner. */
  verifies = true;
  #key: KeyObject | null = null;
  #handle = '';

  create(options: CreationOptions, at: Site = site): Attestation {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    this.#key = privateKey;
    this.#handle = options.user.id;
    const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
    const cose = new Map<number, number | Uint8Array<ArrayBuffer>>([
      [1, 2],
      [3, -7],
      [-1, 1],
      [-2, new Uint8Array(bytes(x))],
      [-3, new Uint8Array(bytes(y))],
    ]);
    const length = Buffer.alloc(2);
    length.writeUInt16BE(bytes(this.id).length);
    const attested = [Buffer.alloc(16), length, bytes(this.id), isoCBOR.encode(cose)];
    const authData = Buffer.concat([this.#data(at, 0x40), ...attested]);
    const object = new Map<string, unknown>([
      ['fmt', 'none'],
      ['attStmt', new Map()],
      ['authData', new Uint8Array(authData)],
    ]);
    const clientDataJSON = this.#clientData('webauthn.create', options.challenge, at);
    return {
      ...{ id: this.id, rawId: this.id, type: 'public-key', clientExtensionResults: {} },
      response: {
        clientDataJSON,
        attestationObject: text(isoCBOR.encode(object as Parameters<typeof isoCBOR.encode>[0])),
      },
    };
  }

  get(options: Pick<AssertionOptions, 'challenge'>, at: Site = site): Assertion {
    if (this.#key === null) throw new Error('this key was never registered');
    this.counter++;
    const data = this.#data(at, 0);
    const clientDataJSON = this.#clientData('webauthn.get', options.challenge, at);
    const signed = Buffer.concat([data, sha256(bytes(clientDataJSON))]);
    const signature = createSign('sha256').update(signed).sign(this.#key);
    return {
      ...{ id: this.id, rawId: this.id, type: 'public-key', clientExtensionResults: {} },
      response: {
        clientDataJSON,
        authenticatorData: text(data),
        signature: text(signature),
        userHandle: this.#handle,
      },
    };
  }

  #data(at: Site, flags: number): Buffer {
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(this.counter);
    return Buffer.concat([sha256(at.rpId), Buffer.of(flags | 1 | (this.verifies ? 4 : 0)), counter]);
  }

  #clientData(type: string, challenge: string, at: Site): string {
    return text(Buffer.from(JSON.stringify({ type, challenge, origin: at.origin, crossOrigin: false })));
  }
}

export interface Person {
  readonly id: string;
  readonly login: string;
}

export interface World {
  readonly cluster: TestCluster;
  readonly node: TestNode;
  readonly admin: Context;
  person(login: string, admin?: boolean): Promise<Person>;
  login(login: string, on?: TestNode): Promise<OpenedSession>;
  /** A session whose owner was proved just now. */
  context(login: string): Promise<Context>;
  /** Gives somebody an authenticator app. */
  withTotp(login: string): Promise<{ readonly secret: string; readonly recovery: readonly string[] }>;
  withKey(login: string, key: SoftKey): Promise<void>;
  /** The code of the next half minute: no earlier one counts after it. */
  nextCode(secret: string): string;
  /** What a right password leads to where a second step is missing. */
  challenge(
    login: string,
    on?: TestNode,
  ): Promise<{ readonly challenge: string; readonly methods: readonly SecondMethod[] }>;
}

export async function openWorld(cluster: TestCluster): Promise<World> {
  const { node, admin } = await setUp(cluster);
  const signIn = node.identity.signIn;
  const codeNow = (secret: string): string => codeAt(secret, cluster.clock.time);
  const world: World = {
    cluster,
    node,
    admin,
    async person(login, isAdmin = false) {
      const user = await node.identity.createUser(admin, { login, password, admin: isAdmin });
      return { id: user.id, login };
    },
    login: (login, on = node) => on.identity.login(login, password, client, false),
    context: async (login) => contextOf((await world.login(login)).principal),
    async withTotp(login) {
      const context = await world.context(login);
      const { secret } = await signIn.beginTotp(context);
      const recovery = (await signIn.confirmTotp(context, codeNow(secret))) ?? [];
      return { secret, recovery };
    },
    async withKey(login, key) {
      const context = await world.context(login);
      const options = await signIn.beginPasskey(context, site);
      await signIn.addPasskey(context, key.create(options), 'my key', site);
    },
    nextCode(secret) {
      cluster.clock.time += 30_000;
      return codeNow(secret);
    },
    async challenge(login, on = node) {
      const { details } = await refusal(world.login(login, on), 'second_factor_required');
      return details as { challenge: string; methods: SecondMethod[] };
    },
  };
  return world;
}

/** The error of a call that must fail with this code. */
export async function refusal(
  call: Promise<unknown>,
  code: AppError['code'],
  reason?: string,
): Promise<AppError> {
  try {
    await call;
  } catch (error) {
    if (isAppError(error, code) && (reason === undefined || error.details['reason'] === reason)) return error;
    throw error;
  }
  throw new Error(`expected ${code}, but it went through`);
}
