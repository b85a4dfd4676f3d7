import { Button, Group, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { newPassword } from './link-address.ts';
import type { PartProps } from './link-draft.ts';

/** Shown as it is typed: it has to be told to somebody. What was set before is never shown. */
export function PasswordSetting({ link, draft, onChange }: PartProps) {
  const { t } = useTranslation();
  return (
    <div>
      <TextInput
        label={t('links.password')}
        placeholder={link.hasPassword && !draft.dropPassword ? t('links.passwordKeep') : ''}
        autoComplete="off"
        value={draft.password}
        onChange={(event) => onChange({ password: event.currentTarget.value, dropPassword: false })}
      />
      <Group gap={4} mt={4}>
        <Button
          size="compact-xs"
          variant="subtle"
          onClick={() => onChange({ password: newPassword(), dropPassword: false })}
        >
          {t('links.passwordMake')}
        </Button>
        {link.hasPassword && !draft.dropPassword && (
          <Button
            size="compact-xs"
            variant="subtle"
            color="red"
            onClick={() => onChange({ password: '', dropPassword: true })}
          >
            {t('links.passwordRemove')}
          </Button>
        )}
      </Group>
    </div>
  );
}
