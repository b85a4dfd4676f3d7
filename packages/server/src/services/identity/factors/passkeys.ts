/**
 * Passkeys and security keys (WebAuthn level 3). Only here is @simplewebauthn/server used. A ceremony's challenge is a row of `Challenges`:
 * it is taken, and the counter moved on, in the transaction that the answer is used in.
 */
import type {
  AuthenticationResponseJSON,
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
  RegistrationResponseJSON,
} from '@simplewebauthn/server';
import type { Clock } from '../../../kernel/clock.ts';
import { AppError } from '../../../kernel/errors.ts';
import { newId } from '../../../kernel/ids.ts';
import type { SqlReader, SqlTransaction } from '../../../stores/sql/contract.ts';
import { checkLabel } from '../input.ts';
import { hashSecret } from '../secrets.ts';
import { challengeOver, lifeMs, type Challenges } from './challenges.ts';
import * as queries from './queries.ts';
import type { PasskeyRow } from './tables.ts';
import type { UseInside } from './totp.ts';

/** As the browser sees this server. Browsers only sign for the host they are on, so a wrong one here proves nothing to anybody. */
export interface Site {
  readonly origin: string;
  /** The host without port. */
  readonly rpId: string;
}

export type Assertion = AuthenticationResponseJSON;
export type Attestation = RegistrationResponseJSON;
export type AssertionOptions = PublicKeyCredentialRequestOptionsJSON;
export type CreationOptions = PublicKeyCredentialCreationOptionsJSON;

/** Loaded with the first passkey: it brings a library of certificates. */
const library = () => import('@simplewebauthn/server');

const mayHave = 20;

export class Passkeys {
  readonly #challenges: Challenges;
  readonly #clock: Clock;
  readonly #name: () => string;

  constructor(challenges: Challenges, clock: Clock, name: () => string) {
    this.#challenges = challenges;
    this.#clock = clock;
    this.#name = name;
  }

