/** Passkeys in this browser. Only here is @simplewebauthn/browser used; it is loaded when somebody uses one. */
import type { Assertion, Attestation } from '@volvox/api';

/** Whether this browser has them here: it takes https, or this very machine. */
export const hasPasskeys =
  globalThis.isSecureContext === true && typeof globalThis.PublicKeyCredential === 'function';

type Json = Record<string, unknown>;

/** Null if the person stopped it, or the browser has no fitting key. */
export async function signWithPasskey(options: Json): Promise<Assertion | null> {
  const { startAuthentication } = await import('@simplewebauthn/browser');
  // The edges: the server's options and the browser's answers are handed through as they are.
  const optionsJSON = options as unknown as Parameters<typeof startAuthentication>[0]['optionsJSON'];
  const given = await startAuthentication({ optionsJSON }).catch(stopped);
  return given && (plain(given) as Assertion);
}

export async function makePasskey(options: Json): Promise<Attestation | null> {
  const { startRegistration } = await import('@simplewebauthn/browser');
  const optionsJSON = options as unknown as Parameters<typeof startRegistration>[0]['optionsJSON'];
  const made = await startRegistration({ optionsJSON }).catch(stopped);
  return made && (plain(made) as Attestation);
}

function stopped(): null {
  return null;
}

/** Without what is undefined: the server knows every field that may be there. */
function plain(value: object): unknown {
  return JSON.parse(JSON.stringify(value));
}
