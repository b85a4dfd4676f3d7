import { Alert, Button, FileInput, Group, Modal, Progress, Stack, Table, Text } from '@mantine/core';
import { IconFileSpreadsheet } from '@tabler/icons-react';
import type { ImportLine, Response, Routes } from '@volvox/api';
import { isApiError } from '@volvox/client';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { client } from '../../../api/client.ts';
import { keys } from '../../../api/keys.ts';
import { explain, tell } from '../../../api/notify.tsx';
import { queryClient } from '../../../api/query-client.ts';

/** The server takes bodies of at most a mebibyte. */
const maxBytes = 900_000;

type ImportPart = Response<Routes['importUsers']>;

interface Running {
  readonly done: number;
  readonly total: number;
}

/** Checks a file line by line first, then imports it; both tell how far they are. */
export function ImportDialog({ onClose }: { onClose(): void }) {
  const { t } = useTranslation();
  const [csv, setCsv] = useState<string | null>(null);
  const [lines, setLines] = useState<readonly ImportLine[] | null>(null);
  const [running, setRunning] = useState<Running | null>(null);
  const [error, setError] = useState<string | null>(null);

  const choose = async (file: File | null) => {
    setLines(null);
    setError(null);
    setCsv(null);
    if (file === null) return;
    if (file.size > maxBytes) setError(t('users.tooLarge'));
    else setCsv(await file.text());
  };
  const run = async (dryRun: boolean) => {
    if (csv === null) return;
    setError(null);
    setRunning({ done: 0, total: 1 });
    const all: ImportLine[] = [];
    try {
      let next: number | null = 0;
      while (next !== null) {
        const body = { csv, dryRun, offset: next, limit: 100 };
        const part: ImportPart = await client.call('importUsers', { body });
        all.push(...part.lines);
        setRunning({ done: all.length, total: part.total });
        next = part.next;
      }
      setLines(all);
      if (!dryRun) finish(all);
    } catch (failure) {
      setError(isApiError(failure, 'invalid_input') ? failure.message : explain(failure));
    }
    setRunning(null);
  };
  const finish = (all: readonly ImportLine[]) => {
    void queryClient.invalidateQueries({ queryKey: keys.users });
    setCsv(null);
    if (all.some((line) => line.outcome === 'failed')) return;
    tell(t('users.imported'));
    onClose();
  };
  const good = lines?.filter(({ outcome }) => outcome === 'created' || outcome === 'changed').length ?? 0;
  return (
    <Modal
      opened
      size="lg"
      onClose={onClose}
      title={t('users.importTitle')}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <Stack>
        <Text size="sm" c="dimmed">
          {t('users.importText')}
        </Text>
        <FileInput
          label={t('users.chooseFile')}
          leftSection={<IconFileSpreadsheet size={16} />}
          accept=".csv,text/csv"
          disabled={running !== null}
          onChange={(file) => void choose(file)}
        />
        {error !== null && (
          <Alert color="red" role="alert">
            {error}
          </Alert>
        )}
        {running && (
          <div role="status">
            <Progress value={(running.done / running.total) * 100} aria-label={t('users.importTitle')} />
            <Text size="xs" mt={4}>
              {t('users.checking', { ...running })}
            </Text>
          </div>
        )}
        {lines && <Outcome lines={lines} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t('common.close')}
          </Button>
          {lines === null || good === 0 || csv === null ? (
            <Button disabled={csv === null} loading={running !== null} onClick={() => void run(true)}>
              {t('users.check')}
            </Button>
          ) : (
            <Button loading={running !== null} onClick={() => void run(false)}>
              {t('users.run', { count: good })}
            </Button>
          )}
        </Group>
      </Stack>
    </Modal>
  );
}

function Outcome({ lines }: { readonly lines: readonly ImportLine[] }) {
  const { t } = useTranslation();
  const count = (outcome: ImportLine['outcome']) => lines.filter((line) => line.outcome === outcome).length;
  const failed = lines.filter((line) => line.outcome === 'failed');
  return (
    <>
      <Text size="sm" aria-live="polite">
        {(['created', 'changed', 'unchanged', 'failed'] as const)
          .map((outcome) => t(`users.${outcome}`, { count: count(outcome) }))
          .join(' · ')}
      </Text>
      {failed.length > 0 && (
        <div
          style={{ maxHeight: 240, overflow: 'auto' }}
          tabIndex={0}
          role="region"
          aria-label={t('users.failed', { count: failed.length })}
        >
          <Table>
            <Table.Tbody>
              {failed.slice(0, 200).map((line) => (
                <Table.Tr key={line.line}>
                  <Table.Th scope="row">{t('users.line', { line: line.line })}</Table.Th>
                  <Table.Td>{line.login}</Table.Td>
                  <Table.Td>{line.problem}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </div>
      )}
    </>
  );
}
