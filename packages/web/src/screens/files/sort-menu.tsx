import { ActionIcon, Menu } from '@mantine/core';
import { IconArrowDown, IconArrowsSort, IconArrowUp } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useFilesUi } from './ui-store.ts';

const keys = ['name', 'size', 'modified'] as const;

/** Sorting where there is no header to click. */
export function SortMenu() {
  const { t } = useTranslation();
  const { sorting, sortBy } = useFilesUi();
  const Arrow = sorting.order === 'asc' ? IconArrowUp : IconArrowDown;
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon size={44} aria-label={t('files.sort')}>
          <IconArrowsSort size={19} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {keys.map((key) => (
          <Menu.Item
            key={key}
            onClick={() => sortBy(key)}
            rightSection={sorting.sort === key && <Arrow size={15} />}
          >
            {t(`files.${key}`)}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
