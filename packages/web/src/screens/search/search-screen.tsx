import { Chip, Skeleton, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconSearch, IconSearchOff } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { useSearch } from '../../api/queries.ts';
import { useSiblings } from '../../preview/siblings.ts';
import { Empty, Failure } from '../files/empty.tsx';
import { MoreButton } from '../more-button.tsx';
import { Page } from '../page.tsx';
import css from '../page.module.css';
import { chipGroups, filterOf } from './filter.ts';
import { ResultRow } from './result-row.tsx';

/** Everything one may read, as one types; the address keeps the search. */
export function SearchScreen() {
  const { t } = useTranslation();
  const [params, setParams] = useSearchParams();
  const [text, setText] = useState(params.get('q') ?? '');
  const [applied] = useDebouncedValue(text.trim(), 200);
  const set = (name: string, value: string | null) =>
    setParams(
      (now) => {
        if (value) now.set(name, value);
        else now.delete(name);
        return now;
      },
      { replace: true },
    );
  useEffect(() => {
    if ((params.get('q') ?? '') !== applied) set('q', applied);
    // the address follows the text, not the other way round
  }, [applied]);

  const filter = filterOf(params, applied);
  const asked = Object.values(filter).some((value) => value !== undefined);
  const query = useSearch(filter);
  const nodes = query.data?.pages.flatMap((page) => page.items) ?? [];
  useEffect(
    () =>
      useSiblings.setState({
        files: query.data?.pages.flatMap((page) => page.items).filter((node) => node.kind === 'file') ?? [],
      }),
    [query.data],
  );

  return (
    <Page title={t('search.title')}>
      <TextInput
        type="search"
        size="md"
        autoFocus
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        placeholder={t('search.placeholder')}
        aria-label={t('search.title')}
        leftSection={<IconSearch size={18} />}
      />
      <div className={css.chips}>
        {chipGroups.map(({ name, options }) => (
          <div key={name} role="group" aria-label={t(`search.${name}`)} style={{ display: 'contents' }}>
            {options.map((option) => (
              <Chip
                key={option}
                size="xs"
                variant="outline"
                checked={params.get(name) === option}
                onChange={(checked) => set(name, checked ? option : null)}
              >
                {t(`search.chip.${option}`)}
              </Chip>
            ))}
          </div>
        ))}
      </div>
      {!asked && <Empty icon={IconSearch} title={t('search.start')} text={t('search.startText')} />}
      {asked &&
        query.isPending &&
        Array.from({ length: 4 }, (_, index) => <Skeleton key={index} height={44} my={10} radius="md" />)}
      {asked && query.isError && (
        <Failure icon={IconSearchOff} error={query.error} onRetry={() => void query.refetch()} />
      )}
      {asked && query.isSuccess && nodes.length === 0 && (
        <Empty icon={IconSearchOff} title={t('search.none')} text={t('search.noneText')} />
      )}
      {asked && nodes.length > 0 && (
        <ul className={`${css.list} ${css.rows}`} aria-label={t('search.results')}>
          {nodes.map((node) => (
            <ResultRow key={node.id} node={node} />
          ))}
        </ul>
      )}
      <div role="status" className="visually-hidden">
        {asked && query.isSuccess ? t('search.found', { count: nodes.length }) : ''}
      </div>
      {asked && <MoreButton query={query} mt="md" />}
    </Page>
  );
}
