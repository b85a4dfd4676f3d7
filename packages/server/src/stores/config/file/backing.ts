import { watch, type FSWatcher } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileError, withFileLock, writeFileDurably } from '../../../kernel/durable-file.ts';
import { toAppError } from '../../../kernel/errors.ts';
import { damagedFile } from '../../../kernel/json-file.ts';
import type { Logger } from '../../../kernel/logger.ts';
import type { StoreHealth } from '../../../kernel/service.ts';
import type { ConfigBacking } from '../state-store.ts';
import { emptyState, type ConfigState } from '../state.ts';
import { parseConfig, renderConfig } from './format.ts';

const pollMs = 1_000;

/**
 * The state in one JSON file, shared with other processes: every read asks the file, every write happens under its lock.
 * While somebody watches, the file is observed too; a write elsewhere shows at once, or with the next poll.
 */
export class FileBacking implements ConfigBacking {
  readonly #path: string;
  readonly #log: Logger;
  readonly #listeners = new Set<() => void>();
  #state = emptyState;
  #bytes: Buffer | null = null;
  #observer: FSWatcher | null = null;
  #poll: NodeJS.Timeout | null = null;
  #reported = '';

  constructor(path: string, log: Logger) {
    this.#path = path;
    this.#log = log;
  }

  known(): ConfigState {
    return this.#state;
  }

  /** @throws corrupt, also for a file that went back behind what was read before: writing on would reuse revisions */
  async read(): Promise<ConfigState> {
    const before = this.#state.revision;
    const bytes = await this.#readBytes();
    if (bytes === null ? this.#bytes === null : this.#bytes?.equals(bytes)) return this.#state;
    const state = bytes === null ? emptyState : parseConfig(this.#path, bytes.toString('utf8'));
    if (state.revision < before) {
      throw damagedFile(
        this.#path,
        `it went back from revision ${before} to ${state.revision} while in use (stop the server first)`,
      );
    }
    this.#adopt(state, bytes);
    return this.#state;
  }

  update(change: (state: ConfigState) => ConfigState): Promise<ConfigState> {
    return withFileLock(this.#path, async () => {
      const before = await this.read();
      const next = change(before);
      if (next === before) return before;
      const bytes = Buffer.from(renderConfig(next));
      await writeFileDurably(this.#path, bytes);
      this.#adopt(next, bytes);
      return next;
    });
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    this.#poll ??= setInterval(() => this.#refresh(), pollMs).unref();
    if (this.#observer === null) this.#observe();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#rest();
    };
  }

  async ping(): Promise<StoreHealth> {
    await this.read();
    return { version: null };
  }

  async close(): Promise<void> {
    this.#listeners.clear();
    this.#rest();
  }

  async #readBytes(): Promise<Buffer | null> {
    try {
      return await readFile(this.#path);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
      throw fileError(error, `cannot read ${this.#path}`);
    }
  }

  /** A read that began before a write ended brings an older state: it is dropped. */
  #adopt(state: ConfigState, bytes: Buffer | null): void {
    if (state.revision < this.#state.revision) return;
    this.#state = state;
    this.#bytes = bytes;
    for (const listener of [...this.#listeners]) listener();
  }

  /** Observes the file, not its folder, where a busy database may lie. A rename ends the observation, so it is begun anew. */
  #observe(): void {
    try {
      this.#observer = watch(this.#path, { persistent: false });
    } catch {
      return; // not there yet: the poll tries again
    }
    this.#observer.on('error', () => this.#unobserve());
    this.#observer.on('change', () => {
      this.#unobserve();
      this.#observe();
      this.#refresh();
    });
  }

  #unobserve(): void {
    this.#observer?.close();
    this.#observer = null;
  }

  /** Damage is logged once, not once a second; the last good state stays until the file is whole again. */
  #refresh(): void {
    if (this.#observer === null && this.#listeners.size > 0) this.#observe();
    this.read().then(
      () => (this.#reported = ''),
      (error: unknown) => {
        const { code, message } = toAppError(error);
        if (message !== this.#reported)
          this.#log.error({ code, reason: message }, 'configuration cannot be read');
        this.#reported = message;
      },
    );
  }

  #rest(): void {
    this.#unobserve();
    if (this.#poll !== null) clearInterval(this.#poll);
    this.#poll = null;
  }
}
