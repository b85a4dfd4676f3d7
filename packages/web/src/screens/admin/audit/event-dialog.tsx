import { Button, Code, Group, Modal, Stack, Table, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { formatDateTime } from '../../../i18n/format.ts';
import css from '../../page.module.css';
import { areaName } from './areas.ts';
import type { AuditEvent } from './audit-event.ts';
import type { AuditView } from './audit-filter.ts';
import { nodeName, subjectName } from './event-names.ts';

interface Props {
  readonly event: AuditEvent;
  onClose(): void;
  onFilter(change: Partial<AuditView>): void;
}

/** Everything that is known of one event, and ways to what else its person, file or address did. */
export function EventDialog({ event, onClose, onFilter }: Props) {
  const { t } = useTranslation();
  const { actorId, nodeId, address } = event;
  const lines: readonly (readonly [string, ReactNode])[] = [
    [t('audit.event'), `${areaName(event.kind)} · ${event.kind}`],
    [t('audit.when'), formatDateTime(event.at)],
    [t('audit.who'), named(event.actorLogin, actorId) ?? t('audit.nobody')],
    [t('audit.inName'), event.impersonatorId],
    [t('audit.via'), event.via],
    [t('audit.address'), address],
    [t('audit.client'), event.client],
    [t('audit.node'), named(nodeName(event), nodeId)],
    [t('audit.subject'), named(event.subjectId && subjectName(event), event.subjectId)],
    [t('audit.request'), event.requestId],
    [t('audit.hash'), event.hash],
  ];
  return (
    <Modal
      opened
      onClose={onClose}
      size="lg"
      title={t('audit.eventTitle', { seq: event.seq })}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <Stack>
        <Table variant="vertical" verticalSpacing={6} layout="fixed">
          <Table.Tbody>
            {lines
              .filter(([, value]) => value !== null)
              .map(([name, value]) => (
                <Table.Tr key={name}>
                  <Table.Th w={170} scope="row">
                    {name}
                  </Table.Th>
                  <Table.Td className={css.mono}>{value}</Table.Td>
                </Table.Tr>
              ))}
          </Table.Tbody>
        </Table>
        <Facts name={t('audit.before')} facts={event.before} />
        <Facts name={t('audit.after')} facts={event.after} />
        <Facts name={t('audit.details')} facts={event.details} />
        <Group gap="xs">
          {actorId && (
            <Button size="xs" variant="default" onClick={() => onFilter({ actor: actorId })}>
              {t('audit.onlyPerson')}
            </Button>
          )}
          {nodeId && (
            <Button size="xs" variant="default" onClick={() => onFilter({ node: nodeId })}>
              {t('audit.onlyNode')}
            </Button>
          )}
          {address && (
            <Button size="xs" variant="default" onClick={() => onFilter({ address })}>
              {t('audit.onlyAddress')}
            </Button>
          )}
        </Group>
      </Stack>
    </Modal>
  );
}

/** The name of then, with the id below it. */
function named(name: string | null, id: string | null): ReactNode {
  if (name === null || id === null) return name ?? id;
  return (
    <>
      <div>{name}</div>
      <Text size="xs" c="dimmed" ff="inherit">
        {id}
      </Text>
    </>
  );
}

function Facts({ name, facts }: { readonly name: string; readonly facts: AuditEvent['before'] }) {
  if (facts === null || Object.keys(facts).length === 0) return null;
  return (
    <div>
      <Text size="sm" fw={560} mb={4}>
        {name}
      </Text>
      <Code block tabIndex={0} aria-label={name} role="region">
        {JSON.stringify(facts, null, 2)}
      </Code>
    </div>
  );
}
