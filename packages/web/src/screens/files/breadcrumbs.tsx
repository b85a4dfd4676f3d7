import { ActionIcon, CopyButton, Menu, Tooltip } from '@mantine/core';
import { IconCheck, IconChevronRight, IconCopy, IconDots } from '@tabler/icons-react';
import type { Node } from '@volvox/api';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useAncestors, useWorkspaceOf } from '../../api/queries.ts';
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
  if (!folder) return <div className={css.bar} aria-hidden="true" />;

  const named = (ancestors ?? []).map((crumb) =>
    crumb.id === workspace?.rootId ? { ...crumb, name: workspace.name } : crumb,
  );
  const title = folder.id === workspace?.rootId ? workspace.name : folder.name;
  const keep = phone ? 1 : 3;
  const folded = named.length > keep ? named.slice(phone ? 0 : 1, named.length - (phone ? 1 : 2)) : [];
  const shown = named.filter((crumb) => !folded.includes(crumb));

  return (
    <nav className={css.bar} aria-label={t('files.path')}>
      <ol className={css.list}>
        {!phone && shown[0] && <Step crumb={shown[0]} />}
        {folded.length > 0 && (
          <li className={css.step}>
            <Menu>
              <Menu.Target>
                <ActionIcon size={phone ? 36 : 26} aria-label={t('files.hiddenFolders')}>
                  <IconDots size={16} />
                </ActionIcon>
              </Menu.Target>
              <Menu.Dropdown>
                {folded.map((crumb) => (
                  <Menu.Item key={crumb.id} component={Link} to={`/files/${crumb.id}`}>
                    {crumb.name}
                  </Menu.Item>
                ))}
              </Menu.Dropdown>
            </Menu>
            <IconChevronRight size={14} className={css.arrow} aria-hidden="true" />
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
