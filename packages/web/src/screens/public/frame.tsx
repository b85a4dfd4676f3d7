import { Anchor, Group, Text, Title } from '@mantine/core';
import type { VisitorView } from '@volvox/api';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Logo } from '../../theme/logo.tsx';
import css from './public.module.css';

interface Props {
  /** How the installation presents itself; null: not known, as there is no such link. */
  readonly brand: VisitorView['branding'] | null;
  readonly title: string;
  readonly sub?: ReactNode;
  readonly tools?: ReactNode;
  readonly narrow?: boolean;
  readonly children: ReactNode;
}

/** The page around everything a visitor sees. */
export function Frame({ brand, title, sub, tools, narrow, children }: Props) {
  const { t } = useTranslation();
  const name = brand?.name ?? 'Volvox';
  return (
    <div className={css.page}>
      <title>{`${title} – ${name}`}</title>
      {brand?.color && <div className={css.line} style={{ background: brand.color }} />}
      <header className={css.brand}>
        {brand?.logo ? <img className={css.logo} src={brand.logo} alt="" /> : <Logo size={26} />}
        <span>{name}</span>
      </header>
      <main className={`${css.main} ${narrow ? css.narrow : ''}`}>
        <Group justify="space-between" align="flex-end" gap="sm" mb="md">
          <div className={css.titles}>
            <Title order={1} className={css.title}>
              {title}
            </Title>
            {sub && (
              <Text size="sm" c="dimmed" component="div">
                {sub}
              </Text>
            )}
          </div>
          {tools}
        </Group>
        {children}
      </main>
      {(brand?.imprintUrl || brand?.privacyUrl) && (
        <footer className={css.foot}>
          {brand.imprintUrl && <Foot to={brand.imprintUrl} text={t('visit.imprint')} />}
          {brand.privacyUrl && <Foot to={brand.privacyUrl} text={t('visit.privacy')} />}
        </footer>
      )}
    </div>
  );
}

function Foot({ to, text }: { readonly to: string; readonly text: string }) {
  return (
    <Anchor size="sm" href={to} target="_blank" rel="noreferrer">
      {text}
    </Anchor>
  );
}
