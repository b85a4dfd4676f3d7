import type { PersonalTemplate } from '@volvox/api';
import type { Context } from '../../../kernel/context.ts';
import type { Services } from '../../contract.ts';
import { presentLocated } from '../present.ts';

/** As whoever asks may see it. */
export async function personalTemplate(
  { access, settings, tree }: Services,
  context: Context,
): Promise<PersonalTemplate> {
  const id = settings.get('personal.template');
  if (id === '') return { folder: null, fits: true };
  const [located] = await tree.locateMany(context, [id]);
  if (located === undefined || located.trashed !== null)
    return { folder: { id, path: null, size: 0, files: 0 }, fits: false };
  const { bytes, files } = await tree.folderSize(id);
  const { path = null } = await presentLocated(access, context.principal, located);
  const room = settings.get('personal.defaultQuotaMiB') * 2 ** 20;
  return { folder: { id, path, size: bytes, files }, fits: room === 0 || bytes <= room };
}
