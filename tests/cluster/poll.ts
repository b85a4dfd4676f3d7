import { until } from '../../packages/server/src/testing/expectations.ts';

/** Waits for a condition, never for a time. @throws when it does not hold by the deadline */
export async function poll(
  what: string,
  limitMs: number,
  holds: () => Promise<boolean> | boolean,
  everyMs = 50,
): Promise<void> {
  await until(holds, what, limitMs, everyMs);
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
