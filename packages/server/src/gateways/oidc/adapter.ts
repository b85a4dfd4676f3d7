/** oidc-provider's storage, over the service that keeps it. */
import { errors, type Adapter, type AdapterPayload } from 'oidc-provider';
import { systemClock } from '../../kernel/clock.ts';
import type { KeptRecord, OidcService } from '../../services/oidc/api.ts';
import type { Mirror } from './mirror.ts';

export function createAdapter(model: string, oidc: OidcService, mirror: Mirror): Adapter {
  return model === 'Client' ? clientAdapter(oidc) : recordAdapter(model, oidc, mirror);
}

/** Where the library gives no time to live. */
const dayInSeconds = 86_400;

function recordAdapter(model: string, oidc: OidcService, mirror: Mirror): Adapter {
  const { records } = oidc;
  const noteReuse = ({ payload }: KeptRecord): Promise<void> =>
    mirror.tokenRequest((from) => oidc.noteReuse(model, payload, from));
  return {
    async upsert(id, payload, expiresIn = dayInSeconds) {
      const sessionId = model === 'Session' ? ((await mirror.present())?.sessionId ?? null) : null;
      await records.put(model, id, { ...payload }, expiresIn, sessionId);
    },
    async find(id) {
      const kept = await records.find(model, id);
      if (kept !== null && !(await counts(model, kept, oidc, mirror))) return undefined;
      if (kept !== null && isReuse(model, kept)) await noteReuse(kept);
      return payloadOf(kept !== null && model === 'Grant' ? await narrowed(kept, oidc) : kept);
    },
    findByUserCode: async (userCode) => payloadOf(await records.findByUserCode(userCode)),
    async findByUid(uid) {
      const kept = await records.findByUid(uid);
      if (kept?.sessionId == null || !(await oidc.isLive(kept.sessionId))) return undefined;
      return payloadOf(kept);
    },
    async consume(id) {
      if (await records.consume(model, id)) return;
      // Twice at once, maybe on two nodes: one of the two is a thief's, and nobody knows which. Both had found it unused.
      const kept = await records.find(model, id);
      if (kept !== null && isReuse(model, kept)) await noteReuse(kept);
      const grantId = kept?.payload['grantId'];
      if (typeof grantId === 'string') await oidc.revokeGrant(grantId);
      throw new errors.InvalidGrant('already used');
    },
    destroy: (id) => records.remove(model, id),
    revokeByGrantId: (grantId) => records.removeByGrant(model, grantId),
  };
}

/** Whether it does in the browser that asks. */
async function counts(model: string, kept: KeptRecord, oidc: OidcService, mirror: Mirror): Promise<boolean> {
  if (model !== 'Session' && model !== 'Interaction') return true;
  const present = await mirror.present();
  if (model === 'Interaction') return oidc.mayResume(kept.payload, present);
  // A browser whose session of ours has ended, or is another one now, begins anew here too.
  if (kept.sessionId !== (present?.sessionId ?? null)) return false;
  return (kept.payload['accountId'] ?? null) === (present?.userId ?? null);
}

/** A grant as what it is worth now: the library gives no more than it says, and asks the person for the rest. */
async function narrowed(kept: KeptRecord, oidc: OidcService): Promise<KeptRecord> {
  const { payload } = kept;
  const scope = (await oidc.scopesWorth(payload)).join(' ');
  return { ...kept, payload: { ...payload, openid: { ...Object(payload['openid']), scope } } };
}

const usedOnce = new Set(['AuthorizationCode', 'RefreshToken']);

function isReuse(model: string, { payload }: KeptRecord): boolean {
  return payload['consumed'] !== undefined && usedOnce.has(model);
}

/** Expiry is by the clock of the cluster, but the library compares `exp` with that of the process. */
function payloadOf(kept: KeptRecord | null): AdapterPayload | undefined {
  if (kept === null) return undefined;
  const exp = Math.floor((systemClock.now() + kept.leftMs) / 1000);
  return { ...kept.payload, exp } as AdapterPayload;
}

/** Clients are registered by administrators only, so nothing is written here. */
function clientAdapter(oidc: OidcService): Adapter {
  const refuse = async (): Promise<never> => {
    throw new Error('clients are registered by REST');
  };
  return {
    async find(id) {
      const client = await oidc.client(id);
      if (client === null) return undefined;
      // What is compared is the hash: `Client.compareClientSecret` in provider.ts.
      const secret = client.secretHash === null ? {} : { client_secret: client.secretHash };
      return { ...client.metadata, ...secret } as AdapterPayload;
    },
    upsert: refuse,
    findByUserCode: refuse,
    findByUid: refuse,
    consume: refuse,
    destroy: refuse,
    revokeByGrantId: refuse,
  };
}
