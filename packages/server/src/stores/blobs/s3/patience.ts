/** How long an aborted request may go on: one that is cut off may be carried out by the server at any later time. */
const graceMs = 2_000;

/** Aborts a while after `signal` does. `end` it when the request has its answer. */
export function patientSignal(signal: AbortSignal | undefined): {
  readonly signal: AbortSignal;
  end(): void;
} {
  const late = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const onAbort = (): void => void (timer = setTimeout(() => late.abort(), graceMs));
  if (signal?.aborted) onAbort();
  else signal?.addEventListener('abort', onAbort);
  return {
    signal: late.signal,
    end() {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    },
  };
}
