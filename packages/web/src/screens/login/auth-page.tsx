import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { LanguagePicker } from '../../i18n/language-picker.tsx';
import { Colony, Logo } from '../../theme/logo.tsx';
import css from './auth-page.module.css';

/** The frame of log-in and set-up: a form beside the picture. */
export function AuthPage({
  title,
  intro,
  children,
}: {
  readonly title: string;
  readonly intro?: ReactNode;
  readonly children: ReactNode;
}) {
  const { t } = useTranslation();
  return (
    <main className={css.page}>
      <title>{`${title} – Volvox`}</title>
      <div className={css.form}>
        <div className={css.brand}>
          <Logo size={32} />
          Volvox
        </div>
        <div className={css.center}>
          <h1 className={css.title}>{title}</h1>
          {intro}
          {children}
        </div>
        <div className={css.foot}>
          <span>{t('login.foot')}</span>
          <LanguagePicker />
        </div>
      </div>
      <div className={css.art} aria-hidden="true">
        <Colony className={css.colony} />
        <div className={css.motto}>{t('login.motto')}</div>
      </div>
    </main>
  );
}
