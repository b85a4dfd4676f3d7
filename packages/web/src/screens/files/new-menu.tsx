import { Menu } from '@mantine/core';
import { IconFolderPlus, IconFolderUp, IconUpload } from '@tabler/icons-react';
import { type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { pickedFromInput } from '../../upload/entries.ts';
import { startUpload } from '../../upload/start.ts';
import { useFilesUi } from './ui-store.ts';

/** Opens the browser's picker; `folder` takes a whole tree. */
function pickFiles(parentId: string, folder: boolean): void {
  const input = document.createElement('input');
  input.type = 'file';
  input.multiple = true;
  input.webkitdirectory = folder;
  input.onchange = () => void startUpload(parentId, pickedFromInput(input.files ?? []));
  input.click();
}

/** New folder, upload files, upload a folder: into the folder that is open. */
export function NewMenu({ children }: { readonly children: ReactNode }) {
  const { t } = useTranslation();
  const place = useFilesUi((state) => state.place);
  const open = useFilesUi((state) => state.open);
  return (
    <Menu position="bottom-start" width={210}>
      <Menu.Target>{children}</Menu.Target>
      {place && (
        <Menu.Dropdown>
          <Menu.Item
            leftSection={<IconFolderPlus size={17} />}
            onClick={() => open({ kind: 'newFolder', parentId: place.id })}
          >
            {t('new.folder')}
          </Menu.Item>
          <Menu.Divider />
          <Menu.Item leftSection={<IconUpload size={17} />} onClick={() => pickFiles(place.id, false)}>
            {t('new.uploadFiles')}
          </Menu.Item>
          <Menu.Item leftSection={<IconFolderUp size={17} />} onClick={() => pickFiles(place.id, true)}>
            {t('new.uploadFolder')}
          </Menu.Item>
        </Menu.Dropdown>
      )}
    </Menu>
  );
}
