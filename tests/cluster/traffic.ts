/** The log of requests through the balancer, and the verdict: which failed, when, and whether the fault at work explains it. */
import type { Tolerance } from './faults.ts';
import type { Exchange } from './targets.ts';

export interface Window {
  readonly name: string;
  readonly tolerance: Tolerance;
  readonly from: number;
  /** The cause is gone. */
  readonly healedAt: number;
  /** What it left is gone, too. */
  readonly until: number;
}

export interface WindowReport {
  readonly name: string;
  readonly requests: number;
  readonly failed: number;
  /** From the fault's begin until the last failed request ended. */
  readonly failingMs: number;
  /** From the end of the cause until the last failed request ended. */
  readonly healedMs: number;
  /** The longest that a client had to wait for a failure. */
  readonly slowestFailureMs: number;
  readonly slowestMs: number;
}

/** A refusal is soon where a client gets it within this time. */
const soonMs = 12_000;

export class Traffic {
  requests = 0;
  #exchanges: Exchange[] = [];
  readonly #failures: Exchange[] = [];

  readonly note = (exchange: Exchange): void => {
    this.requests += 1;
    this.#exchanges.push(exchange);
    if (failed(exchange)) this.#failures.push(exchange);
  };

  report(window: Window): WindowReport {
    const during = this.#exchanges.filter((each) => overlaps(each, window));
    const failures = during.filter(failed);
    const last = Math.max(window.from, ...failures.map((each) => each.until));
    const longest = (list: readonly Exchange[]): number =>
      Math.max(0, ...list.map((each) => each.until - each.from));
    // A request that is still under way belongs to the next window as well.
    this.#exchanges = this.#exchanges.filter((each) => each.until > window.until);
    return {
      name: window.name,
      requests: during.length,
      failed: failures.length,
      failingMs: last - window.from,
      healedMs: Math.max(0, last - window.healedAt),
      slowestFailureMs: longest(failures),
      slowestMs: longest(during),
    };
  }

  /** Failures that no window allows. */
  unexplained(windows: readonly Window[]): string[] {
    return this.#failures.flatMap((failure) => {
      const near = windows.filter((window) => overlaps(failure, window));
      if (near.some((window) => explains(window.tolerance, failure))) return [];
      const when = near
        .map((window) => `${window.name} +${Math.round(failure.from - window.from)} ms`)
        .join(', ');
      const { method, path, status, detail, from, until } = failure;
      return [
        `${method} ${path}: ${status} after ${Math.round(until - from)} ms (${when || 'no fault'}) ${detail}`,
      ];
    });
  }
}

function failed({ status }: Exchange): boolean {
  return status === 0 || status >= 500;
}

function overlaps(exchange: Exchange, { from, until }: Window): boolean {
  return exchange.until >= from && exchange.from <= until;
}

function explains(tolerance: Tolerance, { status, from, until, method }: Exchange): boolean {
  if (tolerance === 'nothing') return false;
  if (tolerance === 'broken') return true;
  if (tolerance === 'woken') return status === 503 || status === 504;
  // A download whose store goes away in the middle can only break off.
  const said = status === 503 || (status === 0 && method === 'GET');
  return said && until - from < soonMs;
}
