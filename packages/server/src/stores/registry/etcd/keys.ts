/** Where the registry lies in etcd. Nodes and locks are neighbours, so that one watch sees both and not the fences. */
import { startingWith, type KeyRange } from '../../clients/etcd/requests.ts';

export class RegistryKeys {
  readonly #fences: string;
  readonly #locks: string;
  readonly #nodes: string;

  constructor(prefix: string) {
    this.#fences = `${prefix}registry/fences/`;
    this.#locks = `${prefix}registry/locks/`;
    this.#nodes = `${prefix}registry/nodes/`;
  }

  node(id: string): string {
    return `${this.#nodes}${id}`;
  }

  lock(name: string): string {
    return `${this.#locks}${name}`;
  }

  /** The last fence that was handed out under the name: never removed. */
  fence(name: string): string {
    return `${this.#fences}${name}`;
  }

  nodes(): KeyRange {
    return startingWith(this.#nodes);
  }

  watched(): KeyRange {
    return { from: this.#locks, to: startingWith(this.#nodes).to };
  }

  kindOf(key: string): { readonly kind: 'node' | 'lock'; readonly name: string } | null {
    if (key.startsWith(this.#nodes)) return { kind: 'node', name: key.slice(this.#nodes.length) };
    if (key.startsWith(this.#locks)) return { kind: 'lock', name: key.slice(this.#locks.length) };
    return null;
  }
}
