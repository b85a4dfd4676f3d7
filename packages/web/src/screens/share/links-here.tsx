import { Skeleton, Text, ThemeIcon } from '@mantine/core';
import { IconInbox, IconLink } from '@tabler/icons-react';
import type { LinkHere } from '@volvox/api';
import { useTranslation } from 'react-i18next';
import { explain } from '../../api/notify.tsx';
import { formatDateTime } from '../../i18n/format.ts';
import { mayOf } from '../links/facts.tsx';
import { useLinksHere } from '../links/link-queries.ts';
import { MoreButton } from '../more-button.tsx';
import css from '../page.module.css';
import { SharedItem } from './shared-page.tsx';

/** The public links and file requests by which people without an account come here, whoever made them. */
export function LinksHere({ nodeId }: { readonly nodeId: string }) {
  const { t } = useTranslation();
  const query = useLinksHere(nodeId);
  const links = query.data?.pages.flatMap((page) => page.items);
  const title = t('share.linksHere');
  return (
    <section aria-label={title}>
      <Text component="h3" size="sm" fw={600} mt="lg" mb={2}>
        {title}
        {links && !query.hasNextPage && ` (${links.length})`}
      </Text>
      <Text size="sm" c="dimmed" mb="xs">
        {links?.length === 0 && !query.hasNextPage ? t('share.noLinksHere') : t('share.linksHereText')}
      </Text>
      {query.isError && (
        <Text size="sm" c="red" role="alert">
          {explain(query.error)}
        </Text>
      )}
      {query.isPending && <Skeleton height={60} />}
      <ul className={css.list} aria-label={title}>
        {links?.map((link) => (
          <Line key={link.id} link={link} />
        ))}
      </ul>
      <MoreButton query={query} mt={0} />
    </section>
  );
}

function Line({ link }: { readonly link: LinkHere }) {
  const { t } = useTranslation();
  const { kind, label, permissions, owner, mine, on, startsAt, endsAt } = link;
  const facts = [
    kind === 'request' ? t('links.kind.request') : mayOf(permissions),
    mine ? t('share.linkMine') : t('links.by', { name: owner.displayName }),
    on ? t('share.on', { name: on.name }) : t('share.onAbove'),
    link.restricted && t('share.linkRestricted'),
    link.hasPassword && t('links.locked'),
    startsAt !== null && startsAt > Date.now() && t('share.linkFrom', { when: formatDateTime(startsAt) }),
    endsAt !== null && t('links.endsAt', { when: formatDateTime(endsAt) }),
  ];
  const Icon = kind === 'request' ? IconInbox : IconLink;
  return (
    <SharedItem
      face={
        <ThemeIcon variant="light" size={34} radius="xl" aria-hidden="true">
          <Icon size={18} />
        </ThemeIcon>
      }
      name={label || t('share.linkNameless')}
      facts={facts}
      action={null}
    />
  );
}
