/** The node's log: pino to standard output, and the same entries in batches to the documents store. */
import pino from 'pino';
import type { Clock } from '../kernel/clock.ts';
import { newId } from '../kernel/ids.ts';
import type { Logger } from '../kernel/logger.ts';
import type { Json } from '../stores/config/contract.ts';
import type { LogDocument, LogLevel, LogDocuments } from '../stores/documents/contract.ts';
import type { Bootstrap } from './bootstrap.ts';

/** Never written, at any depth that we use. */
const secretPaths = [
  'password',
  'secret',
  'token',
  'authorization',
  'cookie',
  'key',
  '*.password',
  '*.secret',
  '*.token',
  '*.authorization',
  '*.cookie',
];
/** Entries kept while the documents store is away; the oldest go first, and are counted. */
const bufferLimit = 5000;
const flushMs = 500;

export interface NodeLog {
  readonly log: Logger;
  /** From now on entries go to the documents store too. */
  attach(logs: LogDocuments, onDropped: (count: number) => void): void;
  /** Writes what is buffered and stops writing there. */
  detach(): Promise<void>;
}

export function createNodeLog(
  bootstrap: Pick<Bootstrap, 'logLevel' | 'logFormat' | 'nodeName'>,
  clock: Clock,
  write: (line: string) => void,
): NodeLog {
  const sink = new DocumentSink(bootstrap.nodeName, clock);
  const line = bootstrap.logFormat === 'text' ? textLine : (text: string) => text;
  const stream = {
    write(text: string): void {
      write(line(text));
      sink.take(text);
    },
  };
  const root = pino(
    {
      level: bootstrap.logLevel,
      base: null,
      redact: { paths: secretPaths, censor: '***' },
      formatters: { level: (label) => ({ level: label }) },
    },
    stream,
  );
  return {
    log: root,
    attach: (logs, onDropped) => sink.attach(logs, onDropped),
    detach: () => sink.detach(),
  };
}

interface Line {
  readonly level: LogLevel;
  readonly time: number;
  readonly msg: string;
  readonly requestId?: string;
  readonly [field: string]: Json | undefined;
}

function parse(text: string): Line {
  return JSON.parse(text) as Line; // written by pino just above
}

function textLine(text: string): string {
  const { level, time, msg, ...fields } = parse(text);
  const rest = Object.entries(fields).map(
    ([k, v]) => ` ${k}=${typeof v === 'string' ? v : JSON.stringify(v)}`,
  );
  return `${new Date(time).toISOString().slice(11, 23)} ${level.padEnd(5)} ${msg}${rest.join('')}\n`;
}

class DocumentSink {
  private buffer: LogDocument[] = [];
  private logs: LogDocuments | null = null;
  private onDropped: (count: number) => void = () => {};
  private timer: NodeJS.Timeout | null = null;
  private flushing: Promise<void> = Promise.resolve();
  private readonly node: string;
  private readonly clock: Clock;

  constructor(node: string, clock: Clock) {
    this.node = node;
    this.clock = clock;
  }

  attach(logs: LogDocuments, onDropped: (count: number) => void): void {
    this.logs = logs;
    this.onDropped = onDropped;
    this.schedule();
  }

  async detach(): Promise<void> {
    if (this.timer) clearTimeout(this.timer);
    await this.flushing;
    await this.flush();
    this.logs = null;
  }

  take(text: string): void {
    const { level, time, msg, requestId, ...fields } = parse(text);
    this.buffer.push({
      id: newId(),
      at: time ?? this.clock.now(),
      level,
      message: msg,
      node: this.node,
      requestId: requestId ?? null,
      fields: fields as Record<string, Json>,
    });
    if (this.buffer.length > bufferLimit) {
      this.buffer.shift();
      this.onDropped(1);
    }
    this.schedule();
  }

  private schedule(): void {
    if (this.timer !== null || this.logs === null || this.buffer.length === 0) return;
    this.timer = setTimeout(() => {
      this.timer = null;
      this.flushing = this.flush();
    }, flushMs);
    this.timer.unref();
  }

  private async flush(): Promise<void> {
    const { logs } = this;
    if (logs === null || this.buffer.length === 0) return;
    const batch = this.buffer;
    this.buffer = [];
    try {
      await logs.append(batch);
    } catch {
      // The store is away: keep what fits and try again. Logging this here would feed on itself; the store's ping shows it.
      const room = bufferLimit - this.buffer.length;
      this.onDropped(Math.max(0, batch.length - room));
      this.buffer = [...batch.slice(-room), ...this.buffer];
    }
    this.schedule();
  }
}
