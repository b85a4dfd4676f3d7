/** How an operation ended, seen from its client. */
import { isApiError } from '@volvox/client';
import type { ServerProcess } from '../harness/server-process.ts';

export type Outcome = 'acknowledged' | 'refused' | 'died' | 'hung';

/** Without an answer for `silenceMs` after the armed point was reached, it hangs. */
export async function attempt(
  server: ServerProcess,
  silenceMs: number,
  act: () => Promise<boolean>,
): Promise<Outcome> {
  const over = new AbortController();
  const died = server.exited.then((): Outcome => 'died');
  const hung = silence(server, silenceMs, over.signal);
  const acted = act().then(
    (good): Outcome => (good ? 'acknowledged' : 'refused'),
    // An answer of the server is a refusal; a broken connection belongs to a node that is dying.
    (error: unknown): Outcome | Promise<Outcome> => (isRefusal(error) ? 'refused' : died),
  );
  try {
    return await Promise.race([acted, died, hung]);
  } finally {
    over.abort();
  }
}

async function silence(server: ServerProcess, silenceMs: number, over: AbortSignal): Promise<Outcome> {
  while (!over.aborted && (await server.isArmed().catch(() => true))) await pause(20);
  await pause(silenceMs);
  return 'hung';
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}

function isRefusal(error: unknown): boolean {
  return (
    (isApiError(error) && error.status > 0) ||
    (error instanceof Error && error.message.includes('fault injected'))
  );
}
