import type { Context } from '../../../kernel/context.ts';
import { WRITE } from '../../../services/access/api.ts';
import type { Services } from '../../contract.ts';

/** Into the trash; what lies there already goes for good. */
export async function deleteNode(
  services: Pick<Services, 'tree'>,
  context: Context,
  id: string,
  permanent: boolean,
): Promise<void> {
  const located = await services.tree.locate(context, id, WRITE);
  if (permanent || located.trashed !== null) await services.tree.purge(context, id);
  else await services.tree.trash(context, id);
}
