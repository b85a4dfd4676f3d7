import { Group, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { Logo } from '../../theme/logo.tsx';
import css from './public.module.css';

interface Props {
  /** Name of the installation. */
  readonly brand: string;
  readonly title: string;
  readonly sub?: ReactNode;
  readonly tools?: ReactNode;
  readonly narrow?: boolean;
  readonly children: ReactNode;
}

/** The page around everything a visitor sees. */
export function Frame({ brand, title, sub, tools, narrow, children }: Props) {
  return (
    <div className={css.page}>
      <title>{`${title} – ${brand}`}</title>
      <header className={css.brand}>
        <Logo size={26} />
        <span>{brand}</span>
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
    </div>
  );
}
