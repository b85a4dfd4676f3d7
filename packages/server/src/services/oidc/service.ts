/** What the OpenID provider keeps and decides; the protocol itself is `gateways/oidc`. */
import type { Clock } from '../../kernel/clock.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { Started } from '../../kernel/service.ts';
import type { SqlStore, SqlTransaction } from '../../stores/sql/contract.ts';
import type { VaultStore } from '../../stores/vault/contract.ts';
import type { AccessService } from '../access/api.ts';
import type { AuditService } from '../audit/api.ts';
import type { IdentityService, PrincipalReloader, SecretKeeper } from '../identity/api.ts';
import type { SettingsService } from '../settings/api.ts';
import type { OidcService } from './api.ts';
import { Clients } from './clients.ts';
import { Connections } from './connections.ts';
import { Devices } from './devices.ts';
import { Interactions, mayResume } from './interactions.ts';
import { Keys } from './keys.ts';
import { Logouts, type LogoutsDeps } from './logouts.ts';
import { scopesWorth } from './payloads.ts';
import * as queries from './queries.ts';
import { Records } from './records.ts';
import { Sealing } from '../../kernel/sealing.ts';
import { AccessTokens } from './tokens.ts';

export interface OidcDeps {
  readonly sql: SqlStore;
  readonly vault: VaultStore;
  readonly access: Pick<AccessService, 'bumpEpoch' | 'current'>;
  readonly identity: Pick<IdentityService, 'sessions' | 'onUserRemoved' | 'onCredentialsEnded'> &
    Pick<PrincipalReloader, 'principalAs' | 'liveSessions'> & {
      readonly signIn: Pick<IdentityService['signIn'], 'requireProof'>;
    } & Pick<SecretKeeper, 'sharedKey'>;
  readonly settings: Pick<SettingsService, 'get'>;
  readonly audit: Pick<AuditService, 'append' | 'keep'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly post: LogoutsDeps['post'];
}

export async function startOidc(deps: OidcDeps): Promise<Started<OidcService>> {
  const { sql, vault, identity, settings, clock } = deps;
  const sealing = new Sealing(await identity.sharedKey('oidc/secret'), 'oidc');
  const records = new Records({ ...deps, sealing });
  const keys = new Keys({ vault, sql, clock }, () => settings.get('oidc.keyDays'));
  const clients = new Clients(deps);
  const interactions = new Interactions({ ...deps, records, clients });
  const devices = new Devices({ records, clients, interactions, clock });
  const logouts = new Logouts({ ...deps, clients, keys });
  const connections = new Connections({ ...deps, clients, records });
  const forget = async (tx: SqlTransaction, userId: string): Promise<void> =>
    void (await tx.run(queries.deleteRecordsOfUser, { userId }));
  identity.onUserRemoved(forget);
  // Grants, their tokens, codes and devices: whoever had the old password may have let those apps in.
  identity.onCredentialsEnded(forget);
  const api: OidcService = {
    records,
    cookieKey: sealing.cookieKey,
    keys: () => keys.current(),
    async rotateKeys() {
      const done = await keys.rotate();
      if (done.made + done.removed > 0)
        await deps.audit.keep('system', { kind: 'oidc.keys', details: { ...done } });
      return done;
    },
    noteReuse: (model, payload, from) =>
      deps.audit.keep(from, {
        kind: 'token.reused',
        subjectId: typeof payload['accountId'] === 'string' ? payload['accountId'] : null,
        details: { model, clientId: String(payload['clientId']) },
      }),
    client: (id) => clients.find(id),
    scopesWorth: async (grant) => scopesWorth(grant, await clients.find(String(grant['clientId']))),
    clients: () => clients.list(),
    createClient: (context, input) => clients.create(context, input),
    updateClient: (context, id, input) => clients.update(context, id, input),
    newSecret: (context, id) => clients.newSecret(context, id),
    deleteClient: (context, id) => clients.delete(context, id),
    noteLogin: (login) => logouts.note(login),
    sendLogouts: (signal) => logouts.send(signal),
    interaction: (context, uid) => interactions.next(context, uid),
    decide: (context, uid, allow) => interactions.decide(context, uid, allow),
    mayResume,
    device: (context, userCode) => devices.lookUp(context, userCode),
    decideDevice: (context, userCode, allow) => devices.decide(context, userCode, allow),
    connections: (context) => connections.list(context),
    revokeConnection: (context, id) => connections.revoke(context, id),
    revokeGrant: (grantId) => connections.revokeGrant(grantId),
    now: () => clock.now(),
    isLive: async (sessionId) => (await identity.liveSessions(sql.reader, [sessionId])).has(sessionId),
    accessTokens: new AccessTokens({ sql, identity, records, clients, clock }),
    expire: () => sql.transaction((tx) => tx.run(queries.deleteExpiredRecords, { now: clock.now() })),
  };
  return { api, stop: async () => {} };
}
