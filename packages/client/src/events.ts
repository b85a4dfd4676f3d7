import type { Change } from '@volvox/api';
import { isApiError } from './api-error.ts';

/** `resync`: the stream fell too far behind; load anew what is shown, then go on. */
export type LiveEvent =
  { readonly kind: 'change'; readonly change: Change } | { readonly kind: 'resync'; readonly seq: number };

export interface EventsOptions {
  /** Goes on after this position; without it from now. */
  readonly after?: number;
  readonly signal?: AbortSignal;
  /** Called when the line is up (true) or lost (false). */
  readonly onState?: (connected: boolean) => void;
}

type Open = (
  query: { after?: number },
  extra: { signal?: AbortSignal; headers: Record<string, string> },
) => Promise<globalThis.Response>;

interface Frame {
  readonly event: string;
  readonly id: string;
  readonly data: string;
}

/** Server-sent events over fetch, so that Node and browsers do the same; reconnects after the last seen position. */
export async function* followEvents(open: Open, options: EventsOptions): AsyncGenerator<LiveEvent> {
  let after = options.after;
  let waitMs = 500;
  while (options.signal?.aborted !== true) {
    try {
      const extra = {
        headers: { accept: 'text/event-stream' },
        ...(options.signal ? { signal: options.signal } : {}),
      };
      const response = await open(after === undefined ? {} : { after }, extra);
      options.onState?.(true);
      for await (const frame of framesOf(response)) {
        waitMs = 500;
        const seq = Number(frame.id);
        if (frame.id !== '' && Number.isSafeInteger(seq)) after = seq;
        const event = eventOf(frame);
        if (event) yield event;
      }
    } catch (error) {
      if (isFinal(error)) throw error;
    }
    options.onState?.(false);
    await pause(waitMs, options.signal);
    waitMs = Math.min(waitMs * 2, 15_000);
  }
}

/** Credentials that are refused stay refused; anything else may heal. */
function isFinal(error: unknown): boolean {
  return (
    isApiError(error, 'unauthenticated') ||
    isApiError(error, 'forbidden') ||
    isApiError(error, 'invalid_input')
  );
}

function eventOf(frame: Frame): LiveEvent | null {
  if (frame.event === 'change') return { kind: 'change', change: JSON.parse(frame.data) as Change };
  if (frame.event === 'resync') return { kind: 'resync', seq: Number(frame.id) };
  return null;
}

async function* framesOf(response: globalThis.Response): AsyncGenerator<Frame> {
  if (!response.body) return;
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      rest += value;
      const blocks = rest.split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) yield frameOf(block);
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

function frameOf(block: string): Frame {
  const fields = { event: '', id: '', data: '' };
  for (const line of block.split('\n')) {
    const match = /^(event|id|data): ?(.*)$/.exec(line);
    if (match?.[1] === 'data') fields.data += fields.data === '' ? match[2] : `\n${match[2]}`;
    else if (match?.[1] === 'event' || match?.[1] === 'id') fields[match[1]] = match[2] ?? '';
  }
  return fields;
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done);
  });
}
