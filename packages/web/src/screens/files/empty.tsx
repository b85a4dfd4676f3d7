import { Button, Text } from '@mantine/core';
import type { Icon } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { explain } from '../../api/notify.tsx';
import css from './empty.module.css';

interface Props {
  readonly icon: Icon;
  readonly title: string;
  readonly text?: string;
  readonly children?: ReactNode;
}

/** What stands where nothing is: says so, and what to do about it. */
export function Empty({ icon: Sign, title, text, children }: Props) {
  return (
    <div className={css.empty}>
      <span className={css.sign} aria-hidden="true">
        <Sign size={30} stroke={1.5} />
      </span>
      <h2 className={css.title}>{title}</h2>
      {text && (
        <Text c="dimmed" maw={380}>
          {text}
        </Text>
      )}
      {children && <div className={css.action}>{children}</div>}
    </div>
  );
}

export function Failure({
  icon,
  error,
  onRetry,
}: {
  readonly icon: Icon;
  readonly error: unknown;
  onRetry(): void;
}) {
  const { t } = useTranslation();
  return (
    <Empty icon={icon} title={t('errors.title')} text={explain(error)}>
      <Button variant="default" onClick={onRetry}>
        {t('common.retry')}
      </Button>
    </Empty>
  );
}
