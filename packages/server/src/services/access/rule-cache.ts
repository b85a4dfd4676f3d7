/**
 * Rules of users in memory, each with the epoch it is at least as new as. Holds nothing that decides by itself: an entry older than
 * the asking principal is loaded anew, and only what was read from committed rows gets in.
 */
import { LRUCache } from 'lru-cache';
import type { Clock } from '../../kernel/clock.ts';
import type { Principal } from '../../kernel/context.ts';
import type { SqlReader } from '../../stores/sql/contract.ts';
import { loadRules, type Loaded } from './load-rules.ts';
import type { RuleMap } from './rules.ts';

interface Entry extends Loaded {
  readonly epoch: number;
  /** Those it was made for: a membership that ends by the clock takes a role away without raising the epoch. */
  readonly roles: readonly string[];
}

/** Rules kept over all users; about 100 bytes each. */
const capacity = 2_000_000;

export class RuleCache {
  readonly #clock: Clock;
  readonly #reader: SqlReader;
  readonly #entries = new LRUCache<string, Entry>({
    maxSize: capacity,
    sizeCalculation: (entry) => Math.min(entry.rules.size + 10, capacity),
  });
  readonly #loading = new Map<
    string,
    { readonly epoch: number; readonly roles: readonly string[]; readonly rules: Promise<RuleMap> }
  >();

  constructor(reader: SqlReader, clock: Clock) {
    this.#reader = reader;
    this.#clock = clock;
  }

  /** Rules as of the principal's epoch or newer, if they are here. */
  peek(principal: Principal): RuleMap | undefined {
    const entry = this.#entries.get(principal.userId ?? '');
    if (entry === undefined || entry.epoch < principal.epoch || !sameRoles(entry, principal))
      return undefined;
    return entry.until === Infinity || this.#clock.now() < entry.until ? entry.rules : undefined;
  }

  /** Many requests that miss at once load once. */
  load(principal: Principal): Promise<RuleMap> {
    const user = principal.userId ?? '';
    const running = this.#loading.get(user);
    if (running !== undefined && running.epoch >= principal.epoch && sameRoles(running, principal))
      return running.rules;
    const rules = this.#fill(principal);
    const mine = { epoch: principal.epoch, roles: principal.roles, rules };
    this.#loading.set(user, mine);
    const done = (): void => {
      if (this.#loading.get(user) === mine) this.#loading.delete(user);
    };
    rules.then(done, done);
    return rules;
  }

  /** The principal's roles were read at its epoch or later, so what is read now may be kept under that epoch. */
  async #fill(principal: Principal): Promise<RuleMap> {
    const loaded = await loadRules(this.#reader, principal.roles, this.#clock.now());
    const user = principal.userId ?? '';
    const present = this.#entries.peek(user);
    if (present === undefined || present.epoch <= principal.epoch)
      this.#entries.set(user, { ...loaded, epoch: principal.epoch, roles: principal.roles });
    return loaded.rules;
  }
}

function sameRoles(
  a: { readonly roles: readonly string[] },
  b: { readonly roles: readonly string[] },
): boolean {
  return (
    a.roles === b.roles || (a.roles.length === b.roles.length && a.roles.every((id, i) => id === b.roles[i]))
  );
}
