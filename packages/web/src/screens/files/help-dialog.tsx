import { Kbd, Modal } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import css from './help-dialog.module.css';

const shortcuts = [
  ['↑ ↓', 'arrows'],
  ['Shift ↑ ↓', 'range'],
  ['Home / End', 'ends'],
  ['Enter', 'open'],
  ['Space', 'preview'],
  ['Backspace', 'parent'],
  ['F2', 'rename'],
  ['Delete', 'trash'],
  ['Ctrl A', 'all'],
  ['Ctrl V', 'paste'],
  ['A … Z', 'type'],
  ['Esc', 'clear'],
  ['?', 'help'],
] as const;

export function HelpDialog({ onClose }: { onClose(): void }) {
  const { t } = useTranslation();
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('help.title')}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <dl className={css.list}>
        {shortcuts.map(([key, meaning]) => (
          <div key={key} className={css.line}>
            <dt>{t(`help.${meaning}`)}</dt>
            <dd>
              <Kbd>{key}</Kbd>
            </dd>
          </div>
        ))}
      </dl>
    </Modal>
  );
}
