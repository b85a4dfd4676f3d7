/** The oracle of the property test: the tree as plain objects, written without looking at SQL. */
import type { OnConflict } from './api.ts';

export interface ModelNode {
  id: string;
  name: string;
  parent: ModelNode | null;
  /** null: a folder */
  content: string | null;
  members: Map<string, ModelNode>;
  /** Texts in no order, the present one included. */
  versions: string[];
}

export type Refusal = 'conflict' | 'not_found';

/** Thrown where the tree has to refuse. */
export class Refused extends Error {
  readonly code: Refusal;
  constructor(code: Refusal) {
    super(code);
    this.code = code;
  }
}

export class Model {
  readonly root: ModelNode;
  /** What lies in the trash, with the folder it was taken from. */
  readonly trash = new Map<string, { node: ModelNode; from: ModelNode }>();
  readonly nodes = new Map<string, ModelNode>();

  constructor(rootId: string) {
    this.root = { id: rootId, name: '', parent: null, content: null, members: new Map(), versions: [] };
    this.nodes.set(rootId, this.root);
  }

  isLive(node: ModelNode): boolean {
    for (let up: ModelNode | null = node; up !== null; up = up.parent) if (up === this.root) return true;
    return false;
  }

  live(id: string): ModelNode {
    const node = this.nodes.get(id);
    if (node === undefined || !this.isLive(node)) throw new Refused('not_found');
    return node;
  }

  folder(id: string): ModelNode {
    const node = this.live(id);
    if (node.content !== null) throw new Refused('conflict');
    return node;
  }

  /** What a new member's name does; null: the caller deals with a file or a merge. */
  room(parent: ModelNode, name: string, onConflict: OnConflict): string {
    const there = parent.members.get(name);
    if (there === undefined) return name;
    if (onConflict === 'keep_both') return this.free(parent, name);
    if (onConflict !== 'overwrite') throw new Refused('conflict');
    this.discard(there);
    return name;
  }

  free(parent: ModelNode, name: string): string {
    for (let n = 2; ; n++) if (!parent.members.has(`${name} (${n})`)) return `${name} (${n})`;
  }

  add(parent: ModelNode, name: string, content: string | null): ModelNode {
    const versions = content === null ? [] : [content];
    const node: ModelNode = { id: '', name, parent, content, members: new Map(), versions };
    parent.members.set(name, node);
    return node;
  }

  discard(node: ModelNode): void {
    const from = node.parent;
    if (from === null) throw new Refused('conflict');
    this.detach(node);
    this.trash.set(node.id, { node, from });
  }

  detach(node: ModelNode): void {
    node.parent?.members.delete(node.name);
    node.parent = null;
  }

  hang(node: ModelNode, parent: ModelNode, name: string): void {
    this.detach(node);
    node.parent = parent;
    node.name = name;
    parent.members.set(name, node);
  }

  forget(node: ModelNode): void {
    this.detach(node);
    for (const member of [...node.members.values()]) this.forget(member);
    this.nodes.delete(node.id);
    this.trash.delete(node.id);
  }

  lies(node: ModelNode, inside: ModelNode): boolean {
    for (let up: ModelNode | null = node; up !== null; up = up.parent) if (up === inside) return true;
    return false;
  }

  /** The node onto a name. `own`: what may not be met, nor a folder that it lies in. */
  place(
    node: ModelNode,
    parent: ModelNode,
    name: string,
    onConflict: OnConflict,
    own: ModelNode | null,
  ): ModelNode {
    const there = parent.members.get(name);
    if (there === undefined) return this.placed(node, parent, name);
    if (onConflict === 'keep_both') return this.placed(node, parent, this.free(parent, name));
    if (own !== null && this.lies(own, there)) throw new Refused('conflict');
    if (onConflict === 'fail') throw new Refused('conflict');
    if (there.content !== null && node.content !== null) return this.supersede(node, there);
    if (onConflict === 'overwrite') {
      this.discard(there);
      return this.placed(node, parent, name);
    }
    if (there.content !== null || node.content !== null || !this.merges(node, there))
      throw new Refused('conflict');
    for (const member of [...node.members.values()]) this.place(member, there, member.name, 'replace', null);
    this.forget(node);
    return there;
  }

  private placed(node: ModelNode, parent: ModelNode, name: string): ModelNode {
    this.hang(node, parent, name);
    this.trash.delete(node.id);
    return node;
  }

  /** Whether no file meets a folder anywhere below: a merge is all or nothing. */
  private merges(from: ModelNode, into: ModelNode): boolean {
    return [...from.members.values()].every((member) => {
      const there = into.members.get(member.name);
      if (there === undefined) return true;
      if ((there.content === null) !== (member.content === null)) return false;
      return member.content !== null || this.merges(member, there);
    });
  }

  private supersede(node: ModelNode, there: ModelNode): ModelNode {
    const older = node.versions.toSpliced(node.versions.indexOf(node.content ?? ''), 1);
    there.content = node.content;
    there.versions.push(node.content ?? '', ...older);
    this.forget(node);
    return there;
  }

  /** As it will hang somewhere; ids are learnt afterwards. */
  clone(node: ModelNode, shallow: boolean): ModelNode {
    const versions = node.content === null ? [] : [node.content];
    const copy: ModelNode = {
      id: '',
      name: node.name,
      parent: null,
      content: node.content,
      members: new Map(),
      versions,
    };
    if (shallow) return copy;
    for (const member of node.members.values()) {
      const below = this.clone(member, false);
      below.parent = copy;
      copy.members.set(below.name, below);
    }
    return copy;
  }

  /** Bytes and files below. */
  totals(node: ModelNode): { bytes: number; files: number } {
    if (node.content !== null) return { bytes: Buffer.byteLength(node.content), files: 1 };
    let bytes = 0;
    let files = 0;
    for (const member of node.members.values()) {
      const below = this.totals(member);
      bytes += below.bytes;
      files += below.files;
    }
    return { bytes, files };
  }

  used(): number {
    let used = this.totals(this.root).bytes;
    for (const { node } of this.trash.values()) used += this.totals(node).bytes;
    return used;
  }
}
