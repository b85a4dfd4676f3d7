/** Files that never change, read all the time: whatever fails, an answer is whole or an error. */
import { createHash } from 'node:crypto';
import type { Target } from '../harness/server-process.ts';
import { pause } from './poll.ts';

const files = 12;

export class Archive {
  readonly #hashes = new Map<string, string>();
  reads = 0;

  async fill(target: Target, text: (size: number) => string): Promise<void> {
    await target.request('MKCOL', '/dav/common/archive');
    for (let index = 0; index < files; index += 1) {
      const body = text(index % 4 === 0 ? 2_000_000 : 3_000);
      this.#hashes.set(`a${index}`, hash(Buffer.from(body)));
      const answer = await target.request('PUT', `/dav/common/archive/a${index}`, { body });
      if (answer.status !== 201) throw new Error(`the archive could not be filled: ${answer.status}`);
    }
  }

  /** Until stopped, at random through one of the targets. */
  async read(
    pick: () => Target,
    random: () => number,
    stopped: () => boolean,
    violation: (what: string) => void,
  ): Promise<void> {
    const names = [...this.#hashes.keys()];
    while (!stopped()) {
      const target = pick();
      try {
        if (random() < 0.3) await this.#list(target, violation);
        else await this.#get(target, names[Math.floor(random() * names.length)] ?? '', violation);
        this.reads += 1;
      } catch {
        // No answer, or one that broke off: the log of requests says whether that was allowed.
      }
      await pause(20);
    }
  }

  /** Every file, from every target. */
  async verify(targets: readonly Target[], violation: (what: string) => void): Promise<void> {
    for (const target of targets)
      for (const name of this.#hashes.keys())
        if (!(await this.#get(target, name, violation)))
          violation(`archive/${name} cannot be read from ${target.url}`);
  }

  async #get(target: Target, name: string, violation: (what: string) => void): Promise<boolean> {
    const answer = await target.request('GET', `/dav/common/archive/${name}`);
    const bytes = Buffer.from(await answer.arrayBuffer());
    if (answer.status === 200 && hash(bytes) !== this.#hashes.get(name))
      violation(`archive/${name} has other bytes (${bytes.length}) from ${target.url}`);
    else if (answer.status !== 200 && answer.status < 500)
      violation(`archive/${name}: ${answer.status} from ${target.url}`);
    return answer.status === 200;
  }

  async #list(target: Target, violation: (what: string) => void): Promise<void> {
    const answer = await target.request('PROPFIND', '/dav/common/archive/', { headers: { depth: '1' } });
    const text = await answer.text();
    if (answer.status >= 500) return;
    const found = [...this.#hashes.keys()].filter((name) => text.includes(`/dav/common/archive/${name}<`));
    if (answer.status !== 207 || found.length !== files)
      violation(`a listing has ${found.length} of ${files} entries (${answer.status}) from ${target.url}`);
  }
}

function hash(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
