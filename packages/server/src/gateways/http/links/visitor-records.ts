/** Counts what a visitor takes, and tells the audit log: by whichever door. */
import type { Context } from '../../../kernel/context.ts';
import type { ClientInfo } from '../../../services/identity/api.ts';
import type { Counted } from '../../../services/sharing/api.ts';
import type { Services } from '../../contract.ts';

type Needed = Pick<Services, 'sharing' | 'audit'>;

/** @throws gone where nothing is left */
export async function takeDownload(
  { sharing, audit }: Needed,
  context: Context,
  client: ClientInfo,
  what: Counted,
): Promise<void> {
  const { principal } = context;
  const counted = await sharing.countDownload(principal, sharing.visitorKey(principal, client), what);
  if (!counted) return;
  const nodeId = what.nodeId === '' ? null : what.nodeId;
  const details = { linkId: principal.confined?.linkId ?? '' };
  await audit.keep({ ...context, origin: client }, { kind: 'link.downloaded', nodeId, details });
}

/** @param name as the visitor gave it */
export async function noteUpload(
  { sharing, audit }: Needed,
  context: Context,
  client: ClientInfo,
  node: Parameters<Services['sharing']['uploaded']>[2],
  name: string,
): Promise<void> {
  await sharing.uploaded(context, sharing.visitorKey(context.principal, client), node, name);
  const details = { linkId: context.principal.confined?.linkId ?? '' };
  await audit.keep({ ...context, origin: client }, { kind: 'link.uploaded', nodeId: node.id, details });
}
