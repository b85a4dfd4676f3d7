/** What goes over the wire for one call: a row of messages that is answered in one round trip. */
import { AppError } from '../../../kernel/errors.ts';
import type { Result, Row, Values } from '../pooled/engine.ts';
import { decoderOf, encode, type Decoder } from './values.ts';

/** The part of pg's connection that a query of one's own is given (its types leave it out). */
export interface Wire {
  readonly stream: { cork(): void; uncork(): void };
  query(text: string): void;
  parse(message: { readonly text: string; readonly name: string }): void;
  describe(message: { readonly type: 'S'; readonly name: string }): void;
  bind(message: {
    readonly statement: string;
    readonly values: Values;
    readonly valueMapper: (value: unknown) => unknown;
  }): void;
  execute(message: object): void;
  sync(): void;
}

interface Field {
  readonly name: string;
  readonly dataTypeID: number;
}

export interface Column {
  readonly name: string;
  readonly decode: Decoder;
}

/** A statement as one connection knows it; what it returns is described when it is parsed, and not again. */
export interface Prepared {
  readonly name: string;
  readonly text: string;
  parsed: boolean;
  columns: readonly Column[];
}

export interface Step {
  readonly prepared: Prepared;
  readonly rows: readonly Values[];
}

/**
 * Prepared statements, each for some rows of values, up to one `sync`: outside a transaction that `begin` opens they are one transaction.
 * pg calls the `handle` methods. Text without parameters goes as it is.
 */
export class Exchange {
  readonly done: Promise<Result>;
  readonly #message: readonly Step[] | string;
  readonly #settle: PromiseWithResolvers<Result>;
  #rows: Row[] = [];
  #changes = 0;
  #columns: readonly Column[];
  /** Statements whose description has been asked for and not come yet. */
  readonly #parsing: Prepared[] = [];
  #failure: unknown = null;

  constructor(message: readonly Step[] | string) {
    this.#message = message;
    this.#columns = typeof message === 'string' ? [] : (message.at(-1)?.prepared.columns ?? []);
    this.#settle = Promise.withResolvers<Result>();
    this.done = this.#settle.promise;
  }

  submit(wire: Wire): void {
    if (typeof this.#message === 'string') return wire.query(this.#message);
    wire.stream.cork();
    try {
      for (const step of this.#message) this.#send(wire, step);
      wire.sync();
    } finally {
      wire.stream.uncork();
    }
  }

  #send(wire: Wire, { prepared, rows }: Step): void {
    const { name: statement, text } = prepared;
    if (!prepared.parsed) {
      wire.parse({ text, name: statement });
      wire.describe({ type: 'S', name: statement });
      this.#parsing.push(prepared);
    }
    for (const values of rows) {
      wire.bind({ statement, values, valueMapper: encode });
      wire.execute({});
    }
  }

  handleRowDescription(message: { readonly fields: readonly Field[] }): void {
    this.#columns = message.fields.map(({ name, dataTypeID }) => ({ name, decode: decoderOf(dataTypeID) }));
    // Of several statements in one text the last is what is asked for.
    this.#rows = [];
  }

  handleDataRow(message: { readonly fields: readonly (string | null)[] }): void {
    const row: Row = {};
    try {
      for (const [i, { name, decode }] of this.#columns.entries()) {
        const text = message.fields[i] ?? null;
        row[name] = text === null ? null : decode(text, name);
      }
      this.#rows.push(row);
    } catch (error) {
      this.#failure ??= error;
    }
  }

  handleCommandComplete(message: { readonly text: string }): void {
    const changed = /^(?:INSERT \d+|UPDATE|DELETE|MERGE) (\d+)$/.exec(message.text);
    if (changed !== null) this.#changes += Number(changed[1]);
    // A transaction that had failed: the server says so with this word only.
    if (message.text === 'ROLLBACK' && this.#message === 'commit')
      this.#failure = new AppError('internal', 'the database rolled back what was to be committed');
  }

  handleError(error: unknown): void {
    this.#settle.reject(this.#failure ?? error);
  }

  handleReadyForQuery(): void {
    // Only the last statement of an exchange returns rows; what was parsed before it returns none.
    for (const prepared of this.#parsing) prepared.parsed = true;
    const last = this.#parsing.at(-1);
    if (last !== undefined) last.columns = this.#columns;
    if (this.#failure === null) this.#settle.resolve({ rows: this.#rows, changes: this.#changes });
    else this.#settle.reject(this.#failure);
  }

  handleEmptyQuery(): void {}
  handlePortalSuspended(): void {}
  handleCopyData(): void {}
  handleCopyInResponse(): void {
    this.#failure ??= new AppError('internal', 'COPY is not for statements');
  }
}
