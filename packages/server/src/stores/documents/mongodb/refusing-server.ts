/** As much of MongoDB's protocol as it takes to refuse a password; the server that stands in for MongoDB here knows no users. */
import net from 'node:net';
import { BSON } from 'mongodb';

const query = 2004;
const reply = 1;
const message = 2013;

export interface RefusingServer {
  readonly port: number;
  close(): Promise<void>;
}

export async function refusingServer(): Promise<RefusingServer> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => {});
    let pending = Buffer.alloc(0);
    socket.on('data', (piece) => {
      pending = Buffer.concat([pending, piece]);
      while (pending.length >= 4 && pending.length >= pending.readInt32LE(0)) {
        const length = pending.readInt32LE(0);
        socket.write(answer(pending.subarray(0, length)));
        pending = pending.subarray(length);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: address !== null && typeof address === 'object' ? address.port : 0,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function answer(request: Buffer): Buffer {
  const isQuery = request.readInt32LE(12) === query;
  const isGreeting = /ismaster|hello/i.test(request.subarray(16, 120).toString('latin1'));
  const document = BSON.serialize(isGreeting ? greeting() : refusal);
  // OP_REPLY: flags, cursor, start, one document. OP_MSG: flags and a section of kind 0.
  const head = Buffer.alloc(isQuery ? 36 : 21);
  head.writeInt32LE(head.length + document.length, 0);
  head.writeInt32LE(request.readInt32LE(4), 8);
  head.writeInt32LE(isQuery ? reply : message, 12);
  if (isQuery) head.writeInt32LE(1, 32);
  return Buffer.concat([head, document]);
}

function greeting() {
  const limits = { maxBsonObjectSize: 16_777_216, maxMessageSizeBytes: 48_000_000, maxWriteBatchSize: 1000 };
  return { ismaster: true, ...limits, localTime: new Date(), minWireVersion: 0, maxWireVersion: 13, ok: 1 };
}

const refusal = { ok: 0, errmsg: 'Authentication failed.', code: 18, codeName: 'AuthenticationFailed' };
