/** A browser tab: server-sent events through the balancer, gone on with after each break at the last position. */
import { createClient, type Client } from '@volvox/client';
import type { Change } from '@volvox/api';
import { poll } from './poll.ts';

export class LiveListener {
  readonly seqs: number[] = [];
  breaks = 0;
  readonly #stop = new AbortController();
  #running: Promise<void> = Promise.resolve();

  begin(url: string, token: string, after: number): void {
    const client = createClient({ baseUrl: url, auth: { kind: 'bearer', secret: token } });
    this.#running = this.#listen(client, after).catch((error: unknown) => {
      if (!this.#stop.signal.aborted) throw error;
    });
    // Looked at when it is ended.
    this.#running.catch(() => undefined);
  }

  /** After everything up to `head` has come. */
  async end(head: number): Promise<void> {
    await poll(`live updates up to ${head}`, 30_000, () => (this.seqs.at(-1) ?? 0) >= head);
    this.#stop.abort();
    await this.#running;
  }

  stop(): void {
    this.#stop.abort();
  }

  async #listen(client: Client, after: number): Promise<void> {
    const onState = (up: boolean): void => void (this.breaks += up ? 0 : 1);
    for await (const event of client.events({ after, signal: this.#stop.signal, onState }))
      this.seqs.push(event.kind === 'change' ? event.change.seq : -event.seq);
  }
}

/** The change feed after a position, in pages. */
export async function feedAfter(client: Client, position: number): Promise<Change[]> {
  const all: Change[] = [];
  for (let after = position; ;) {
    const { items, head, more } = await client.call('listChanges', { query: { after, limit: 1000 } });
    all.push(...items);
    if (!more) return all;
    after = items.at(-1)?.seq ?? head;
  }
}
