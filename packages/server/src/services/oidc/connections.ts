/** The apps that may act in a person's name, and how that ends. */
import type { Connection } from '@volvox/api';
import type { Clock } from '../../kernel/clock.ts';
import type { Context } from '../../kernel/context.ts';
import { AppError } from '../../kernel/errors.ts';
import type { SqlStore, SqlTransaction } from '../../stores/sql/contract.ts';
import type { AccessService } from '../access/api.ts';
import type { AuditService } from '../audit/api.ts';
import type { Clients } from './clients.ts';
import { scopesWorth } from './payloads.ts';
import * as queries from './queries.ts';
import type { Records } from './records.ts';

export interface ConnectionsDeps {
  readonly sql: SqlStore;
  readonly access: Pick<AccessService, 'bumpEpoch'>;
  readonly audit: Pick<AuditService, 'append'>;
  readonly clients: Clients;
  readonly records: Records;
  readonly clock: Clock;
}

export class Connections {
  readonly #deps: ConnectionsDeps;

  constructor(deps: ConnectionsDeps) {
    this.#deps = deps;
  }

  async list(context: Context): Promise<readonly Connection[]> {
    const rows = await this.#deps.sql.reader.all(queries.grantsOfUser, this.#asker(context));
    return Promise.all(
      rows.map(async (row) => {
        const clientId = row.client_id ?? '';
        const client = await this.#deps.clients.find(clientId);
        return {
          id: row.id,
          clientId,
          clientName: String(client?.metadata['client_name'] ?? clientId),
          scopes: [...scopesWorth(this.#deps.records.open(row) ?? {}, client)],
          createdAt: row.created_at,
        };
      }),
    );
  }

  async revoke(context: Context, id: string): Promise<void> {
    const { sql } = this.#deps;
    const grant = (await sql.reader.all(queries.grantsOfUser, this.#asker(context))).find(
      (row) => row.id === id,
    );
    if (grant === undefined) throw new AppError('not_found', 'there is no such connection');
    const event = { kind: 'oidc.grant', details: { clientId: grant.client_id, change: 'ended' } } as const;
    await this.#end(grant.record_key, (tx) => this.#deps.audit.append(tx, context, event));
  }

  /** By the grant's own id, as tokens carry it. */
  revokeGrant(grantId: string): Promise<void> {
    return this.#end(this.#deps.records.keyOf('Grant', grantId));
  }

  async #end(key: string, inside?: (tx: SqlTransaction) => Promise<void>): Promise<void> {
    const { sql, access } = this.#deps;
    await sql.transaction(async (tx) => {
      await access.bumpEpoch(tx);
      await tx.run(queries.deleteGrant, { key });
      await inside?.(tx);
    });
  }

  #asker({ principal }: Context): { userId: string; now: number } {
    const { userId } = principal;
    if (userId === null || !principal.scopes.includes('account'))
      throw new AppError('forbidden', 'these credentials do not cover the account');
    return { userId, now: this.#deps.clock.now() };
  }
}
