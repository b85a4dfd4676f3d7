import { Kbd, Menu } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { perform, type Chosen, type Verb, type VerbId } from './verbs.ts';
import css from './files-screen.module.css';

export interface MenuPlace {
  readonly x: number;
  readonly y: number;
  readonly chosen: Chosen;
}

interface Props {
  readonly place: MenuPlace | null;
  readonly verbs: Readonly<Record<VerbId, Verb>>;
  onClose(): void;
}

const groups: readonly (readonly VerbId[])[] = [
  ['open', 'preview', 'download'],
  ['share', 'showInCell'],
  ['rename', 'move', 'copy'],
  ['versions', 'details'],
  ['trash'],
];

/** The same verbs as the toolbar, where the pointer is. */
export function ContextMenu({ place, verbs, onClose }: Props) {
  const { t } = useTranslation();
  if (!place) return null;
  const { chosen } = place;
  const shown = groups
    .map((group) => group.map((id) => verbs[id]).filter((verb) => verb.enabled(chosen)))
    .filter((group) => group.length > 0);
  return (
    <Menu
      opened
      onClose={onClose}
      position="bottom-start"
      offset={2}
      width={230}
      trapFocus
      returnFocus
      key={`${place.x},${place.y}`}
    >
      <Menu.Target>
        <button
          type="button"
          tabIndex={-1}
          aria-label={t('files.actions')}
          className={css.point}
          style={{ left: place.x, top: place.y }}
        />
      </Menu.Target>
      <Menu.Dropdown aria-label={t('files.actions')}>
        {shown.map((group, index) => [
          index > 0 && <Menu.Divider key={`line-${index}`} />,
          ...group.map((verb) => (
            <Menu.Item
              key={verb.id}
              leftSection={<verb.icon size={16} stroke={1.7} />}
              rightSection={verb.shortcut && <Kbd size="xs">{verb.shortcut}</Kbd>}
              color={verb.danger ? 'var(--mantine-color-error)' : undefined}
              onClick={() => perform(verb, chosen)}
            >
              {t(`verbs.${verb.id}`)}
            </Menu.Item>
          )),
        ])}
      </Menu.Dropdown>
    </Menu>
  );
}
