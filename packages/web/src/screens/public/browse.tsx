import { Button, SegmentedControl, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { IconDownload, IconSearch } from '@tabler/icons-react';
import type { Node } from '@volvox/api';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { formatDateTime } from '../../i18n/format.ts';
import { client } from './api.ts';
import { byPages } from '../../api/pages.ts';
import { Crumbs } from './crumbs.tsx';
import { Frame } from './frame.tsx';
import { Items } from './items.tsx';
import { PublicPreview } from './public-preview.tsx';
import { Single } from './single.tsx';
import { useFolder } from './use-folder.ts';
import type { OpenView } from './open-view.ts';
import css from './public.module.css';

const UploadArea = lazy(() => import('./upload-area.tsx').then((module) => ({ default: module.UploadArea })));

/** Files and folders of a link. */
export function Browse({ view }: { readonly view: OpenView }) {
  const { link, branding } = view;
  const { t } = useTranslation();
  const only = link.roots.length === 1 ? link.roots[0] : undefined;
  const [folderId, openFolder] = useFolder(only?.kind === 'folder' ? only.id : null);
  const [text, setText] = useState('');
  const [q] = useDebouncedValue(text.trim(), 250);
  const [layout, setLayout] = useState<'list' | 'gallery'>(link.layout === 'gallery' ? 'gallery' : 'list');
  const [shown, setShown] = useState<Node | null>(null);
  const listing = useListing(folderId);
  const hits = useQuery({
    queryKey: ['search', q],
    queryFn: ({ signal }) => client.call('search', { query: { q, limit: 100 }, signal }),
    enabled: q !== '',
  });
  const items = q !== '' ? (hits.data?.items ?? []) : folderId === null ? link.roots : (listing.items ?? []);
  const waiting = q !== '' ? hits.isPending : folderId !== null && listing.items === null;
  const may = (what: 'download' | 'upload') => link.permissions.includes(what);
  const left = link.downloadsLeft;
  const facts = [
    link.owner === null ? t('visit.fromNobody') : t('visit.from', { name: link.owner }),
    link.endsAt === null ? null : t('visit.until', { when: formatDateTime(link.endsAt) }),
    left === null ? null : t('visit.left', { count: left }),
  ];
  const zipOf = folderId === null ? link.roots.map(({ id }) => id) : [folderId];
  const open = (node: Node) => (node.kind === 'folder' ? (setText(''), openFolder(node.id)) : setShown(node));
  if (only?.kind === 'file') return <Single view={view} node={only} facts={facts} />;
  return (
    <Frame
      brand={branding}
      title={link.label}
      sub={facts.filter(Boolean).join(' · ')}
      tools={
        may('download') && (
          <Button
            component="a"
            leftSection={<IconDownload size={17} />}
            href={client.url('downloadZip', { query: { ids: zipOf.join(','), name: link.label } })}
          >
            {t('visit.downloadAll')}
          </Button>
        )
      }
    >
      {link.description && <p className={css.note}>{link.description}</p>}
      <div className={css.bar}>
        <Crumbs link={link} folderId={folderId} onOpen={openFolder} />
        <TextInput
          type="search"
          style={{ flex: '1 1 200px', maxWidth: 360 }}
          leftSection={<IconSearch size={16} />}
          placeholder={t('visit.search')}
          aria-label={t('visit.search')}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <SegmentedControl
          aria-label={t('visit.view')}
          value={layout}
          onChange={(next) => setLayout(next === 'gallery' ? 'gallery' : 'list')}
          data={[
            { value: 'list', label: t('visit.list') },
            { value: 'gallery', label: t('visit.gallery') },
          ]}
        />
      </div>
      {may('upload') && folderId !== null && q === '' && (
        <Suspense>
          <UploadArea
            folderId={folderId}
            maxFileSize={link.maxFileSize}
            onDone={() => void listing.refetch()}
          />
        </Suspense>
      )}
      <Items
        items={items}
        waiting={waiting}
        layout={layout}
        empty={q === '' ? t('visit.empty') : t('visit.nothingFound', { text: q })}
        mayDownload={may('download')}
        onOpen={open}
      />
      {q === '' && listing.more && (
        <Button variant="default" mt="md" fullWidth onClick={listing.more} loading={listing.fetching}>
          {t('visit.more')}
        </Button>
      )}
      {shown && (
        <PublicPreview
          node={shown}
          files={items.filter(({ kind }) => kind === 'file')}
          mayDownload={may('download')}
          onShow={setShown}
        />
      )}
    </Frame>
  );
}

function useListing(folderId: string | null) {
  const query = useInfiniteQuery({
    queryKey: ['children', folderId],
    enabled: folderId !== null,
    ...byPages((at, signal) =>
      client.call('listChildren', {
        params: { id: folderId ?? '' },
        query: { limit: 200, ...at },
        signal,
      }),
    ),
  });
  return {
    items: query.data?.pages.flatMap((page) => page.items) ?? (query.isError ? [] : null),
    more: query.hasNextPage ? () => void query.fetchNextPage() : null,
    fetching: query.isFetchingNextPage,
    refetch: query.refetch,
  };
}
