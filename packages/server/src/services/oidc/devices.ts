/** A person lets a device in by the code that it shows (RFC 8628). The records are oidc-provider's (model DeviceCode). */
import type { OidcDevice } from '@volvox/api';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../../kernel/clock.ts';
import type { Context } from '../../kernel/context.ts';
import { AppError } from '../../kernel/errors.ts';
import type { KeptRecord, RegisteredClient } from './api.ts';
import type { Clients } from './clients.ts';
import { libraryTime, type Interactions } from './interactions.ts';
import { recordOf } from './payloads.ts';
import { requireSession } from './person.ts';
import type { Records } from './records.ts';

export interface DevicesDeps {
  readonly records: Records;
  readonly clients: Clients;
  readonly interactions: Interactions;
  readonly clock: Clock;
}

/** Wrong codes per person and quarter of an hour: of 20^8 codes a handful is alive at a time. */
const maximumWrong = 20;
const wrongMs = 15 * 60_000;

interface Waiting {
  readonly id: string;
  readonly kept: KeptRecord;
  readonly client: RegisteredClient;
  readonly scopes: readonly string[];
}

export class Devices {
  readonly #deps: DevicesDeps;
  readonly #wrong = new LRUCache<string, { count: number; readonly until: number }>({ max: 10_000 });

  constructor(deps: DevicesDeps) {
    this.#deps = deps;
  }

  async lookUp(context: Context, userCode: string): Promise<OidcDevice> {
    const { userId } = requireSession(context);
    const { kept, client, scopes } = await this.#find(userId, userCode);
    const address = recordOf(kept.payload['deviceInfo'])['ip'];
    return {
      clientName: String(client.metadata['client_name']),
      scopes: [...scopes],
      address: typeof address === 'string' ? address : null,
      expiresAt: this.#deps.clock.now() + kept.leftMs,
    };
  }

  async decide(context: Context, userCode: string, allow: boolean): Promise<void> {
    const { userId } = requireSession(context);
    const { records, interactions } = this.#deps;
    const { id, kept, client, scopes } = await this.#find(userId, userCode);
    if (allow) await interactions.allow(context, String(client.metadata['client_id']), scopes);
    // Two people, or two windows, that decide at once: the first one counts.
    if (!(await records.consume('DeviceDecision', await this.#mark(id, kept)))) throw unknown();
    const answer = allow
      ? {
          accountId: userId,
          grantId: await interactions.writeGrant(
            null,
            userId,
            String(client.metadata['client_id']),
            scopes,
            [],
          ),
          scope: scopes.join(' '),
          authTime: libraryTime(),
        }
      : { error: 'access_denied', errorDescription: 'the person said no' };
    await records.put('DeviceCode', id, { ...kept.payload, ...answer }, ttlOf(kept));
  }

  async #mark(id: string, kept: KeptRecord): Promise<string> {
    await this.#deps.records.put('DeviceDecision', id, {}, ttlOf(kept));
    return id;
  }

  async #find(userId: string, userCode: string): Promise<Waiting> {
    this.#refuseGuessing(userId);
    const kept = await this.#deps.records.findByUserCode(normal(userCode));
    const payload = kept?.payload ?? {};
    const client = await this.#deps.clients.find(String(payload['clientId']));
    const decided = payload['accountId'] !== undefined || payload['error'] !== undefined;
    if (kept === null || kept.leftMs <= 0 || decided || client === null) {
      this.#countWrong(userId);
      throw unknown();
    }
    const allowed = new Set(String(client.metadata['scope'] ?? '').split(' '));
    const asked = String(recordOf(payload['params'])['scope'] ?? '').split(' ');
    return { id: String(payload['jti']), kept, client, scopes: asked.filter((scope) => allowed.has(scope)) };
  }

  #refuseGuessing(userId: string): void {
    const now = this.#deps.clock.now();
    const wrong = this.#wrong.get(userId);
    if (wrong !== undefined && wrong.until > now && wrong.count >= maximumWrong)
      throw new AppError('too_many_requests', 'too many wrong codes', {
        details: { retryAfter: Math.ceil((wrong.until - now) / 1000) },
      });
  }

  #countWrong(userId: string): void {
    const now = this.#deps.clock.now();
    const wrong = this.#wrong.get(userId);
    if (wrong === undefined || wrong.until <= now)
      this.#wrong.set(userId, { count: 1, until: now + wrongMs });
    else wrong.count++;
  }
}

/** People type it in lower case and without the hyphen. */
function normal(userCode: string): string {
  return userCode.toUpperCase().replace(/[^A-Z0-9]/g, '');
}

function ttlOf(kept: KeptRecord): number {
  return Math.max(1, Math.ceil(kept.leftMs / 1000));
}

function unknown(): AppError {
  return new AppError('not_found', 'there is no such code, or it has expired', {
    details: { reason: 'user_code' },
  });
}
