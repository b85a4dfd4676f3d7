/**
 * The hashes of uploads that came in several chunks, for their receipts: the order in which the bytes came, over how many requests and nodes, lets
 * nobody hash them on the way. A duty reads them once afterwards, piece by piece.
 */
import { createHash } from 'node:crypto';
import { isAppError } from '../../kernel/errors.ts';
import type { SharingDeps } from './deps.ts';
import * as queries from './visit-queries.ts';

const batch = 100;

/** What can't be read now is tried again by the next run. @returns how many were made */
export async function hashReceipts(deps: SharingDeps, signal: AbortSignal): Promise<number> {
  const { sql, log } = deps;
  let made = 0;
  let after = '';
  for (;;) {
    const due = await sql.reader.all(queries.unhashedReceipts, { after, limit: batch });
    for (const { id, size, version } of due) {
      after = version;
      if (signal.aborted) return made;
      try {
        const sha256 = await hashOf(deps, version, Number(size), signal);
        await sql.transaction((tx) => tx.run(queries.setReceiptHash, { id, sha256 }));
        if (sha256 !== null) made++;
      } catch (error) {
        if (signal.aborted) return made;
        log.warn({ receipt: id, err: error }, 'no hash could be made for a receipt');
      }
    }
    if (due.length < batch) return made;
  }
}

/** @returns null where the version is gone or damaged: there is nothing to make it of any more */
async function hashOf(
  { contents }: SharingDeps,
  version: string,
  size: number,
  signal: AbortSignal,
): Promise<string | null> {
  const hash = createHash('sha256');
  let read = 0;
  try {
    for await (const piece of contents.stream(version, null, signal)) {
      hash.update(piece);
      read += piece.byteLength;
    }
  } catch (error) {
    if (isAppError(error, 'corrupt')) return null; // was logged where it was found
    throw error;
  }
  return read === size ? hash.digest('hex') : null;
}
