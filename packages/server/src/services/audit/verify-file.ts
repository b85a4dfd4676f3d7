import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { AppError } from '../../kernel/errors.ts';
import type { AuditCheckpoint, AuditRow, AuditVerdict } from './api.ts';
import { exportFormat } from './export.ts';
import { hashOf } from './canonical.ts';
import { keyIdOf } from './signer.ts';
import { verifyChain, type ChainItem } from './verify.ts';

/** What a verdict on a file rests on. */
export interface FileVerdict extends AuditVerdict {
  /** `given`: the key was brought along; `file`: it is the one that the file names, which whoever made the file may have chosen. */
  readonly key: 'given' | 'file';
  readonly keyIds: readonly string[];
}

interface Header {
  readonly format: string;
  readonly whole: boolean;
  readonly keys: readonly { readonly id: string; readonly publicKey: string }[];
}

/**
 * Proves an exported audit log (JSON lines) without a server. @param publicKey PEM; without it the file's own key is believed
 * @throws invalid_input where it is no export
 */
export async function verifyAuditFile(file: string, publicKey?: string): Promise<FileVerdict> {
  const lines = linesOf(file);
  const header = headerOf((await lines.next()).value);
  const keys =
    publicKey === undefined
      ? new Map(header.keys.map((key) => [keyIdOf(key.publicKey), key.publicKey]))
      : new Map([[keyIdOf(publicKey), publicKey]]);
  const verdict = await (header.whole ? verifyChain(itemsOf(lines), { keys }) : verifyRows(itemsOf(lines)));
  // An export ends with a checkpoint: without one its end was cut off.
  const unsigned = header.whole && verdict.ok && verdict.last !== null && verdict.signedUpTo !== verdict.last;
  const fault = unsigned
    ? { seq: verdict.last ?? 0, what: 'the end of the file is not signed' }
    : verdict.fault;
  return {
    ...verdict,
    ok: fault === null,
    fault,
    key: publicKey === undefined ? 'file' : 'given',
    keyIds: [...keys.keys()],
  };
}

async function* linesOf(file: string): AsyncGenerator<string, undefined> {
  for await (const line of createInterface({ input: createReadStream(file, 'utf8'), crlfDelay: Infinity }))
    if (line !== '') yield line;
}

function headerOf(line: string | undefined): Header {
  const header = parse(line ?? '') as Partial<Header>;
  if (header.format !== exportFormat || !Array.isArray(header.keys))
    throw new AppError('invalid_input', 'that is no exported audit log (JSON lines)');
  return header as Header; // checked
}

async function* itemsOf(lines: AsyncIterable<string>): AsyncGenerator<ChainItem> {
  for await (const line of lines) {
    const item = parse(line) as { readonly row?: AuditRow; readonly checkpoint?: AuditCheckpoint };
    if (item.row !== undefined) yield { row: item.row };
    else if (item.checkpoint !== undefined) yield { checkpoint: item.checkpoint };
    else throw new AppError('invalid_input', 'a line is neither a row nor a checkpoint');
  }
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch (cause) {
    throw new AppError('invalid_input', 'that is no exported audit log (JSON lines)', { cause });
  }
}

/** Of a filtered export each row can be held against its own hash, no more. */
async function verifyRows(items: AsyncIterable<ChainItem>): Promise<AuditVerdict> {
  let [rows, first, last]: [number, number | null, number | null] = [0, null, null];
  let fault: AuditVerdict['fault'] = null;
  for await (const { row } of items) {
    if (row === undefined) continue;
    rows++;
    last ??= row.seq;
    first = row.seq;
    if (hashOf(row) !== row.hash) fault ??= { seq: row.seq, what: `row ${row.seq} was changed` };
  }
  return { ok: fault === null, rows, first, last, checkpoints: 0, signedUpTo: null, fault };
}
