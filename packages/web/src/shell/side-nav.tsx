import { Button, Progress, Skeleton } from '@mantine/core';
import {
  IconFolders,
  IconHexagons,
  IconPlus,
  IconSearch,
  IconTrash,
  IconUsersGroup,
  type Icon,
} from '@tabler/icons-react';
import type { Workspace } from '@volvox/api';
import { useTranslation } from 'react-i18next';
import { Link, NavLink } from 'react-router';
import { useWorkspaces } from '../api/queries.ts';
import { formatSize } from '../i18n/format.ts';
import { useDropTarget } from '../screens/files/drag.ts';
import { NewMenu } from '../screens/files/new-menu.tsx';
import { useFilesUi } from '../screens/files/ui-store.ts';
import { Logo } from '../theme/logo.tsx';
import { AccountMenu } from './account-menu.tsx';
import { sharePlaces, useAdminPlaces } from './places.ts';
import { useHere } from './use-here.ts';
import css from './shell.module.css';

export function SideNav() {
  const { t } = useTranslation();
  const workspaces = useWorkspaces().data;
  const adminPlaces = useAdminPlaces();
  const place = useFilesUi((state) => state.place);
  const here = useHere();
  return (
    <nav className={css.side} aria-label={t('nav.main')}>
      <Link to="/" className={css.brand}>
        <Logo size={30} />
        Volvox
      </Link>
      <NewMenu>
        <Button
          leftSection={<IconPlus size={18} />}
          disabled={!place}
          size="md"
          fz="sm"
          radius="lg"
          justify="flex-start"
          fullWidth
        >
          {t('new.button')}
        </Button>
      </NewMenu>
      <div className={css.scroll}>
        <ul className={css.links}>
          <Item to="/search" icon={IconSearch} label={t('nav.search')} />
          {sharePlaces.map((place) => (
            <Item
              key={place.to}
              to={place.to}
              icon={place.icon}
              label={t(place.label)}
              end={'end' in place}
            />
          ))}
          <Item
            to={here ? `/trash/${here.id}` : '/trash'}
            icon={IconTrash}
            label={t('nav.trash')}
            active="/trash"
          />
        </ul>
        <h2 className={css.section}>{t('nav.workspaces')}</h2>
        <ul className={css.links}>
          {workspaces ? (
            workspaces
              .filter(isPlace)
              .map((workspace) => (
                <WorkspaceItem key={workspace.id} workspace={workspace} active={here?.id === workspace.id} />
              ))
          ) : (
            <Skeleton height={34} radius="md" />
          )}
        </ul>
        {adminPlaces.length > 0 && (
          <>
            <h2 className={css.section}>{t('nav.admin')}</h2>
            <ul className={css.links}>
              {adminPlaces.map(({ to, icon, label }) => (
                <Item key={to} to={to} icon={icon} label={t(label)} />
              ))}
            </ul>
          </>
        )}
      </div>
      {here && <Meter workspace={here} />}
      <AccountMenu />
    </nav>
  );
}

/** What was received has a page of its own, what was put away is found in the administration. */
const isPlace = ({ kind, archived }: Workspace): boolean => kind !== 'received' && !archived;

function Item({
  to,
  end = false,
  icon: Sign,
  label,
  active,
}: {
  readonly to: string;
  /** Whether what lies below it is another entry's. */
  readonly end?: boolean;
  readonly icon: Icon;
  readonly label: string;
  readonly active?: string;
}) {
  const inside = active !== undefined && location.pathname.startsWith(active);
  return (
    <li>
      <NavLink to={to} end={end} className={css.link} data-active={inside || undefined}>
        <Sign size={19} stroke={1.7} />
        <span>{label}</span>
      </NavLink>
    </li>
  );
}

function WorkspaceItem({ workspace, active }: { readonly workspace: Workspace; readonly active: boolean }) {
  const drop = useDropTarget(
    workspace.permissions.includes('write') ? { id: workspace.rootId, name: workspace.name } : undefined,
  );
  const Sign =
    workspace.kind === 'personal' ? IconFolders : workspace.kind === 'cell' ? IconHexagons : IconUsersGroup;
  const shown = active && location.pathname.startsWith('/files');
  return (
    <li>
      <NavLink
        to={`/files/${workspace.rootId}`}
        className={css.link}
        data-active={shown || undefined}
        data-drop={drop.over || undefined}
        {...drop.handlers}
      >
        <Sign size={19} stroke={1.7} />
        <span>{workspace.name}</span>
      </NavLink>
    </li>
  );
}

function Meter({ workspace }: { readonly workspace: Workspace }) {
  const { t } = useTranslation();
  const used = formatSize(workspace.used);
  return (
    <div className={`${css.meter} tabular`}>
      {workspace.quota !== null && (
        <Progress
          value={(workspace.used / Math.max(1, workspace.quota)) * 100}
          size={5}
          mb={6}
          color={workspace.used > workspace.quota * 0.9 ? 'red' : 'volvox'}
          aria-label={t('nav.storage')}
        />
      )}
      {workspace.quota === null
        ? t('nav.used', { used })
        : t('nav.usedOf', { used, quota: formatSize(workspace.quota) })}
    </div>
  );
}
