/** Keys as a tree of their parts, so that finding those with a prefix costs what is found, not what is stored. */
interface Branch {
  readonly branches: Map<string, Branch>;
  /** Whole keys that end here. */
  key: string | null;
}

const separator = /(?<=[:/.])/;

export class PrefixIndex {
  readonly #root: Branch = newBranch();

  add(key: string): void {
    let branch = this.#root;
    for (const part of key.split(separator)) {
      const next = branch.branches.get(part) ?? newBranch();
      branch.branches.set(part, next);
      branch = next;
    }
    branch.key = key;
  }

  remove(key: string): void {
    const parts = key.split(separator);
    const path: Branch[] = [this.#root];
    for (const part of parts) {
      const next = path.at(-1)?.branches.get(part);
      if (next === undefined) return;
      path.push(next);
    }
    const leaf = path.at(-1);
    if (leaf !== undefined) leaf.key = null;
    for (let depth = parts.length; depth > 0; depth--) {
      const branch = path[depth];
      if (branch === undefined || branch.key !== null || branch.branches.size > 0) return;
      path[depth - 1]?.branches.delete(parts[depth - 1] ?? '');
    }
  }

  /** Every key that starts with `prefix`, in no order. Looks at the parts beside the last, unfinished one at most. */
  find(prefix: string): readonly string[] {
    const parts = prefix.split(separator);
    const last = parts.at(-1) ?? '';
    let branch: Branch | undefined = this.#root;
    for (const part of parts.slice(0, -1)) branch = branch?.branches.get(part);
    if (branch === undefined) return [];
    const found: string[] = [];
    for (const [part, child] of candidates(branch, last)) if (part.startsWith(last)) collect(child, found);
    return found;
  }
}

function newBranch(): Branch {
  return { branches: new Map(), key: null };
}

/** A part that ends with a separator is whole: only itself starts with it. */
function candidates(branch: Branch, part: string): Iterable<readonly [string, Branch]> {
  if (!/[:/.]$/.test(part)) return branch.branches;
  const exact = branch.branches.get(part);
  return exact === undefined ? [] : [[part, exact]];
}

function collect(branch: Branch, found: string[]): void {
  if (branch.key !== null) found.push(branch.key);
  for (const child of branch.branches.values()) collect(child, found);
}
