import { ActionIcon, Button, Menu, Tooltip } from '@mantine/core';
import { IconDotsVertical, IconX } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { formatSize } from '../../i18n/format.ts';
import { perform, type Chosen, type Verb, type VerbId } from './verbs.ts';
import css from './files-screen.module.css';

interface Props {
  readonly chosen: Chosen;
  readonly verbs: Readonly<Record<VerbId, Verb>>;
  readonly phone: boolean;
  onClear(): void;
  onInvert(): void;
}

const order: readonly VerbId[] = [
  'download',
  'share',
  'move',
  'copy',
  'rename',
  'trash',
  'showInCell',
  'versions',
  'details',
];

const onPhone: readonly VerbId[] = ['download', 'move', 'trash'];

/** What is chosen, how much it is, and what can be done with it. */
export function SelectionBar({ chosen, verbs, phone, onClear, onInvert }: Props) {
  const { t } = useTranslation();
  const { nodes, count } = chosen;
  const bytes = count === nodes.length ? nodes.reduce((sum, node) => sum + node.size, 0) : 0;
  const usable = order.map((id) => verbs[id]).filter((verb) => verb.enabled(chosen));
  const direct = usable.filter((verb) => (phone ? onPhone : order.slice(0, 6)).includes(verb.id));
  const rest = usable.filter((verb) => !direct.includes(verb));
  return (
    <div className={css.selection} role="toolbar" aria-label={t('files.selection')}>
      <Tooltip label={t('files.clear')}>
        <ActionIcon aria-label={t('files.clear')} size={phone ? 44 : 32} onClick={onClear}>
          <IconX size={17} />
        </ActionIcon>
      </Tooltip>
      <span className={`${css.count} tabular`}>
        {t('files.selected', { count })}
        {bytes > 0 && !phone && <span className={css.dim}> · {formatSize(bytes)}</span>}
      </span>
      <span className={css.space} />
      {direct.map((verb) => (
        <Button
          key={verb.id}
          variant="subtle"
          color={verb.danger ? 'red' : 'gray'}
          c={verb.danger ? 'var(--mantine-color-error)' : 'var(--mantine-color-text)'}
          size="compact-sm"
          h={phone ? 44 : 32}
          px={phone ? 13 : 9}
          title={t(`verbs.${verb.id}`)}
          onClick={() => perform(verb, chosen)}
        >
          <verb.icon size={phone ? 19 : 16} aria-hidden="true" />
          <span className={css.verb}>{t(`verbs.${verb.id}`)}</span>
        </Button>
      ))}
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon aria-label={t('files.moreActions')} size={phone ? 44 : 32}>
            <IconDotsVertical size={17} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {rest.map((verb) => (
            <Menu.Item
              key={verb.id}
              leftSection={<verb.icon size={16} />}
              color={verb.danger ? 'red' : undefined}
              onClick={() => perform(verb, chosen)}
            >
              {t(`verbs.${verb.id}`)}
            </Menu.Item>
          ))}
          <Menu.Item onClick={onInvert}>{t('files.invert')}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </div>
  );
}
