import { lazy, Suspense, useEffect, useState, type ReactNode } from 'react';
import { createBrowserRouter, Navigate, Outlet, useRouteError, useSearchParams } from 'react-router';
import { RouterProvider } from 'react-router/dom';
import { useQuery } from '@tanstack/react-query';
import { IconMoodSad, IconPlugConnectedX } from '@tabler/icons-react';
import { client, whoAmI } from './api/client.ts';
import { keys } from './api/keys.ts';
import { useWorkspaces } from './api/queries.ts';
import { t } from './i18n/index.ts';
import { Empty, Failure } from './screens/files/empty.tsx';
import { FilesScreen } from './screens/files/files-screen.tsx';
import { LoginScreen } from './screens/login/login-screen.tsx';
import { isServersOwn, safeNext } from './screens/login/next.ts';
import { ConfirmDialog } from './session/confirm-dialog.tsx';
import { ExpiredDialog } from './session/expired-dialog.tsx';
import { useSession } from './session/store.ts';
import { Shell } from './shell/shell.tsx';

const SetupScreen = lazy(() =>
  import('./screens/setup/setup-screen.tsx').then((module) => ({ default: module.SetupScreen })),
);
const SearchScreen = lazy(() =>
  import('./screens/search/search-screen.tsx').then((module) => ({ default: module.SearchScreen })),
);
const TrashScreen = lazy(() =>
  import('./screens/trash/trash-screen.tsx').then((module) => ({ default: module.TrashScreen })),
);
const CompletionScreen = lazy(() => import('./screens/login/completion-screen.tsx'));
const ForgotScreen = lazy(() => import('./screens/login/forgot-screen.tsx'));
const ResetScreen = lazy(() => import('./screens/login/reset-screen.tsx'));
const AccountScreen = lazy(() => import('./screens/account/account-screen.tsx'));
const TeamsScreen = lazy(() => import('./screens/teams/teams-screen.tsx'));
const InviteScreen = lazy(() => import('./screens/invite/invite-screen.tsx'));
const GroupsScreen = lazy(() => import('./screens/admin/groups-screen.tsx'));
const RolesScreen = lazy(() => import('./screens/admin/roles-screen.tsx'));
const UsersScreen = lazy(() => import('./screens/admin/users-screen.tsx'));
const UserScreen = lazy(() => import('./screens/admin/user-screen.tsx'));
const StatusScreen = lazy(() => import('./screens/admin/status-screen.tsx'));
const LogsScreen = lazy(() => import('./screens/admin/logs-screen.tsx'));
const ReceivedScreen = lazy(() => import('./screens/share/received-screen.tsx'));
const GivenScreen = lazy(() => import('./screens/share/given-screen.tsx'));
const CellsScreen = lazy(() => import('./screens/cells/cells-screen.tsx'));
const CellScreen = lazy(() => import('./screens/cells/cell-screen.tsx'));
const WorkspacesScreen = lazy(() => import('./screens/admin/workspaces-screen.tsx'));
const LinksScreen = lazy(() => import('./screens/links/links-screen.tsx'));
const PoliciesScreen = lazy(() => import('./screens/admin/policies-screen.tsx'));
const AuditScreen = lazy(() => import('./screens/admin/audit-screen.tsx'));
const MailScreen = lazy(() => import('./screens/admin/mail-screen.tsx'));
const OidcClientsScreen = lazy(() => import('./screens/admin/oidc-clients-screen.tsx'));
const ConnectorsScreen = lazy(() => import('./screens/admin/connectors-screen.tsx'));
const ConsentScreen = lazy(() => import('./screens/oidc/consent-screen.tsx'));
const DeviceScreen = lazy(() => import('./screens/oidc/device-screen.tsx'));
const SettingsScreen = lazy(() => import('./screens/admin/settings-screen.tsx'));

const later = (screen: ReactNode) => <Suspense>{screen}</Suspense>;

