import { AppError } from '../../kernel/errors.ts';
import type { RawGateway } from '../contract.ts';
import type { StaticSite } from '../static/static-site.ts';
import type { RequestScope } from './request-scope.ts';
import type { Rest } from './rest.ts';
import { sendProblem } from './problem-answer.ts';
import type { SetupGate } from './setup-gate.ts';

interface Targets {
  readonly gateways: readonly RawGateway[];
  readonly rest: Rest;
  readonly site: StaticSite;
  readonly gate: SetupGate;
}

const hostPattern = /^(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?$/;

/** Decides by the path alone, as it was sent: nothing is decoded or collapsed here, so no two readings of a path exist. */
export function createDispatcher(targets: Targets): (scope: RequestScope) => Promise<void> {
  const { rest, site, gate } = targets;
  const gateways = targets.gateways.map((gateway) => ({
    gateway,
    prefix: gateway.prefix,
    name: gateway.prefix.replace(/^.*\//, ''),
    visitors: gateway.visitors,
  }));
  return async function dispatch(scope) {
    const { raw } = scope;
    if (!acceptable(scope)) return;
    const url = withoutRealm(scope, pathOf(raw.url ?? '/'));
    raw.url = url;
    for (const entry of gateways) {
      if (!isBelow(url, entry.prefix) || (scope.link !== null && entry.visitors !== true)) continue;
      scope.route = entry.name;
      const waiting = gate.pass();
      if (waiting !== undefined) await waiting;
      await entry.gateway.handle(scope);
      return;
    }
    if (rest.owns(url)) return rest.handle(scope);
    scope.route = 'static';
    return site.handle(scope);
  };
}

/** @returns false after answering a request that no gateway should see */
function acceptable(scope: RequestScope): boolean {
  const { method, headers } = scope.raw;
  const host = headers.host;
  if (host !== undefined && host !== '' && !hostPattern.test(host)) {
    sendProblem(scope, new AppError('invalid_input', 'the Host header is malformed'));
    return false;
  }
  if (method === 'TRACE' || method === 'CONNECT') {
    sendProblem(scope, new AppError('unsupported', `${method} is not offered`), { status: 405 });
    return false;
  }
  return true;
}

/** The absolute form (RFC 9112 section 3.2.2) is for proxies, but servers must take it; `*` is the server as a whole. */
function pathOf(target: string): string {
  if (target.startsWith('/')) return target;
  const match = /^https?:\/\/[^/?#]*(\/[^#]*)?/i.exec(target);
  return match?.[1] ?? '/';
}

const realm = /^(\/s\/([A-Za-z0-9_-]{3,64}))(\/api\/v1\/.*)$/s;

/** The REST routes below `/s/<token>` are those of everywhere, for a visitor of that link. */
function withoutRealm(scope: RequestScope, url: string): string {
  const match = realm.exec(url);
  const [, base, token, rest] = match ?? [];
  if (base === undefined || token === undefined || rest === undefined) return url;
  scope.link = { token, base };
  return rest;
}

function isBelow(url: string, prefix: string): boolean {
  if (!url.startsWith(prefix)) return false;
  const next = url.charCodeAt(prefix.length);
  return Number.isNaN(next) || next === 0x2f || next === 0x3f; // end, "/" or "?"
}