  /** `user: null`: whoever has a key for this site, which then must look at its owner (PIN, finger) as well. */
  async askFor(tx: SqlTransaction, site: Site, userId: string | null): Promise<AssertionOptions> {
    const purpose = userId === null ? 'passkey' : 'assertion';
    const keys = userId === null ? [] : await tx.all(queries.passkeysOfUser, { userId });
    const { generateAuthenticationOptions } = await library();
    return generateAuthenticationOptions({
      rpID: site.rpId,
      challenge: bytesOf(await this.#challenges.issue(tx, purpose, { userId, data: {} })),
      allowCredentials: keys.map(credentialOf),
      userVerification: userId === null ? 'required' : 'preferred',
      timeout: lifeMs[purpose],
    });
  }

  /** Null unless it is a right answer by a key of this user (null: of any). What it returns must be run before anything is opened. */
  async check(
    reader: SqlReader,
    site: Site,
    userId: string | null,
    assertion: Assertion,
  ): Promise<{ readonly userId: string; readonly use: UseInside } | null> {
    const row = await reader.get(queries.passkeyByCredential, { hash: hashSecret(assertion.id) });
    if (row === undefined || (userId !== null && row.user_id !== userId)) return null;
    const handle = assertion.response.userHandle ?? '';
    if ((handle !== '' || userId === null) && handle !== handleOf(row.user_id)) return null;
    const token = challengeIn(assertion.response.clientDataJSON);
    const purpose = userId === null ? 'passkey' : 'assertion';
    const asked = await this.#challenges.peek(reader, purpose, token);
    if (asked === null || asked.userId !== userId) return null;
    const counter = await verifiedCounter(assertion, row, site, token, userId === null);
    if (counter === null) return null;
    const use: UseInside = async (tx) => {
      await this.#challenges.take(tx, purpose, token);
      const at = this.#clock.now();
      return (await tx.run(queries.usePasskey, { id: row.id, seen: row.counter, counter, at })) === 1;
    };
    return { userId: row.user_id, use };
  }

  async beginCreation(
    tx: SqlTransaction,
    site: Site,
    user: { readonly userId: string; readonly login: string; readonly displayName: string },
  ): Promise<CreationOptions> {
    const { userId } = user;
    const keys = await tx.all(queries.passkeysOfUser, { userId });
    if (keys.length >= mayHave) throw new AppError('conflict', 'there are too many passkeys: remove some');
    const { generateRegistrationOptions } = await library();
    return generateRegistrationOptions({
      rpName: this.#name(),
      rpID: site.rpId,
      userName: user.login,
      userDisplayName: user.displayName,
      userID: new Uint8Array(Buffer.from(userId)),
      challenge: bytesOf(await this.#challenges.issue(tx, 'creation', { userId, data: {} })),
      attestationType: 'none',
      excludeCredentials: keys.map(credentialOf),
      authenticatorSelection: { residentKey: 'required', userVerification: 'preferred' },
      timeout: lifeMs.creation,
    });
  }

  /** @throws invalid_input if the answer is not one to this user's challenge, conflict if the key is known */
  async finishCreation(
    reader: SqlReader,
    site: Site,
    userId: string,
    attestation: Attestation,
    name: string,
  ): Promise<(tx: SqlTransaction) => Promise<string>> {
    const label = checkLabel(name);
    const token = challengeIn(attestation.response.clientDataJSON);
    const asked = await this.#challenges.peek(reader, 'creation', token);
    if (asked?.userId !== userId) throw challengeOver();
    const { credential, credentialDeviceType } = await verifiedCreation(attestation, site, token);
    return async (tx) => {
      await this.#challenges.take(tx, 'creation', token);
      const id = newId();
      await tx.run(queries.insertPasskey, {
        id,
        userId,
        hash: hashSecret(credential.id),
        credentialId: credential.id,
        publicKey: Buffer.from(credential.publicKey).toString('base64url'),
        counter: credential.counter,
        transports: (credential.transports ?? []).join(' ').slice(0, 100),
        name: label,
        synced: credentialDeviceType === 'multiDevice' ? 1 : 0,
        at: this.#clock.now(),
      });
      return id;
    };
  }
}

async function verifiedCounter(
  assertion: Assertion,
  row: PasskeyRow,
  site: Site,
  challenge: string,
  userVerified: boolean,
): Promise<number | null> {
  const { verifyAuthenticationResponse } = await library();
  try {
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response: assertion,
      expectedChallenge: challenge,
      expectedOrigin: site.origin,
      expectedRPID: site.rpId,
      credential: {
        id: row.credential_id,
        publicKey: new Uint8Array(Buffer.from(row.public_key, 'base64url')),
        counter: row.counter,
      },
      requireUserVerification: userVerified,
    });
    return verified ? authenticationInfo.newCounter : null;
  } catch {
    return null; // the library throws where something does not fit: origin, signature, counter
  }
}

async function verifiedCreation(attestation: Attestation, site: Site, challenge: string) {
  const { verifyRegistrationResponse } = await library();
  const { verified, registrationInfo } = await verifyRegistrationResponse({
    response: attestation,
    expectedChallenge: challenge,
    expectedOrigin: site.origin,
    expectedRPID: site.rpId,
    requireUserVerification: false,
  }).catch((cause: unknown) => {
    throw new AppError('invalid_input', 'this key was not made for this site', { cause });
  });
  if (!verified) throw new AppError('invalid_input', 'this key was not made for this site');
  return registrationInfo;
}

function credentialOf(row: PasskeyRow): { readonly id: string; readonly transports?: string[] } {
  const transports = row.transports === '' ? [] : row.transports.split(' ');
  return transports.length === 0 ? { id: row.credential_id } : { id: row.credential_id, transports };
}

/** As `beginCreation` gave it to the key: the id in UTF-8. */
function handleOf(userId: string): string {
  return Buffer.from(userId).toString('base64url');
}

function bytesOf(token: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(token, 'base64url'));
}

/** What the browser says it answers; '' if that can't be read. */
function challengeIn(clientDataJson: string): string {
  try {
    const data: unknown = JSON.parse(Buffer.from(clientDataJson, 'base64url').toString('utf8'));
    const challenge = (data as { readonly challenge?: unknown } | null)?.challenge;
    return typeof challenge === 'string' ? challenge : '';
  } catch {
    return '';
  }
}

/** What people are shown of one. */
export function presentPasskey({ id, name, created_at, last_used_at }: PasskeyRow) {
  return { id, name, createdAt: created_at, lastUsedAt: last_used_at };
}
