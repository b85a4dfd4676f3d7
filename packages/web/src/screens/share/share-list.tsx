import { ActionIcon, Badge, Skeleton, Text, Tooltip } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import type { NodeShares, Share, ShareRole } from '@volvox/api';
import { useTranslation } from 'react-i18next';
import { client } from '../../api/client.ts';
import { tell } from '../../api/notify.tsx';
import { formatDate } from '../../i18n/format.ts';
import css from '../page.module.css';
import { notifyFailure } from './revoke.tsx';
import { RoleSelect } from './role-select.tsx';
import { sharesChanged, useNodeShares } from './share-queries.ts';
import { SubjectLine } from './subject-line.tsx';

/** With whom a node is shared: here, by folders above, by Cells. */
export function ShareList({ nodeId }: { readonly nodeId: string }) {
  const { t } = useTranslation();
  const shares = useNodeShares(nodeId).data;
  if (!shares) return <Skeleton height={56} />;
  const { items, inherited, cells } = shares;
  return (
    <>
      <h3>{t('share.here')}</h3>
      {items.length === 0 && (
        <Text size="sm" c="dimmed">
          {t('share.none')}
        </Text>
      )}
      <ul className={css.list} aria-label={t('share.here')}>
        {items.map((share) => (
          <Own key={share.id} share={share} />
        ))}
      </ul>
      {inherited.length > 0 && (
        <>
          <h3>{t('share.inherited')}</h3>
          <ul className={css.list} aria-label={t('share.inherited')}>
            {inherited.map((share) => (
              <SubjectLine
                key={share.id}
                subject={share.subject}
                badge={<Stale share={share} />}
                facts={[t(`share.roles.${share.role}`), t('share.from', { name: share.on.name })]}
              />
            ))}
          </ul>
        </>
      )}
      {cells.length > 0 && <InCells cells={cells} />}
    </>
  );
}

function Own({ share }: { readonly share: Share }) {
  const { t } = useTranslation();
  const { subject, createdBy, expiresAt } = share;
  const change = (role: ShareRole) =>
    void client
      .call('updateShare', { params: { id: share.id }, body: { role } })
      .catch(notifyFailure)
      .finally(sharesChanged);
  const revoke = () =>
    void client
      .call('revokeShare', { params: { id: share.id } })
      .then(() => tell(t('share.revoked', { count: 1 })), notifyFailure)
      .finally(sharesChanged);
  return (
    <SubjectLine
      subject={subject}
      badge={<Stale share={share} />}
      facts={[
        createdBy ? t('share.by', { name: createdBy.name }) : t('share.byNobody'),
        expiresAt !== null && t('share.untilDay', { day: formatDate(expiresAt) }),
      ]}
    >
      <RoleSelect
        quiet
        value={share.role}
        label={t('share.roleOf', { name: subject.name })}
        guest={subject.kind === 'guest'}
        onChange={change}
      />
      <ActionIcon size={36} aria-label={t('share.revokeFor', { name: subject.name })} onClick={revoke}>
        <IconX size={17} />
      </ActionIcon>
    </SubjectLine>
  );
}

/** A share that nobody stands for any more. */
export function Stale({ share }: { readonly share: Share }) {
  const { t } = useTranslation();
  if (!share.stale) return null;
  return (
    <Tooltip
      label={t('share.staleText')}
      multiline
      maw={280}
      events={{ hover: true, focus: true, touch: true }}
    >
      <Badge size="sm" tt="none" color="orange" variant="light" tabIndex={0}>
        {t('share.stale')}
      </Badge>
    </Tooltip>
  );
}

function InCells({ cells }: { readonly cells: NodeShares['cells'] }) {
  const { t } = useTranslation();
  const takeOut = (cellId: string, nodeId: string) =>
    void client
      .call('removeCellMount', { params: { id: cellId, node: nodeId } })
      .catch(notifyFailure)
      .finally(sharesChanged);
  return (
    <>
      <h3>{t('share.inCells')}</h3>
      <ul className={css.list} aria-label={t('share.inCells')}>
        {cells.map(({ id, name, nodeId, members }) => (
          <li key={`${id} ${nodeId}`} className={css.item}>
            <span />
            <div style={{ minWidth: 0 }}>
              <div className={css.name}>{name}</div>
              <div className={css.sub}>{t('share.members', { count: members })}</div>
            </div>
            <ActionIcon
              size={36}
              aria-label={t('share.takeOut', { name })}
              onClick={() => takeOut(id, nodeId)}
            >
              <IconX size={17} />
            </ActionIcon>
          </li>
        ))}
      </ul>
    </>
  );
}
