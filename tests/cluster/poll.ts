/** Waits for a condition, never for a time. @throws when it does not hold by the deadline */
export async function poll(
  what: string,
  limitMs: number,
  holds: () => Promise<boolean> | boolean,
  everyMs = 50,
): Promise<void> {
  const deadline = performance.now() + limitMs;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`${what}: not within ${limitMs} ms`);
    await pause(everyMs);
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
