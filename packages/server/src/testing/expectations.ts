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

/** Polls until `condition` holds. @throws naming what did not come */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string,
  limitMs = 20_000,
): Promise<void> {
  const deadline = performance.now() + limitMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`still waiting: ${what}`);
    await new Promise((done) => setTimeout(done, 10));
  }
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
