import { Alert, Button, Group, Modal, Stack, type ModalProps } from '@mantine/core';
import type { ReactNode, SubmitEvent } from 'react';
import { useTranslation } from 'react-i18next';

interface Props {
  readonly title: string;
  readonly size?: ModalProps['size'];
  /** Why it was not taken; shown above the fields. */
  readonly fault?: string | null;
  readonly busy?: boolean;
  /** What the button that sends says; "Save" if absent. */
  readonly verb?: string;
  /** For what can't be undone. */
  readonly color?: string;
  readonly disabled?: boolean;
  onSubmit(event: SubmitEvent<HTMLFormElement>): Promise<void>;
  onClose(): void;
  readonly children: ReactNode;
}

/** A dialog of fields with a button that sends them and one that does not. */
export function FormDialog(props: Props) {
  const { title, size, fault = null, busy = false, verb, color, disabled = false, children } = props;
  const { onSubmit, onClose } = props;
  const { t } = useTranslation();
  return (
    <Modal
      opened
      onClose={onClose}
      title={title}
      closeButtonProps={{ 'aria-label': t('common.close') }}
      {...(size === undefined ? {} : { size })}
    >
      <form onSubmit={(event) => void onSubmit(event)}>
        <Stack>
          {fault !== null && (
            <Alert color="red" role="alert">
              {fault}
            </Alert>
          )}
          {children}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t('common.cancel')}
            </Button>
            <Button
              type="submit"
              loading={busy}
              disabled={disabled}
              {...(color === undefined ? {} : { color })}
            >
              {verb ?? t('common.save')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
