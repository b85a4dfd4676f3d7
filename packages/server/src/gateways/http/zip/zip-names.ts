/** Names inside a zip: relative, with forward slashes, and harmless wherever they are unpacked. */
export class ZipNames {
  readonly #taken = new Set<string>();
  /** The last number that a path got: of ten thousand alike each would try all before it. */
  readonly #numbers = new Map<string, number>();

  /** @param segments from the top of the zip down @returns a path that no other entry has; a folder's ends with a slash */
  claim(segments: readonly string[], folder: boolean): string {
    const path = segments.map(safeSegment).join('/');
    for (let n = (this.#numbers.get(path) ?? 0) + 1; ; n++) {
      const name = n === 1 ? path : numbered(path, n);
      if (this.#taken.has(name)) continue;
      this.#taken.add(name);
      if (n > 1) this.#numbers.set(path, n);
      return folder ? `${name}/` : name;
    }
  }
}

/** Windows reads backslashes as separators and `C:` as a drive. */
function safeSegment(name: string): string {
  const safe = name.replace(/[\\/:\u0000-\u001f\u007f]/g, '_');
  return /^\.{0,2}$/.test(safe) ? '_'.repeat(safe.length || 1) : safe;
}

function numbered(path: string, n: number): string {
  const dot = path.lastIndexOf('.');
  return dot > path.lastIndexOf('/') + 1
    ? `${path.slice(0, dot)} (${n})${path.slice(dot)}`
    : `${path} (${n})`;
}
