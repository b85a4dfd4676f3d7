import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { IconChevronRight } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { client } from './api.ts';
import type { OpenView } from './open-view.ts';
import css from './public.module.css';

interface Props {
  readonly link: OpenView['link'];
  readonly folderId: string | null;
  onOpen(id: string | null): void;
}

/** From the top of the link down to the open folder. */
export function Crumbs({ link, folderId, onOpen }: Props) {
  const { t } = useTranslation();
  const single = link.roots.length === 1;
  const known = folderId === null || link.roots.some(({ id }) => id === folderId);
  const way = useQuery({
    queryKey: ['way', folderId],
    enabled: folderId !== null && !known,
    queryFn: async ({ signal }) => {
      const params = { id: folderId ?? '' };
      const [above, own] = await Promise.all([
        client.call('getAncestors', { params, signal }),
        client.call('getNode', { params, signal }),
      ]);
      return [...above.items, { id: own.id, name: own.name }];
    },
  });
  const here = known ? link.roots.filter(({ id }) => id === folderId) : (way.data ?? []);
  const steps = [{ id: null, name: link.label }, ...(single ? here.slice(1) : here)];
  return (
    <nav aria-label={t('visit.where')} style={{ flex: '1 1 200px', minWidth: 0 }}>
      <ol className={css.crumbs}>
        {steps.map(({ id, name }, at) => (
          <li key={id ?? ''}>
            {at > 0 && <IconChevronRight size={14} aria-hidden="true" />}
            <Button
              variant="subtle"
              color="gray"
              size="compact-sm"
              aria-current={at === steps.length - 1 ? 'page' : undefined}
              onClick={() => onOpen(id)}
            >
              {name}
            </Button>
          </li>
        ))}
      </ol>
    </nav>
  );
}
