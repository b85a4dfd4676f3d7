import { Avatar, Menu, SegmentedControl, useMantineColorScheme } from '@mantine/core';
import {
  IconDeviceDesktop,
  IconKeyboard,
  IconLogout,
  IconMoon,
  IconSelector,
  IconSun,
  IconUser,
} from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { useFilesUi } from '../screens/files/ui-store.ts';
import { logOut } from '../session/log-out.ts';
import { useSession } from '../session/store.ts';
import css from './shell.module.css';

export function AccountMenu() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const user = useSession((state) => state.me?.user);
  if (!user) return null;
  const name = user.displayName || user.login;
  return (
    <Menu position="top-start" width={232} closeOnItemClick>
      <Menu.Target>
        <button type="button" className={css.account}>
          <span className="visually-hidden">{t('account.of')}</span>
          <Avatar name={name} alt="" color="volvox" size={34} radius={11} aria-hidden="true" />
          <span className={css.who}>
            <b>{name}</b>
            <small>{user.admin ? t('account.admin') : user.login}</small>
          </span>
          <IconSelector size={16} style={{ marginLeft: 'auto', opacity: 0.6 }} aria-hidden="true" />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <ThemeSwitch />
        <Menu.Divider />
        <Menu.Item leftSection={<IconUser size={17} />} onClick={() => void navigate('/account')}>
          {t('account.title')}
        </Menu.Item>
        <Menu.Item
          leftSection={<IconKeyboard size={17} />}
          onClick={() => useFilesUi.getState().open({ kind: 'help' })}
        >
          {t('help.title')}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={17} />} onClick={() => void logOut()}>
          {t('account.logOut')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

const schemes = [
  ['light', IconSun],
  ['dark', IconMoon],
  ['auto', IconDeviceDesktop],
] as const;

export function ThemeSwitch() {
  const { t } = useTranslation();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <SegmentedControl
      fullWidth
      size="xs"
      aria-label={t('account.theme')}
      value={colorScheme}
      onChange={(value) => setColorScheme(value === 'light' || value === 'dark' ? value : 'auto')}
      data={schemes.map(([value, Sign]) => ({
        value,
        label: (
          <span style={{ display: 'inline-flex', gap: 6, alignItems: 'center' }}>
            <Sign size={14} aria-hidden="true" />
            {t(`account.scheme.${value}`)}
          </span>
        ),
      }))}
    />
  );
}
