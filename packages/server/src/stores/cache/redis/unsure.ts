/** More than this are one: everything. */
const most = 1_000;

/** What is to be removed, and up to which addition. */
export interface UnsureList {
  readonly keys: readonly string[];
  readonly prefixes: readonly string[];
  readonly upTo: number;
}

/**
 * What was to be written or removed and perhaps was not: the server may still have the value before. Until that is removed, these keys
 * count as missing on this node.
 */
export class Unsure {
  /** Each with the number of its last addition. */
  readonly #keys = new Map<string, number>();
  readonly #prefixes = new Map<string, number>();
  #additions = 0;

  get empty(): boolean {
    return this.#keys.size === 0 && this.#prefixes.size === 0;
  }

  has(key: string): boolean {
    if (this.empty) return false;
    return this.#keys.has(key) || [...this.#prefixes.keys()].some((prefix) => key.startsWith(prefix));
  }

  addKey(key: string): void {
    this.#keys.set(key, ++this.#additions);
    this.#limit();
  }

  addPrefix(prefix: string): void {
    this.#prefixes.set(prefix, ++this.#additions);
    this.#limit();
  }

  list(): UnsureList {
    return { keys: [...this.#keys.keys()], prefixes: [...this.#prefixes.keys()], upTo: this.#additions };
  }

  /** What was listed is removed; what was added again meanwhile stays unsure. */
  settled({ keys, prefixes, upTo }: UnsureList): void {
    for (const [map, names] of [[this.#keys, keys] as const, [this.#prefixes, prefixes] as const])
      for (const name of names) if ((map.get(name) ?? 0) <= upTo) map.delete(name);
  }

  #limit(): void {
    if (this.#keys.size + this.#prefixes.size <= most) return;
    this.#keys.clear();
    this.#prefixes.clear();
    this.#prefixes.set('', ++this.#additions);
  }
}
