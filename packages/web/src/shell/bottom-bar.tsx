import { IconFolders, IconPlus, IconSearch, IconShare3, IconTrash, IconUser } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { NavLink } from 'react-router';
import { NewMenu } from '../screens/files/new-menu.tsx';
import { useFilesUi } from '../screens/files/ui-store.ts';
import { useHere } from './use-here.ts';
import css from './shell.module.css';

/** Navigation within reach of a thumb. */
export function BottomBar() {
  const { t } = useTranslation();
  const here = useHere();
  const place = useFilesUi((state) => state.place);
  return (
    <nav className={css.bottom} aria-label={t('nav.bottom')}>
      <NavLink to={here ? `/files/${here.rootId}` : '/'} className={css.tab}>
        <IconFolders size={22} stroke={1.7} />
        {t('nav.files')}
      </NavLink>
      <NavLink to="/shared" className={css.tab}>
        <IconShare3 size={22} stroke={1.7} />
        {t('shared.nav')}
      </NavLink>
      <NavLink to="/search" className={css.tab}>
        <IconSearch size={22} stroke={1.7} />
        {t('nav.search')}
      </NavLink>
      <NewMenu>
        <button type="button" className={css.tab} aria-label={t('new.button')} disabled={!place}>
          <span className={css.plus} style={place ? undefined : { opacity: 0.45 }}>
            <IconPlus size={24} />
          </span>
        </button>
      </NewMenu>
      <NavLink to={here ? `/trash/${here.id}` : '/trash'} className={css.tab}>
        <IconTrash size={22} stroke={1.7} />
        {t('nav.trash')}
      </NavLink>
      <NavLink to="/account" className={css.tab}>
        <IconUser size={22} stroke={1.7} />
        {t('nav.account')}
      </NavLink>
    </nav>
  );
}
