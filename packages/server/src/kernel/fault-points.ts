/**
 * Named crash points (docs/reference/reliability.md). Each operation that touches two stores passes one between its
 * steps. In production `reach` is a no-op; a test arms one point by name.
 */
export type Fault = 'exit' | 'error' | 'hang';

let armed: { readonly name: string; readonly fault: Fault } | null = null;
const known = new Set<string>();

/** Declares a point at import, so that a test can list all of them. */
export function definePoint(name: string): string {
  known.add(name);
  return name;
}

export function listPoints(): readonly string[] {
  return [...known].sort();
}

export function armPoint(name: string | null, fault: Fault = 'error'): void {
  armed = name === null ? null : { name, fault };
}

/** Whether the armed point is still to be reached. */
export function isArmed(): boolean {
  return armed !== null;
}

/** Returns undefined (no await needed) unless this point is armed. */
export function reach(name: string): Promise<void> | undefined {
  if (armed === null || armed.name !== name) return undefined;
  const { fault } = armed;
  armed = null; // once: whoever comes after is served
  if (fault === 'exit') process.kill(process.pid, 'SIGKILL');
  if (fault === 'error') return Promise.reject(new Error(`fault injected at ${name}`));
  return new Promise(() => {});
}
