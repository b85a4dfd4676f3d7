import { Button, Checkbox, Group, Modal, SegmentedControl, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useConflicts } from './conflict-store.ts';
import type { Clash, Decision } from './conflicts.ts';

export function ConflictDialog() {
  const question = useConflicts((state) => state.question);
  return question ? (
    <Questions key={question.clashes.length} clashes={question.clashes} answer={question.answer} />
  ) : null;
}

interface Props {
  readonly clashes: readonly Clash[];
  answer(decisions: ReadonlyMap<string, Decision> | null): void;
}

/** One taken name after the other; "apply to all" ends it. */
function Questions({ clashes, answer }: Props) {
  const { t } = useTranslation();
  const [decided, setDecided] = useState<ReadonlyMap<string, Decision>>(new Map());
  const [choice, setChoice] = useState<Decision>('keep_both');
  const [all, setAll] = useState(clashes.length > 1);
  const clash = clashes[decided.size];
  if (!clash) return null;
  const left = clashes.length - decided.size;

  const go = () => {
    const next = new Map(decided);
    for (const entry of all ? clashes.slice(decided.size) : [clash]) next.set(entry.name, choice);
    if (next.size >= clashes.length) answer(next);
    else setDecided(next);
  };

  return (
    <Modal
      opened
      onClose={() => answer(null)}
      title={t(clash.folder ? 'conflict.folderTitle' : 'conflict.title')}
      size="md"
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <Stack gap="md">
        <Text size="sm">
          {t('conflict.text', { name: clash.name })}
          {left > 1 && ` ${t('conflict.more', { count: left - 1 })}`}
        </Text>
        <SegmentedControl
          fullWidth
          aria-label={t('conflict.choice')}
          value={choice}
          onChange={(value) => setChoice(value === 'replace' || value === 'skip' ? value : 'keep_both')}
          data={[
            { value: 'keep_both', label: t('conflict.keep_both') },
            { value: 'replace', label: t(clash.folder ? 'conflict.merge' : 'conflict.replace') },
            { value: 'skip', label: t('conflict.skip') },
          ]}
        />
        <Text size="sm" c="dimmed" mih="2.6em">
          {t(clash.folder ? `conflict.folder_${choice}` : `conflict.file_${choice}`)}
        </Text>
        {left > 1 && (
          <Checkbox
            label={t('conflict.all', { count: left })}
            checked={all}
            onChange={(event) => setAll(event.currentTarget.checked)}
          />
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={() => answer(null)}>
            {t('conflict.callOff')}
          </Button>
          <Button onClick={go} data-autofocus>
            {t('conflict.go')}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
