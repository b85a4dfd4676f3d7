import { Alert, Button, Group, Skeleton, Stack, Text } from '@mantine/core';
import { modals } from '@mantine/modals';
import { IconFolderOpen, IconHexagonOff } from '@tabler/icons-react';
import type { CellDetail } from '@volvox/api';
import { useState, type SubmitEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate, useParams } from 'react-router';
import { client } from '../../api/client.ts';
import { tell } from '../../api/notify.tsx';
import { Failure } from '../files/empty.tsx';
import { Card, Page } from '../page.tsx';
import { CellFields, readCell } from './cell-fields.tsx';
import { cellsChanged, explainCell, manages, tellCellError, useCell } from './cell-queries.ts';
import { MembersCard } from './members-card.tsx';
import { ShownCard } from './shown-card.tsx';

export default function CellScreen() {
  const { id = '' } = useParams();
  const query = useCell(id);
  if (query.isError)
    return <Failure icon={IconHexagonOff} error={query.error} onRetry={() => void query.refetch()} />;
  return query.data ? <Detail key={id} cell={query.data} /> : <Skeleton height={300} m="md" />;
}

/** Members of a Cell, what it shows, its settings, and the ways out. */
function Detail({ cell }: { readonly cell: CellDetail }) {
  const { t } = useTranslation();
  const role = cell.role === 'owner' ? t('cells.owner') : t(`share.roles.${cell.role}`);
  return (
    <Page
      narrow
      title={cell.name}
      tools={
        <Button component={Link} to={`/files/${cell.rootId}`} leftSection={<IconFolderOpen size={16} />}>
          {t('cells.open')}
        </Button>
      }
    >
      <Text c="dimmed" mb="md">
        {[t('cells.yourRole', { role }), cell.description].filter(Boolean).join(' · ')}
      </Text>
      <MembersCard cell={cell} />
      <ShownCard cell={cell} />
      {manages(cell) && <SettingsCard cell={cell} />}
      <Group>
        <EndButton cell={cell} how={cell.role === 'owner' ? 'delete' : 'leave'} />
      </Group>
    </Page>
  );
}

function SettingsCard({ cell }: { readonly cell: CellDetail }) {
  const { t } = useTranslation();
  const [fault, setFault] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const { endsAt, ...rest } = readCell(event.currentTarget);
    // An end that has come already stays as it is, unless another day is chosen.
    const body = endsAt !== null && endsAt === cell.endsAt ? rest : { ...rest, endsAt };
    setBusy(true);
    setFault(null);
    try {
      await client.call('updateCell', { params: { id: cell.id }, body });
      tell(t('cells.saved'));
    } catch (error) {
      setFault(explainCell(error));
    }
    setBusy(false);
    cellsChanged();
  };
  return (
    <Card title={t('cells.settings')}>
      <form onSubmit={(event) => void submit(event)}>
        <Stack>
          {fault !== null && (
            <Alert color="red" role="alert">
              {fault}
            </Alert>
          )}
          <CellFields values={cell} />
          <Group justify="flex-end">
            <Button type="submit" loading={busy}>
              {t('common.save')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Card>
  );
}

/** Goes for oneself, or ends it for everybody; asked first. */
function EndButton({ cell, how }: { readonly cell: CellDetail; readonly how: 'leave' | 'delete' }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const end = async () => {
    try {
      await client.call(how === 'leave' ? 'leaveCell' : 'deleteCell', { params: { id: cell.id } });
      tell(t(how === 'leave' ? 'cells.left' : 'cells.deleted', { name: cell.name }));
      void navigate('/cells');
    } catch (error) {
      tellCellError(error);
    }
    cellsChanged();
  };
  const ask = () =>
    modals.openConfirmModal({
      title: t(`cells.${how}Title`, { name: cell.name }),
      children: <Text size="sm">{t(`cells.${how}Text`)}</Text>,
      labels: { confirm: t(`cells.${how}`), cancel: t('common.cancel') },
      confirmProps: { color: 'red' },
      onConfirm: () => void end(),
    });
  return (
    <Button variant="default" c="var(--mantine-color-error)" onClick={ask}>
      {t(`cells.${how}`)}
    </Button>
  );
}
