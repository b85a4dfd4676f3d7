import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { addressed, forServer, messagesOf, readRequest, type Request } from './replica-set-wire.ts';

/** What a client is to see. `again`: the next answer of the kind may follow unasked. */
export type Seen = { readonly reply: Buffer; readonly again?: boolean } | 'reset';

export type Answering = (request: Request, forward: (request: Request) => Promise<Buffer>) => Promise<Seen>;

/** One member's port: a connection to the server behind for each client's. */
export class Member {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #mode: 'up' | 'gone' | 'silent' = 'up';
  #replies = 1;

  static async start(target: number, answering: Answering): Promise<Member> {
    const server = createServer();
    const member = new Member(server);
    server.on('connection', (socket) => void member.#serve(socket, target, answering));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return member;
  }

  private constructor(server: Server) {
    this.#server = server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Resets all connections, those to come too: a socket that no longer listened would lose its port to others. */
  cut(): void {
    this.#mode = 'gone';
    this.#reset();
  }

  /** Takes connections and requests, and answers nothing. */
  silence(): void {
    this.#mode = 'silent';
  }

  heal(): void {
    if (this.#mode !== 'up') this.#reset();
    this.#mode = 'up';
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #reset(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Never rejects. */
  async #serve(socket: Socket, target: number, answering: Answering): Promise<void> {
    if (this.#mode === 'gone') return void socket.destroy();
    this.#sockets.add(socket);
    socket.setNoDelay(true).on('error', () => {});
    socket.on('close', () => this.#sockets.delete(socket));
    const behind = connect(target, '127.0.0.1').setNoDelay(true);
    const answers = messagesOf(behind);
    const forward = async (request: Request): Promise<Buffer> => {
      behind.write(forServer(request));
      const { value } = (await answers.next()) as { value: Buffer | undefined };
      if (value === undefined) throw new Error('the server behind has gone');
      return value;
    };
    try {
      for await (const message of messagesOf(socket))
        if (this.#mode === 'up') await this.#reply(socket, readRequest(message), answering, forward);
    } catch {
      // Either side is gone.
    } finally {
      socket.destroy();
      behind.destroy();
    }
  }

  async #reply(
    socket: Socket,
    request: Request,
    answering: Answering,
    forward: (request: Request) => Promise<Buffer>,
  ): Promise<void> {
    let to = request.id;
    for (let following = request; ;) {
      const seen = await answering(following, forward);
      if (socket.destroyed || this.#mode !== 'up') return;
      if (seen === 'reset') return void socket.destroy();
      const more = seen.again === true && request.exhaustAllowed;
      const id = this.#replies++;
      socket.write(addressed(seen.reply, id, to, more));
      if (!more) return;
      to = id;
      following = readAgain(following, seen.reply);
    }
  }
}

/** As if the client had asked again, with the version that it was told. */
function readAgain(request: Request, reply: Buffer): Request {
  const { topologyVersion } = readRequest(reply).command;
  return { ...request, command: { ...request.command, topologyVersion } };
}
