import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { NavLink } from 'react-router';
import css from '../page.module.css';

/** From one kind of sharing to the next; on a phone this is the only way to the others. */
export function SharedTabs() {
  const { t } = useTranslation();
  const pages = [
    ['/shared', t('shared.withMe')],
    ['/shared/by-me', t('shared.byMe')],
    ['/links', t('shared.byLink')],
    ['/cells', t('cells.title')],
  ] as const;
  return (
    <nav className={css.chips} aria-label={t('shared.pages')}>
      {pages.map(([to, label]) => (
        <NavLink key={to} to={to} end style={{ flex: 'none', textDecoration: 'none' }}>
          {({ isActive }) => (
            <Button component="span" size="xs" variant={isActive ? 'light' : 'default'}>
              {label}
            </Button>
          )}
        </NavLink>
      ))}
    </nav>
  );
}
