/** Where one can go from anywhere: the side bar and, on a phone, the account page show the same. */
import {
  IconActivityHeartbeat,
  IconApps,
  IconFiles,
  IconFolders,
  IconHexagons,
  IconLink,
  IconListSearch,
  IconMail,
  IconPlugConnected,
  IconSettings,
  IconShare3,
  IconShield,
  IconShieldLock,
  IconUserShare,
  IconUsers,
  IconUsersGroup,
} from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { client } from '../api/client.ts';
import { keys } from '../api/keys.ts';
import { useSession } from '../session/store.ts';

export const sharePlaces = [
  { to: '/shared', icon: IconShare3, label: 'shared.withMe', end: true },
  { to: '/shared/by-me', icon: IconUserShare, label: 'shared.byMe' },
  { to: '/links', icon: IconLink, label: 'links.title' },
  { to: '/cells', icon: IconHexagons, label: 'cells.title' },
  { to: '/teams', icon: IconUsersGroup, label: 'teams.title' },
] as const;

/** What the administrators of a group may do, too. */
const delegatedPlaces = [
  { to: '/admin/users', icon: IconUsers, label: 'admin.users' },
  { to: '/admin/groups', icon: IconUsersGroup, label: 'groups.title' },
] as const;

const adminPlaces = [
  ...delegatedPlaces,
  { to: '/admin/roles', icon: IconShield, label: 'roles.title' },
  { to: '/admin/workspaces', icon: IconFolders, label: 'spaces.title' },
  { to: '/admin/links', icon: IconLink, label: 'links.adminTitle' },
  { to: '/admin/policies', icon: IconShieldLock, label: 'policies.title' },
  { to: '/admin/connectors', icon: IconPlugConnected, label: 'connectors.title' },
  { to: '/admin/apps', icon: IconApps, label: 'apps.title' },
  { to: '/admin/status', icon: IconActivityHeartbeat, label: 'admin.status' },
  { to: '/admin/logs', icon: IconFiles, label: 'admin.logs' },
  { to: '/admin/audit', icon: IconListSearch, label: 'audit.title' },
  { to: '/admin/mail', icon: IconMail, label: 'mail.title' },
  { to: '/admin/settings', icon: IconSettings, label: 'admin.settings' },
] as const;

/** Whether the signed-in person administers a group without being an administrator; few do. */
export function useManagesGroups(): boolean {
  const asks = useSession((state) => state.me?.user.kind === 'person' && !state.me.user.admin);
  const query = useQuery({
    queryKey: keys.groups,
    queryFn: ({ signal }) => client.call('listGroups', { signal }),
    enabled: asks,
    retry: false,
  });
  return asks && (query.data?.items.length ?? 0) > 0;
}

/** Pages of the administration that the signed-in person may use; empty for most. */
export function useAdminPlaces(): readonly (typeof adminPlaces)[number][] {
  const admin = useSession((state) => state.me?.user.admin);
  const manages = useManagesGroups();
  if (admin) return adminPlaces;
  return manages ? delegatedPlaces : [];
}
