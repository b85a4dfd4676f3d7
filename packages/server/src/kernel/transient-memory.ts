/**
 * Frees the buffers of big uploads early. Each piece of a body comes in memory of its own that is garbage once written, and V8, which sees
 * so much of it go by, marks its whole heap every few dozen MiB: on two cores that took as much time as the upload itself, and the memory
 * of several uploads added up meanwhile. Collecting the young generation alone frees them in a millisecond.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const everyBytes = 4 * 1024 * 1024;

type Collect = (options: { readonly type: 'minor' }) => void;

let passed = 0;
let collect: Collect | null | undefined;

/** Call it for memory that is let go of soon. */
export function noteTransient(bytes: number): void {
  passed += bytes;
  if (passed < everyBytes) return;
  passed = 0;
  if (collect === undefined) collect = collector();
  collect?.({ type: 'minor' });
}

/** The function that `--expose-gc` gives, without giving it to everybody; null where the engine has none. */
function collector(): Collect | null {
  setFlagsFromString('--expose-gc');
  const found: unknown = runInNewContext('globalThis.gc');
  setFlagsFromString('--no-expose-gc');
  return typeof found === 'function' ? (found as Collect) : null;
}
