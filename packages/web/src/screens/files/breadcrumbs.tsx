import { ActionIcon, CopyButton, Menu, Tooltip } from '@mantine/core';
import { IconCheck, IconChevronRight, IconCopy, IconDots, IconMenu2 } from '@tabler/icons-react';
import type { Node, Workspace } from '@volvox/api';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useAncestors, useWorkspaceOf, useWorkspaces } from '../../api/queries.ts';
import { useDropTarget } from './drag.ts';
import css from './breadcrumbs.module.css';

interface Crumb {
  readonly id: string;
  readonly name: string;
}

/** The way down to this folder; each step takes drops. Long ways fold in the middle. */
export function Breadcrumbs({
  folder,
  phone,
}: {
  readonly folder: Node | undefined;
  readonly phone: boolean;
}) {
  const { t } = useTranslation();
  const ancestors = useAncestors(folder?.id).data;
  const workspace = useWorkspaceOf(folder);
  const workspaces = useWorkspaces().data;
  if (!folder) return <div className={css.bar} aria-hidden="true" />;

  const nameOf = ({ kind, name }: Workspace): string => (kind === 'received' ? t('shared.withMe') : name);
  const own = (ancestors ?? []).map((crumb) =>
    crumb.id === workspace?.rootId ? { ...crumb, name: nameOf(workspace) } : crumb,
  );
  // What lies in somebody else's workspace is here because it was shared.
  const received = workspaces?.find(({ kind }) => kind === 'received');
  const named =
    workspaces && !workspace && received ? [{ id: received.rootId, name: nameOf(received) }, ...own] : own;
  const title = folder.id === workspace?.rootId ? nameOf(workspace) : folder.name;
  const folded = phone ? named : named.length > 3 ? named.slice(1, named.length - 2) : [];
  const shown = phone ? [] : named.filter((crumb) => !folded.includes(crumb));

  return (
    <nav className={css.bar} aria-label={t('files.path')}>
      <ol className={css.list}>
        {!phone && shown[0] && <Step crumb={shown[0]} />}
        {(folded.length > 0 || phone) && (
          <li className={css.step}>
            <Menu>
              <Menu.Target>
                <ActionIcon
                  size={phone ? 44 : 26}
                  aria-label={t(phone ? 'files.places' : 'files.hiddenFolders')}
                >
                  {phone ? <IconMenu2 size={20} /> : <IconDots size={16} />}
                </ActionIcon>
              </Menu.Target>
              <Menu.Dropdown>
                {folded.map((crumb) => (
                  <Menu.Item key={crumb.id} component={Link} to={`/files/${crumb.id}`}>
                    {crumb.name}
                  </Menu.Item>
                ))}
                {phone && <WorkspaceItems />}
              </Menu.Dropdown>
            </Menu>
            {!phone && <IconChevronRight size={14} className={css.arrow} aria-hidden="true" />}
          </li>
        )}
        {shown.slice(phone ? 0 : 1).map((crumb) => (
          <Step key={crumb.id} crumb={crumb} />
        ))}
        <li className={css.step}>
          <h1 className={css.title} aria-current="page" title={title}>
            {title}
          </h1>
        </li>
      </ol>
      {folder.path && !phone && (
        <CopyButton value={folder.path}>
          {({ copied, copy }) => (
            <Tooltip label={t(copied ? 'files.pathCopied' : 'files.copyPath')}>
              <ActionIcon size={28} aria-label={t('files.copyPath')} onClick={copy}>
                {copied ? <IconCheck size={15} /> : <IconCopy size={15} />}
              </ActionIcon>
            </Tooltip>
          )}
        </CopyButton>
      )}
    </nav>
  );
}

function Step({ crumb }: { readonly crumb: Crumb }) {
  const drop = useDropTarget(crumb);
  return (
    <li className={css.step}>
      <Link
        to={`/files/${crumb.id}`}
        className={css.link}
        data-drop={drop.over || undefined}
        {...drop.handlers}
      >
        {crumb.name}
      </Link>
      <IconChevronRight size={14} className={css.arrow} aria-hidden="true" />
    </li>
  );
}

/** Where there is no side bar, the workspaces are here. */
function WorkspaceItems() {
  const { t } = useTranslation();
  return (
    <>
      <Menu.Label>{t('nav.workspaces')}</Menu.Label>
      {useWorkspaces().data?.map((workspace) => (
        <Menu.Item key={workspace.id} component={Link} to={`/files/${workspace.rootId}`}>
          {workspace.name}
        </Menu.Item>
      ))}
    </>
  );
}
