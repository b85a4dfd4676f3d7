/** Keeps what the protocol remembers. Names are keyed hashes, contents are sealed; expiry is by the clock of the cluster. */
import type { Clock } from '../../kernel/clock.ts';
import { newId } from '../../kernel/ids.ts';
import type { SqlStore, SqlTransaction } from '../../stores/sql/contract.ts';
import type { AccessService } from '../access/api.ts';
import type { KeptRecord, OidcRecords, Payload } from './api.ts';
import * as queries from './queries.ts';
import type { Sealing } from '../../kernel/sealing.ts';
import type { RecordRow } from './tables.ts';

/** To take one of these away takes rights away, which must hold on all nodes at once. */
const opening = new Set(['AccessToken', 'Grant', 'Session']);

export interface RecordsDeps {
  readonly sql: SqlStore;
  readonly access: Pick<AccessService, 'bumpEpoch'>;
  readonly clock: Clock;
  readonly sealing: Sealing;
}

export class Records implements OidcRecords {
  readonly #deps: RecordsDeps;

  constructor(deps: RecordsDeps) {
    this.#deps = deps;
  }

  async put(
    model: string,
    id: string,
    payload: Payload,
    ttlSeconds: number,
    sessionId: string | null = null,
  ): Promise<void> {
    const { sql, clock, sealing } = this.#deps;
    const key = this.keyOf(model, id);
    const at = clock.now();
    const row = {
      key,
      id: newId(),
      model,
      payload: sealing.seal(key, payload),
      grantKey: this.#named('Grant', payload['grantId']),
      lookupKey: this.#named('uid', payload['uid']) ?? this.#named('userCode', payload['userCode']),
      sessionKey: payload['expiresWithSession'] === true ? this.#named('uid', payload['sessionUid']) : null,
      userId: text(payload['accountId']),
      clientId: text(payload['clientId']),
      scopes: scopesOf(payload),
      sessionId,
      at,
      expiresAt: at + ttlSeconds * 1000,
    };
    await sql.transaction((tx) => tx.run(queries.upsertRecord, row));
  }

  async find(model: string, id: string): Promise<KeptRecord | null> {
    const key = this.keyOf(model, id);
    return this.#kept(await this.#deps.sql.reader.get(queries.recordByKey, { key, model }));
  }

  findByUid(uid: string): Promise<KeptRecord | null> {
    return this.#findBy('Session', 'uid', uid);
  }

  findByUserCode(userCode: string): Promise<KeptRecord | null> {
    return this.#findBy('DeviceCode', 'userCode', userCode);
  }

  async consume(model: string, id: string): Promise<boolean> {
    const { sql, clock } = this.#deps;
    const mark = { key: this.keyOf(model, id), at: clock.now() };
    return (await sql.transaction((tx) => tx.run(queries.consumeRecord, mark))) === 1;
  }

  async remove(model: string, id: string): Promise<void> {
    const key = this.keyOf(model, id);
    await this.#remove(model, (tx) => tx.run(queries.deleteRecord, { key }));
  }

  async removeByGrant(model: string, grantId: string): Promise<void> {
    const key = this.keyOf('Grant', grantId);
    await this.#remove(model, (tx) => tx.run(queries.deleteRecordsOfGrant, { key, model }));
  }

  keyOf(model: string, id: string): string {
    return this.#deps.sealing.name(model, id);
  }

  open(row: Pick<RecordRow, 'record_key' | 'payload'>): Payload | null {
    return this.#deps.sealing.open(row.record_key, row.payload);
  }

  async #remove(model: string, work: (tx: SqlTransaction) => Promise<unknown>): Promise<void> {
    const { sql, access } = this.#deps;
    await sql.transaction(async (tx) => {
      if (opening.has(model)) await access.bumpEpoch(tx);
      await work(tx);
    });
  }

  async #findBy(model: string, kind: string, value: string): Promise<KeptRecord | null> {
    const key = this.#deps.sealing.name(kind, value);
    return this.#kept(await this.#deps.sql.reader.get(queries.recordByLookup, { key, model }));
  }

  #kept(row: RecordRow | undefined): KeptRecord | null {
    const payload = row === undefined ? null : this.open(row);
    if (row === undefined || payload === null) return null;
    const consumed = row.consumed_at === null ? {} : { consumed: Math.floor(row.consumed_at / 1000) };
    return {
      payload: { ...payload, ...consumed },
      leftMs: row.expires_at - this.#deps.clock.now(),
      sessionId: row.session_id,
      createdAt: row.created_at,
    };
  }

  #named(kind: string, value: unknown): string | null {
    return typeof value === 'string' ? this.#deps.sealing.name(kind, value) : null;
  }
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

/** A grant has its scopes one level deeper. */
function scopesOf(payload: Payload): string | null {
  const { openid } = payload;
  const inner = typeof openid === 'object' && openid !== null && 'scope' in openid ? openid.scope : undefined;
  return text(payload['scope'] ?? inner);
}