const router = createBrowserRouter([
  { path: '/invite', element: later(<InviteScreen />), errorElement: <Broken /> },
  { path: '/setup', element: later(<Setup />), errorElement: <Broken /> },
  { path: '/forgot', element: later(<ForgotScreen />), errorElement: <Broken /> },
  { path: '/reset', element: later(<ResetScreen />), errorElement: <Broken /> },
  {
    element: <SignedIn bare />,
    errorElement: <Broken />,
    children: [
      { path: 'consent/:uid', element: later(<ConsentScreen />) },
      { path: 'device', element: later(<DeviceScreen />) },
    ],
  },
  {
    element: <SignedIn />,
    errorElement: <Broken />,
    children: [
      { index: true, element: <Home /> },
      { path: 'login', element: <Next /> },
      { path: 'files/:id', element: <FilesScreen /> },
      { path: 'trash/:id?', element: later(<TrashScreen />) },
      { path: 'search', element: later(<SearchScreen />) },
      { path: 'account', element: later(<AccountScreen />) },
      { path: 'shared', element: later(<ReceivedScreen />) },
      { path: 'shared/by-me', element: later(<GivenScreen />) },
      { path: 'cells', element: later(<CellsScreen />) },
      { path: 'cells/:id', element: later(<CellScreen />) },
      { path: 'admin/workspaces', element: later(<WorkspacesScreen />) },
      { path: 'links', element: later(<LinksScreen key="own" />) },
      { path: 'admin/links', element: later(<LinksScreen key="all" all />) },
      { path: 'teams', element: later(<TeamsScreen />) },
      { path: 'admin/groups', element: later(<GroupsScreen />) },
      { path: 'admin/roles', element: later(<RolesScreen />) },
      { path: 'admin/users', element: later(<UsersScreen />) },
      { path: 'admin/users/:id', element: later(<UserScreen />) },
      { path: 'admin/policies', element: later(<PoliciesScreen />) },
      { path: 'admin/status', element: later(<StatusScreen />) },
      { path: 'admin/logs', element: later(<LogsScreen />) },
      { path: 'admin/audit', element: later(<AuditScreen />) },
      { path: 'admin/mail', element: later(<MailScreen />) },
      { path: 'admin/apps', element: later(<OidcClientsScreen />) },
      { path: 'admin/connectors', element: later(<ConnectorsScreen />) },
      { path: 'admin/settings', element: later(<SettingsScreen />) },
      { path: 'admin', element: <Navigate to="/admin/users" replace /> },
      { path: '*', element: <NotFound /> },
    ],
  },
]);

export function App() {
  return (
    <>
      <RouterProvider router={router} />
      <ExpiredDialog />
      <ConfirmDialog />
    </>
  );
}

/** Lets nobody past who is not signed in; where set-up is still to be done, shows that instead. `bare`: pages without our frame. */
function SignedIn({ bare = false }: { readonly bare?: boolean }) {
  const me = useSession((state) => state.me);
  const [state, setState] = useState<'asking' | 'answered' | { readonly error: unknown }>(
    me ? 'answered' : 'asking',
  );
  const setup = useQuery({
    queryKey: keys.setup,
    queryFn: ({ signal }) => client.call('getSetup', { signal }),
    enabled: !me,
  });
  const ask = () => {
    setState('asking');
    whoAmI().then(
      (answer) => {
        if (answer) useSession.getState().setMe(answer);
        setState('answered');
      },
      (error: unknown) => setState({ error }),
    );
  };
  useEffect(() => {
    if (!useSession.getState().me) ask();
  }, []);
  if (me?.limited) return later(<CompletionScreen limited={me.limited} />);
  if (me) return bare ? <Outlet /> : <Shell />;
  if (setup.data?.required) return <Navigate to="/setup" replace />;
  if (typeof state === 'object')
    return <Failure icon={IconPlugConnectedX} error={state.error} onRetry={ask} />;
  if (state === 'asking' || setup.isPending) return null;
  return <LoginScreen />;
}

/** Signed in by now: on to where the log-in was asked for. */
function Next() {
  const next = safeNext(useSearchParams()[0].get('next'));
  useEffect(() => {
    if (isServersOwn(next)) location.replace(next);
  }, [next]);
  return isServersOwn(next) ? null : <Navigate to={next} replace />;
}

/** Once set up, the link leads on to the files or the log-in. */
function Setup() {
  const setup = useQuery({
    queryKey: keys.setup,
    queryFn: ({ signal }) => client.call('getSetup', { signal }),
  });
  if (setup.isPending) return null;
  return setup.data?.required ? <SetupScreen /> : <Navigate to="/" replace />;
}

function Home() {
  const workspaces = useWorkspaces();
  const first = workspaces.data?.find((workspace) => workspace.kind === 'personal') ?? workspaces.data?.[0];
  if (first) return <Navigate to={`/files/${first.rootId}`} replace />;
  return workspaces.isPending ? null : (
    <Empty icon={IconMoodSad} title={t('files.noWorkspace')} text={t('files.noWorkspaceText')} />
  );
}

function NotFound() {
  return <Empty icon={IconMoodSad} title={t('errors.pageTitle')} text={t('errors.page')} />;
}

/** A fault of the page itself: says so instead of a white screen. */
function Broken() {
  const error = useRouteError();
  return <Failure icon={IconMoodSad} error={error} onRetry={() => location.reload()} />;
}
