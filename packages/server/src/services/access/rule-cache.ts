/**
 * Rules of users in memory, each with the epoch it is at least as new as. Holds nothing that decides by itself: an entry older than
 * the asking principal is loaded anew, and only what was read from committed rows gets in.
 */
import { LRUCache } from 'lru-cache';
import type { Clock } from '../../kernel/clock.ts';
import type { Principal } from '../../kernel/context.ts';
import type { SqlReader } from '../../stores/sql/contract.ts';
import { rulesOfRoles } from './queries.ts';
import { compileRules, type RuleMap } from './rules.ts';

interface Loaded {
  readonly rules: RuleMap;
  /** When the first of its grants ends; Infinity: never. */
  readonly until: number;
}

interface Entry extends Loaded {
  readonly epoch: number;
  /** Those it was made for: a membership that ends by the clock takes a role away without raising the epoch. */
  readonly roles: readonly string[];
}

/** Rules kept over all users; about 100 bytes each. */
const capacity = 2_000_000;

export async function loadRules(reader: SqlReader, roles: readonly string[], now: number): Promise<Loaded> {
  if (roles.length === 0) return { rules: new Map(), until: Infinity };
  const rows = await reader.all(rulesOfRoles, { roles, now });
  const until = rows.reduce((first, row) => Math.min(first, row.expires_at ?? Infinity), Infinity);
  return { rules: compileRules(roles, rows), until };
}

export class RuleCache {
  readonly #clock: Clock;
  readonly #entries = new LRUCache<string, Entry>({
    maxSize: capacity,
    sizeCalculation: (entry) => entry.rules.size + 10,
  });
  readonly #loading = new Map<
    string,
    { readonly epoch: number; readonly roles: readonly string[]; readonly rules: Promise<RuleMap> }
  >();

  constructor(clock: Clock) {
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
  load(reader: SqlReader, principal: Principal): Promise<RuleMap> {
    const user = principal.userId ?? '';
    const running = this.#loading.get(user);
    if (running !== undefined && running.epoch >= principal.epoch && sameRoles(running, principal))
      return running.rules;
    const rules = this.fill(reader, principal);
    const mine = { epoch: principal.epoch, roles: principal.roles, rules };
    this.#loading.set(user, mine);
    const done = (): void => {
      if (this.#loading.get(user) === mine) this.#loading.delete(user);
    };
    rules.then(done, done);
    return rules;
  }

  /** The principal's roles were read at its epoch or later, so what is read now may be kept under that epoch. */
  async fill(reader: SqlReader, principal: Principal): Promise<RuleMap> {
    const { rules, until } = await loadRules(reader, principal.roles, this.#clock.now());
    const user = principal.userId ?? '';
    const present = this.#entries.peek(user);
    if (present === undefined || present.epoch <= principal.epoch) {
      this.#entries.set(user, { epoch: principal.epoch, roles: principal.roles, rules, until });
    }
    return rules;
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
