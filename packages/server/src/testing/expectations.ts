import { inspect } from 'node:util';

/** The error of a promise that must fail, with all of it that could show a secret. */
export async function failure(promise: Promise<unknown>): Promise<{ code: unknown; text: string }> {
  const error: unknown = await promise.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof Error)) throw new Error('expected an error');
  const parts: string[] = [];
  for (let e: unknown = error; e instanceof Error; e = e.cause) parts.push(e.stack ?? '', JSON.stringify(e));
  return { code: Reflect.get(error, 'code'), text: parts.join('\n') };
}

/** Patient, since machines that test are busy; what holds is seen at once all the same. */
const patienceMs = 30_000;
const everyMs = 10;

type Found<T> = Exclude<T, false | null | undefined>;

/**
 * The one way in which tests wait: asks until there is an answer (neither false, null nor undefined). What the question throws ends the wait.
 * @param what shown where it does not come, asked for then where it has to be; without it the text of the question
 * @throws with the last answer
 */
export async function until<T>(
  ask: () => T | Promise<T>,
  what: string | (() => Promise<string>) = String(ask),
  limitMs = patienceMs,
  stepMs = everyMs,
): Promise<Found<T>> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    const answer = await ask();
    if (answer !== false && answer !== null && answer !== undefined) return answer as Found<T>;
    if (performance.now() > deadline) {
      const text = typeof what === 'string' ? what : await what();
      throw new Error(`not within ${limitMs / 1000} s: ${text}; last seen: ${inspect(answer)}`);
    }
    await pause(stepMs);
  }
}

/** As `until`, for a value that has to become the right one. @throws with the last value */
export async function untilIs<T>(
  read: () => T | Promise<T>,
  holds: (value: T) => boolean,
  what = String(holds),
  limitMs = patienceMs,
): Promise<T> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    const value = await read();
    if (holds(value)) return value;
    if (performance.now() > deadline)
      throw new Error(`not within ${limitMs / 1000} s: ${what}; last seen: ${inspect(value, { depth: 6 })}`);
    await pause();
  }
}

/** Tries until it does not fail. @throws the last failure */
export async function eventually<T>(work: () => Promise<T>, limitMs = patienceMs): Promise<T> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await pause();
    }
  }
}

function pause(ms = everyMs): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

export function succeeds(promise: Promise<unknown>): Promise<boolean> {
  return promise.then(
    () => true,
    () => false,
  );
}

/** How many milliseconds it takes. */
export async function took(promise: Promise<unknown>): Promise<number> {
  const from = performance.now();
  await promise;
  return performance.now() - from;
}
