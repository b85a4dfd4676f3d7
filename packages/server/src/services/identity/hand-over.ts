/** Moves the personal files of who goes into a folder of who stays. May run again after a failure: it goes on where it stopped. */
import { systemContext, systemPrincipal, type Context } from '../../kernel/context.ts';
import type { AccessService } from '../access/api.ts';
import type { TreeService } from '../tree/api.ts';
import type { WorkspacesService } from '../workspaces/api.ts';
import type { UserRow } from './tables.ts';

export interface HandOverDeps {
  readonly access: Pick<AccessService, 'epoch'>;
  readonly tree: Pick<TreeService, 'locate' | 'children' | 'ensureFolders' | 'move'>;
  readonly workspaces: Pick<WorkspacesService, 'bySlug'>;
}

type Owner = Pick<UserRow, 'id' | 'login' | 'role_id' | 'display_name'>;

/** Longer names could pass the 255 bytes that a name may have. */
const nameLength = 50;

/** The trash stays behind, for the admins. @throws quota_exceeded, locked: nothing is lost, what was moved stays moved */
export async function handOverFiles(
  deps: HandOverDeps,
  from: Owner,
  to: Owner,
  asker: Context,
): Promise<void> {
  const { tree, workspaces } = deps;
  const context = systemFor(asker);
  const source = await workspaces.bySlug(await ownerContext(deps, from), 'personal');
  const target = await workspaces.bySlug(await ownerContext(deps, to), 'personal');
  const root = await tree.locate(context, source.rootId);
  let folderId: string | null = null;
  for await (const batch of tree.children(context, root, context.signal))
    for (const { node } of batch) {
      folderId ??= (await tree.ensureFolders(context, target.rootId, [folderName(from)])).id;
      await tree.move(context, node.id, { parentId: folderId }, { onConflict: 'keep_both' });
    }
}

/** With all rights, as neither owner has any in both places; records name who asked for it. */
function systemFor({ principal, requestId, origin, signal }: Context): Context {
  const { userId, login, via } = principal;
  const asked = { ...systemPrincipal, login, via, ...(userId === null ? {} : { askedBy: userId }) };
  const impersonated =
    principal.impersonatorId === undefined ? {} : { impersonatorId: principal.impersonatorId };
  return {
    ...systemContext(requestId, signal),
    principal: { ...asked, ...impersonated },
    ...(origin === undefined ? {} : { origin }),
  };
}

/** The owner with nothing but the own role: whoever is being removed has no roles any more. */
async function ownerContext({ access }: HandOverDeps, owner: Owner): Promise<Context> {
  const principal = {
    ...systemPrincipal,
    userId: owner.id,
    login: owner.login,
    admin: false,
    roles: [owner.role_id],
    epoch: await access.epoch(),
  };
  return { ...systemContext('hand-over'), principal };
}

function folderName({ display_name, login }: Owner): string {
  const name = [...display_name.replace(/[/\\\p{Cc}]/gu, '-')].slice(0, nameLength).join('').trim();
  return `${/^[.\s-]*$/.test(name) ? login : name} (handed over)`;
}
