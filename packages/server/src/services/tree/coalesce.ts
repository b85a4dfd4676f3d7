/** At most one run at a time; whoever calls meanwhile shares the next one, which starts after the call. */
export function coalesce(run: () => Promise<void>): () => Promise<void> {
  let last: Promise<void> = Promise.resolve();
  let queued: Promise<void> | null = null;
  return () => {
    if (queued !== null) return queued;
    const start = (): Promise<void> => {
      queued = null;
      return run();
    };
    queued = last = last.then(start, start);
    return queued;
  };
}
