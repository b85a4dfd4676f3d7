/**
 * Buffers for streaming big contents, used again once their last holder gives them back. Fresh ones of this size make V8 mark its whole heap
 * every 30 MiB or so (measured: half of the time of a big download). Giving back is a favour, not a duty: what is not given back
 * is collected like anything else.
 */
export const pooledBytes = 256 * 1024;
const maxFree = 64;

const free: Buffer[] = [];
/** By memory, so that a view of a buffer is enough to give it back, and nothing can be given back twice. */
const lent = new WeakMap<ArrayBufferLike, Buffer>();

export function borrowBuffer(): Buffer {
  const buffer = free.pop() ?? Buffer.allocUnsafeSlow(pooledBytes);
  lent.set(buffer.buffer, buffer);
  return buffer;
}

/**
 * Call it when nobody will look at `piece` again; for a network write, in its callback. Anything that did not come from here is ignored, so
 * a consumer of contents may call it with every piece it got.
 */
export function giveBackBuffer(piece: Uint8Array): void {
  const buffer = lent.get(piece.buffer);
  if (buffer === undefined) return;
  lent.delete(piece.buffer);
  if (free.length < maxFree) free.push(buffer);
}
