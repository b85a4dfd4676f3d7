/** The folder whose content new personal workspaces begin with: kept as a setting, copied by the tree. */
import type { Context, Principal } from '../../kernel/context.ts';
import { AppError } from '../../kernel/errors.ts';
import { READ, type AccessService } from '../access/api.ts';
import type { SettingsService } from '../settings/api.ts';
import type { Beginning, TreeService } from '../tree/api.ts';

const key = 'personal.template';

export interface TemplateDeps {
  readonly access: Pick<AccessService, 'adminsRoleId' | 'decide' | 'lastEpoch'>;
  readonly settings: Pick<SettingsService, 'get' | 'set'>;
  readonly tree: Pick<TreeService, 'locate'>;
}

/** null: there is none */
export async function templateNow({ access, settings }: TemplateDeps): Promise<Beginning['template']> {
  const folderId = settings.get(key);
  const reader = folderId === '' ? null : await readerOf(access, access.lastEpoch());
  return reader === null ? null : { folderId, reader };
}

/**
 * @param folderId null: none from now on
 * @throws not_found, forbidden unless an admin asks, invalid_input (reason `kind`, `trashed`, `readers`) for what can't be copied to everybody: all
 *   that administrators read by their role is, and nothing else, so that a folder of one of them gives nothing away
 */
export async function chooseTemplate(
  { access, settings, tree }: TemplateDeps,
  context: Context,
  folderId: string | null,
): Promise<void> {
  const { principal } = context;
  if (!principal.admin || !principal.scopes.includes('admin'))
    throw new AppError('forbidden', 'only admins may do this');
  if (folderId !== null) {
    const { node, chain, trashed } = await tree.locate(context, folderId);
    const reader = await readerOf(access, Math.max(principal.epoch, access.lastEpoch()));
    if (node.kind !== 'folder') throw refused('kind', 'a template is a folder');
    if (trashed !== null) throw refused('trashed', 'it lies in the trash');
    if (reader === null || ((await access.decide(reader, chain)) & READ) === 0)
      throw refused('readers', 'choose a folder that all administrators may read');
  }
  await settings.set(key, folderId ?? '', { actor: principal.userId });
}

function refused(reason: string, why: string): AppError {
  return new AppError('invalid_input', why, { details: { reason } });
}

/** Somebody who is an administrator and nothing else. */
async function readerOf(
  access: Pick<AccessService, 'adminsRoleId'>,
  epoch: number,
): Promise<Principal | null> {
  const roleId = await access.adminsRoleId();
  if (roleId === null) return null;
  return {
    userId: roleId,
    login: '',
    admin: false,
    roles: [roleId],
    scopes: ['files:read'],
    via: 'system',
    sessionId: null,
    tokenId: null,
    epoch,
  };
}
