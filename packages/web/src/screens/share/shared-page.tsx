import { Button, Group, Skeleton, TextInput } from '@mantine/core';
import { IconFilter, IconShare3, type Icon } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Empty, Failure } from '../files/empty.tsx';
import { MoreButton } from '../more-button.tsx';
import { Page } from '../page.tsx';
import css from '../page.module.css';
import { SharedTabs } from './shared-tabs.tsx';

interface Props {
  readonly title: string;
  readonly tools: ReactNode;
  readonly filter: string;
  onFilter(filter: string): void;
  /** Beside the field of the filter. */
  readonly filters: ReactNode;
  /** A list that is read page by page (`useInfiniteQuery`). */
  readonly query: Parameters<typeof MoreButton>[0]['query'] & {
    readonly isPending: boolean;
    readonly isError: boolean;
    readonly error: unknown;
    refetch(): Promise<unknown>;
  };
  /** What is said where nothing is listed. */
  readonly none: { readonly icon: Icon; readonly title: string; readonly text: string } | null;
  /** Its items. */
  readonly children: ReactNode;
}

/** A page of shares: its filters, the list, what is said instead of it. */
export function SharedPage({ title, tools, filter, onFilter, filters, query, none, children }: Props) {
  const { t } = useTranslation();
  return (
    <Page title={title} tools={tools}>
      <SharedTabs />
      <Group mb="md">
        <TextInput
          type="search"
          variant="filled"
          flex={1}
          miw={180}
          leftSection={<IconFilter size={15} />}
          aria-label={t('shared.filter')}
          placeholder={t('shared.filter')}
          value={filter}
          onChange={(event) => onFilter(event.currentTarget.value)}
        />
        {filters}
      </Group>
      {query.isError && (
        <Failure icon={IconShare3} error={query.error} onRetry={() => void query.refetch()} />
      )}
      {query.isPending && <Skeleton height={160} />}
      {none && <Empty {...none} />}
      <ul className={`${css.list} ${css.rows}`} aria-label={title}>
        {children}
      </ul>
      <MoreButton query={query} mt="md" />
    </Page>
  );
}

interface ItemProps {
  /** Before the name: a picture, perhaps a box to choose it by. */
  readonly face: ReactNode;
  readonly name: ReactNode;
  /** Said in one line; what is false or empty is left out. */
  readonly facts: readonly (string | false)[];
  readonly selected?: boolean;
  /** What can be done with it. */
  readonly action: { readonly text: string; readonly label: string; run(): void } | null;
}

/** One share in a list of them. */
export function SharedItem({ face, name, facts, selected = false, action }: ItemProps) {
  return (
    <li className={css.item} data-selected={selected || undefined}>
      {face}
      <div style={{ minWidth: 0 }}>
        <div className={css.name}>{name}</div>
        <div className={css.sub} style={{ whiteSpace: 'normal' }}>
          {facts.filter(Boolean).join(' · ')}
        </div>
      </div>
      {action && (
        <Button
          variant="subtle"
          color="gray"
          size="compact-sm"
          aria-label={action.label}
          onClick={() => action.run()}
        >
          {action.text}
        </Button>
      )}
    </li>
  );
}
