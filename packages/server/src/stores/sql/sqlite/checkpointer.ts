import type { Logger } from '../../../kernel/logger.ts';
import type { Background } from './background.ts';
import type { NativeStatement } from './native.ts';
import type { Connection } from './connection.ts';
import type { Writer } from './writer.ts';

export interface WalState {
  /** Pages in the log, and how many of them are in the database file already. */
  readonly log: number;
  readonly checkpointed: number;
}

const commitsBetweenLooks = 16;
const restPages = 256;
const maxPasses = 4;

/**
 * Moves the write-ahead log into the database file, from the background thread. A passive checkpoint never catches up with a
 * writer that goes on, and only a log that is wholly moved is begun anew; so the last, short pass runs while the writer pauses.
 */
export class Checkpointer {
  readonly #look: NativeStatement;
  readonly #writer: Writer;
  readonly #background: Background;
  readonly #log: Logger;
  readonly #pages: number;
  #threshold: number;
  #commits = 0;
  #running: Promise<void> | null = null;

  constructor(connection: Connection, writer: Writer, background: Background, log: Logger, pages: number) {
    this.#look = connection.native.prepare('pragma wal_checkpoint(noop)');
    this.#writer = writer;
    this.#background = background;
    this.#log = log;
    this.#pages = pages;
    this.#threshold = pages;
  }

  committed(): void {
    if (++this.#commits < commitsBetweenLooks || this.#running) return;
    this.#commits = 0;
    if (stateOf(this.#look.get()).log < this.#threshold) return;
    this.#running = this.#run().finally(() => (this.#running = null));
  }

  async stop(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    try {
      for (let pass = 0; pass < maxPasses; pass++) {
        const { log, checkpointed } = await this.#background.checkpoint();
        if (log - checkpointed < restPages) break;
      }
      await this.#writer.pauseFor(async () => {
        const { log, checkpointed } = await this.#background.checkpoint();
        // A long reader (another process, too) holds the rest back: try again when there is as much more.
        this.#threshold = log > checkpointed ? log + this.#pages : this.#pages;
      });
    } catch (error) {
      this.#threshold += this.#pages;
      this.#log.warn({ err: error }, 'a checkpoint of the database failed');
    }
  }
}

/** Of the row that `pragma wal_checkpoint` gives. */
export function stateOf(row: Record<string, unknown> | undefined): WalState {
  return { log: Number(row?.['log'] ?? 0), checkpointed: Number(row?.['checkpointed'] ?? 0) };
}
