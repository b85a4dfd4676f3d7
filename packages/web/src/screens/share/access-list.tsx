import { Badge, Skeleton, Text } from '@mantine/core';
import type { EffectiveAccess } from '@volvox/api';
import { useTranslation } from 'react-i18next';
import { formatDate } from '../../i18n/format.ts';
import { MoreButton } from '../more-button.tsx';
import css from '../page.module.css';
import { LinksHere } from './links-here.tsx';
import { useEffectiveAccess } from './share-queries.ts';
import { SubjectLine } from './subject-line.tsx';

/** Who may do what in the end, and by what. */
export function AccessList({ nodeId }: { readonly nodeId: string }) {
  const { t } = useTranslation();
  const query = useEffectiveAccess(nodeId);
  const items = query.data?.pages.flatMap((page) => page.items);
  return (
    <>
      <Text size="sm" c="dimmed" mb="xs">
        {t('share.accessIntro')}
      </Text>
      {!items && <Skeleton height={120} />}
      <ul className={css.list} aria-label={t('share.access')}>
        {items?.map((one) => (
          <Line key={one.subject.roleId} access={one} />
        ))}
      </ul>
      <MoreButton query={query} mt={0} />
      <LinksHere nodeId={nodeId} />
    </>
  );
}

function Line({ access }: { readonly access: EffectiveAccess }) {
  const { t } = useTranslation();
  const { subject, permissions, sources } = access;
  const explain = ({ kind, on, via, expiresAt }: EffectiveAccess['sources'][number]): string =>
    [
      t(`share.sources.${kind}`),
      on ? t('share.on', { name: on.name }) : t('share.onAbove'),
      via && t('share.via', { name: via.name }),
      expiresAt !== null && t('share.untilDay', { day: formatDate(expiresAt) }),
    ]
      .filter(Boolean)
      .join(' ');
  return (
    <SubjectLine subject={subject} facts={sources.map(explain)}>
      {permissions.length === 0 ? (
        <Badge tt="none" color="gray" variant="light">
          {t('share.noAccess')}
        </Badge>
      ) : (
        <Text size="xs" ta="end" maw={150}>
          {permissions.map((name) => t(`details.right.${name}`)).join(', ')}
        </Text>
      )}
    </SubjectLine>
  );
}
