/** Replays the change feed: each row must fit to the state that the rows before it have made, so that none is lost or doubled. */
import type { Change } from '@volvox/api';

interface Place {
  readonly parentId: string;
  readonly name: string;
  readonly versionId: string | null;
}

type Fields = Readonly<Record<string, unknown>>;

export class Replay {
  readonly places = new Map<string, Place>();
  readonly #versions = new Set<string>();
  readonly #wrong: string[] = [];

  constructor(changes: readonly Change[]) {
    let last = -1;
    for (const change of changes) {
      if (change.seq <= last) this.#wrong.push(`position ${change.seq} after ${last}`);
      last = change.seq;
      if (change.nodeId !== null) this.#take(change, change.nodeId);
    }
  }

  get wrong(): readonly string[] {
    return this.#wrong;
  }

  /** Against what is there: nodes inside a copied folder have no rows of their own. */
  compare(
    nodes: readonly {
      readonly id: string;
      readonly parentId: string | null;
      readonly name: string;
      readonly versionId: string | null;
    }[],
  ): readonly string[] {
    return nodes.flatMap((node) => {
      const known = this.places.get(node.id);
      if (known === undefined) return [];
      const same =
        known.parentId === node.parentId &&
        known.name === node.name &&
        (node.versionId === null || known.versionId === node.versionId);
      return same
        ? []
        : [`${node.name}: the journal has ${JSON.stringify(known)}, the tree ${JSON.stringify(node)}`];
    });
  }

  #take(change: Change, id: string): void {
    const before = fields(change.before);
    const after = fields(change.after);
    const known = this.places.get(id);
    switch (change.kind) {
      case 'node.created':
      case 'node.copied':
        if (known !== undefined) this.#fault(change, 'made twice');
        this.#version(change, after['versionId'], change.kind === 'node.copied');
        this.places.set(id, {
          parentId: change.parentId ?? '',
          name: text(after['name']),
          versionId: textOrNull(after['versionId']),
        });
        return;
      case 'node.updated':
        if (
          known !== undefined &&
          change.before !== null &&
          known.versionId !== textOrNull(before['versionId'])
        )
          this.#fault(change, `follows ${String(known.versionId)}`);
        this.#version(change, after['versionId'], false);
        if (known !== undefined) this.places.set(id, { ...known, versionId: textOrNull(after['versionId']) });
        return;
      case 'node.moved':
      case 'node.trashed':
      case 'node.restored':
        // A former place that is gone may be read by nobody, so the feed does not name it.
        if (known !== undefined && change.before !== null && !isAt(known, before))
          this.#fault(change, `follows ${JSON.stringify(known)}`);
        if (known !== undefined)
          this.places.set(id, { ...known, parentId: text(after['parentId']), name: text(after['name']) });
        return;
      case 'node.purged':
        for (const gone of Array.isArray(before['ids']) ? before['ids'] : [])
          this.places.delete(String(gone));
    }
  }

  /** A version is made by one row alone; a copy of a file keeps its version's number for itself. */
  #version(change: Change, versionId: unknown, shared: boolean): void {
    if (typeof versionId !== 'string') return;
    if (!shared && this.#versions.has(versionId)) this.#fault(change, `makes version ${versionId} again`);
    this.#versions.add(versionId);
  }

  #fault(change: Change, what: string): void {
    this.#wrong.push(
      `${change.seq} ${change.kind} of ${String(change.nodeId)} ${what}: ${JSON.stringify(change)}`,
    );
  }
}

function isAt(place: Place, before: Fields): boolean {
  return place.parentId === before['parentId'] && place.name === before['name'];
}

function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
