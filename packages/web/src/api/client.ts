import { createClient, isApiError, type Me } from '@volvox/client';
import { useSession } from '../session/store.ts';

/** Calls whose 401 means "wrong password", not "your session is over". */
const ownAnswer = /\/api\/v1\/(session|session\/(second|passkey)|setup|me\/password)(\/options)?$/;

/** Answered 403 until the person has confirmed to be the one. */
async function wantsProof(answer: Response): Promise<boolean> {
  if (answer.status !== 403) return false;
  const problem: unknown = await answer
    .clone()
    .json()
    .catch(() => null);
  return (problem as { readonly code?: unknown } | null)?.code === 'step_up_required';
}

/**
 * The one client of the page. A request that meets an expired session waits until the person has signed in again, then is sent
 * once more with the new CSRF token: nothing typed or queued is lost. So is one that needs a confirmation.
 */
export const client = createClient({
  async fetch(input, init) {
    const first = await fetch(input, init);
    if (await wantsProof(first)) return (await useSession.getState().confirm()) ? fetch(input, init) : first;
    const address = input instanceof Request ? input.url : String(input);
    if (first.status !== 401 || ownAnswer.test(address) || !useSession.getState().me) return first;
    await useSession.getState().signInAgain();
    return fetch(input, { ...init, headers: freshHeaders(init?.headers) });
  },
});

function freshHeaders(old: HeadersInit | undefined): Headers {
  const headers = new Headers(old);
  if (headers.has('x-csrf-token'))
    for (const [name, value] of Object.entries(client.headers(true))) headers.set(name, value);
  return headers;
}

/** Asks who is signed in; null for nobody. */
export async function whoAmI(): Promise<Me | null> {
  try {
    return await client.call('me');
  } catch (error) {
    if (isApiError(error, 'unauthenticated') || isApiError(error, 'setup_required')) return null;
    throw error;
  }
}
