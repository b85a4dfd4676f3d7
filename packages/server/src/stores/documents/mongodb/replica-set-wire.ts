/** As much of MongoDB's wire protocol as it takes to stand between a client and a server. */
import type { Socket } from 'node:net';
import { BSON } from 'mongodb';

export type Command = Record<string, unknown>;

export interface Request {
  readonly id: number;
  readonly isQuery: boolean;
  /** The client takes further answers without asking. */
  readonly exhaustAllowed: boolean;
  readonly name: string;
  readonly command: Command;
  /** The lists of documents that follow the command, as they came. */
  readonly sequences: Buffer;
}

const opReply = 1;
const opQuery = 2004;
const opMessage = 2013;
const moreToCome = 1 << 1;
const exhaustAllowed = 1 << 16;
/** Numbers keep their width on the way through. */
const exactly = { promoteValues: false, bsonRegExp: true } as const;

/** Whole messages, one at a time; ends with the connection. */
export async function* messagesOf(socket: Socket): AsyncGenerator<Buffer> {
  let pending: Buffer = Buffer.alloc(0);
  for await (const piece of socket) {
    pending = Buffer.concat([pending, piece as Buffer]);
    while (pending.length >= 4 && pending.length >= pending.readInt32LE(0)) {
      const length = pending.readInt32LE(0);
      yield pending.subarray(0, length);
      pending = pending.subarray(length);
    }
  }
}

export function readRequest(message: Buffer): Request {
  const isQuery = message.readInt32LE(12) === opQuery;
  const at = isQuery ? message.indexOf(0, 20) + 9 : 21;
  const length = message.readInt32LE(at);
  const command = BSON.deserialize(message.subarray(at, at + length), exactly) as Command;
  return {
    id: message.readInt32LE(4),
    isQuery,
    exhaustAllowed: !isQuery && (message.readInt32LE(16) & exhaustAllowed) !== 0,
    name: Object.keys(command)[0] ?? '',
    command: { ...command, ...plainPreference(command) },
    sequences: isQuery ? Buffer.alloc(0) : message.subarray(at + length),
  };
}

/** The server behind knows neither sessions nor numbered writes. */
export function forServer({ id, command, sequences }: Request): Buffer {
  const { lsid: _lsid, txnNumber: _number, $clusterTime: _time, ...rest } = command;
  return Buffer.concat([message(id, 0, opMessage, rest, sequences.length), sequences]);
}

export function documentReply(request: Request, document: Command): Buffer {
  return message(0, request.id, request.isQuery ? opReply : opMessage, document);
}

/** A stored answer may have been to another request. */
export function addressed(reply: Buffer, id: number, to: number, more: boolean): Buffer {
  const copy = Buffer.from(reply);
  copy.writeInt32LE(id, 4);
  copy.writeInt32LE(to, 8);
  if (more) copy.writeInt32LE(moreToCome, 16);
  return copy;
}

function message(id: number, to: number, kind: number, document: Command, following = 0): Buffer {
  const body = BSON.serialize(document);
  // OP_REPLY: flags, cursor, start, one document. OP_MSG: flags and a section of kind 0.
  const head = Buffer.alloc(kind === opReply ? 36 : 21);
  head.writeInt32LE(head.length + body.length + following, 0);
  head.writeInt32LE(id, 4);
  head.writeInt32LE(to, 8);
  head.writeInt32LE(kind, 12);
  if (kind === opReply) head.writeInt32LE(1, 32);
  return Buffer.concat([head, body]);
}

function plainPreference(command: Command): Command {
  const preference = command['$readPreference'] as { readonly mode?: unknown } | undefined;
  return preference === undefined
    ? {}
    : { $readPreference: { ...preference, mode: String(preference.mode) } };
}
