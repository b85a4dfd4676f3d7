import type { AuditFilter } from '../../../services/audit/api.ts';
import type { Services } from '../../contract.ts';
import type { Handlers } from '../handler.ts';
import { given, limitOf } from '../paging.ts';

type Names = 'listAudit' | 'exportAudit' | 'auditStatus' | 'verifyAudit' | 'setAuditWebhookSecret';

/** How much of an export is gathered before it is sent on. */
const blockBytes = 64 * 1024;

export function auditHandlers({ audit, identity, settings }: Services): Pick<Handlers, Names> {
  return {
    async listAudit(call) {
      const page = await audit.query(filterOf(call.query), limitOf(call.query), call.query.cursor);
      return { items: page.items.map((row) => ({ ...row })), next: page.next };
    },
    async exportAudit(call) {
      await identity.signIn.requireProof(call.context);
      const format = call.query.format ?? 'jsonl';
      const filter = filterOf(call.query);
      const bare = call.scope.raw.method === 'HEAD';
      if (!bare)
        await audit.keep(call.context, {
          kind: 'audit.exported',
          details: { format, filter: { ...filter } },
        });
      call.scope.raw.socket.setTimeout(0);
      const name = `${settings.get('branding.name').replace(/[^A-Za-z0-9-]+/g, '-')}-audit.${format}`;
      return {
        status: 200,
        headers: {
          'Content-Type': format === 'csv' ? 'text/csv; charset=utf-8' : 'application/jsonl; charset=utf-8',
          'Content-Disposition': `attachment; filename="${name}"`,
          'Cache-Control': 'no-store',
        },
        body: bare ? null : blocks(audit.export(format, filter, call.context.signal)),
      };
    },
    async auditStatus() {
      const { keys, streams, ...rest } = await audit.status();
      return { ...rest, keys: keys.map((key) => ({ ...key })), streams: streams.map((s) => ({ ...s })) };
    },
    async verifyAudit(call) {
      call.scope.raw.socket.setTimeout(0); // a long chain takes its time
      return audit.verify(call.context.signal);
    },
    setAuditWebhookSecret: async (call) => {
      await identity.signIn.requireProof(call.context);
      await audit.setWebhookSecret(call.body.secret);
      await audit.keep(call.context, {
        kind: 'setting.changed',
        details: { key: 'audit.webhook-secret', removed: call.body.secret === null },
      });
    },
  };
}

interface FilterQuery {
  readonly actor?: string;
  readonly kind?: string;
  readonly node?: string;
  readonly address?: string;
  readonly from?: number;
  readonly to?: number;
  readonly q?: string;
}

function filterOf({ actor, kind, node, address, from, to, q }: FilterQuery): AuditFilter {
  return given({ actorId: actor, kind, nodeId: node, address, from, to, text: q });
}

async function* blocks(lines: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  let block = '';
  for await (const line of lines) {
    block += line;
    if (block.length < blockBytes) continue;
    yield Buffer.from(block);
    block = '';
  }
  if (block !== '') yield Buffer.from(block);
}
