import type { ServerResponse } from 'node:http';
import { roomIn, sendXml } from './answer.ts';
import { declaration } from './xml-out.ts';

const head = `${declaration}<D:multistatus xmlns:D="DAV:">\n`;
const tail = '</D:multistatus>\n';
const flushAt = 48 * 1024;

/**
 * A 207 that is written as it comes. One that fits into a single write goes out with its length; until the first write
 * an error can still change the status.
 */
export class Multistatus {
  readonly #res: ServerResponse;
  #text = head;
  #started = false;

  constructor(res: ServerResponse) {
    this.#res = res;
  }

  add(response: string): void {
    this.#text += response;
  }

  /** Call between batches. Resolves when the client has taken enough of what was written. */
  flush(): Promise<void> | null {
    if (this.#text.length < flushAt) return null;
    if (!this.#started) {
      this.#started = true;
      this.#res.writeHead(207, { 'Content-Type': 'application/xml; charset=utf-8' });
    }
    this.#res.write(this.#text, 'utf8');
    this.#text = '';
    return roomIn(this.#res);
  }

  end(): void {
    if (this.#started) this.#res.end(this.#text + tail, 'utf8');
    else sendXml(this.#res, 207, this.#text + tail);
  }
}
