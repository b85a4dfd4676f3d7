import { isApiError } from '@volvox/client';
import { client } from '../api/client.ts';
import { tell, tellError } from '../api/notify.tsx';
import { t } from '../i18n/index.ts';
import { askConflicts } from './conflict-store.ts';
import { clashesOf, planUpload } from './conflicts.ts';
import { queue } from './engine.ts';
import { topNames, type Picked } from './entries.ts';

/** From picked files to queued uploads: what is taken there already is asked about first. */
export async function startUpload(parentId: string, picked: Picked | Promise<Picked>): Promise<void> {
  try {
    const ready = await picked;
    const names = topNames(ready);
    if (names.length === 0) return;
    const clashes = clashesOf(
      names,
      await takenNames(
        parentId,
        names.map((entry) => entry.name),
      ),
    );
    const decisions = clashes.length > 0 ? await askConflicts(clashes) : new Map();
    if (decisions === null) return;
    const plan = planUpload(ready, decisions);
    if (plan.skipped > 0) tell(t('upload.skippedCount', { count: plan.skipped }));
    queue.add(
      plan.files.map(({ file, folders, conflict, skipIfTaken }) => ({
        file,
        parentId,
        folders,
        conflict,
        skipIfTaken,
      })),
    );
    for (const folders of ready.emptyFolders) await makeFolders(parentId, folders);
  } catch (error) {
    tellError(error, t('upload.couldNotStart'));
  }
}

/** Few names are looked for one by one (a folder may hold a hundred thousand); many by reading the folder once. */
async function takenNames(parentId: string, names: readonly string[]): Promise<Set<string>> {
  const taken = new Set<string>();
  if (names.length <= 12) {
    const { path } = await client.call('getNode', { params: { id: parentId } });
    await Promise.all(names.map(async (name) => (await exists(`${path ?? ''}/${name}`)) && taken.add(name)));
    return taken;
  }
  const wanted = new Set(names);
  let cursor: string | null = '';
  while (cursor !== null) {
    const page: { readonly items: readonly { readonly name: string }[]; readonly next: string | null } =
      await client.call('listChildren', {
        params: { id: parentId },
        query: { limit: 1000, ...(cursor ? { cursor } : {}) },
      });
    for (const node of page.items) if (wanted.has(node.name)) taken.add(node.name);
    cursor = page.next;
  }
  return taken;
}

async function exists(path: string): Promise<boolean> {
  try {
    await client.call('lookupNode', { query: { path } });
    return true;
  } catch (error) {
    if (isApiError(error, 'not_found')) return false;
    throw error;
  }
}

async function makeFolders(parentId: string, names: readonly string[]): Promise<void> {
  let id = parentId;
  for (const name of names)
    id = (await client.call('createFolder', { params: { id }, body: { name, conflict: 'replace' } })).id;
}
