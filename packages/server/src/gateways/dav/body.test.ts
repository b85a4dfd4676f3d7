import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { test } from 'node:test';
import { isAppError } from '../../kernel/errors.ts';
import { RequestBody } from './body.ts';

type Work = (body: RequestBody, res: ServerResponse) => Promise<void>;

/** Sends raw text to a server that runs `work`, and gives back everything that came until the connection ended. */
async function talk(work: Work, pieces: readonly (string | Buffer)[], reset = false): Promise<string> {
  let done: Promise<void> = Promise.resolve();
  const handle = (raw: IncomingMessage, res: ServerResponse): void => {
    done = work(new RequestBody(raw, res), res).finally(() => res.end());
  };
  const server = createServer(handle).on('checkContinue', handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  let got = '';
  socket.on('data', (data: Buffer) => (got += data.toString('latin1')));
  const closed = new Promise<void>((resolve) =>
    socket.on('close', () => resolve()).on('error', () => resolve()),
  );
  const started = new Promise<void>((resolve) =>
    server.once('request', () => resolve()).once('checkContinue', () => resolve()),
  );
  for (const piece of pieces) await new Promise((resolve) => socket.write(piece, resolve));
  await started;
  if (reset) socket.resetAndDestroy();
  await closed;
  await done;
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  return got;
}

async function readAll(pieces: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _piece of pieces);
}

const head = (headers: string): string =>
  `PUT /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n${headers}\r\n\r\n`;

test('reads a body whole, with a length or in chunks', async () => {
  const echo: Work = async (body, res) => void res.write(await body.whole(10));
  assert.match(await talk(echo, [head('Content-Length: 5'), 'he', 'llo']), /hello/);
  assert.match(
    await talk(echo, [head('Transfer-Encoding: chunked'), '2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n']),
    /hello/,
  );
  assert.match(
    await talk(
      async (body, res) => void res.write(`<${body.present} ${body.left}>`),
      [head('Content-Length: 0')],
    ),
    /<false nothing>/,
  );
});

test('stops at the limit, whether or not it was told', async () => {
  const refused: Work = async (body, res) => {
    await assert.rejects(body.whole(4), (error) => isAppError(error, 'too_large'));
    res.write('refused');
  };
  assert.match(await talk(refused, [head('Content-Length: 5'), 'hello']), /refused/);
  assert.match(
    await talk(refused, [head('Transfer-Encoding: chunked'), '5\r\nhello\r\n0\r\n\r\n']),
    /refused/,
  );
});

test('asks for a withheld body only when it is wanted', async () => {
  const expecting = head('Content-Length: 5\r\nExpect: 100-continue');
  const wanted = await talk(async (body, res) => void res.write(await body.whole(10)), [expecting, 'hello']);
  assert.match(wanted, /^HTTP\/1.1 100 Continue[\s\S]*hello/);
  const unwanted = await talk(async (body, res) => void res.write(body.left), [expecting]);
  assert.match(unwanted, /^HTTP\/1.1 200[\s\S]*withheld/);
});

test('a client that goes away is an abort, in both ways of reading', async () => {
  const seen: boolean[] = [];
  const note = async (reading: Promise<unknown>): Promise<void> =>
    void seen.push(
      await reading.then(
        () => false,
        (error: unknown) => isAppError(error, 'aborted'),
      ),
    );
  await talk((body) => note(body.whole(100)), [head('Content-Length: 50'), 'part'], true);
  await talk((body) => note(readAll(body.stream())), [head('Content-Length: 50'), 'part'], true);
  await talk(
    (body) => note(readAll(body.stream())),
    [head('Transfer-Encoding: chunked'), '5\r\nhello'],
    true,
  );
  assert.deepEqual(seen, [true, true, true]);
});

test('leaving a stream early leaves the connection for the answer', async () => {
  const work: Work = async (body, res) => {
    for await (const piece of body.stream()) {
      assert.ok(piece.length > 0);
      break;
    }
    assert.equal(body.left, 'much');
    res.write('early');
    await body.discard(2000);
  };
  const got = await talk(work, [head('Content-Length: 1000000'), Buffer.alloc(1_000_000)]);
  assert.match(got, /early/);
});
