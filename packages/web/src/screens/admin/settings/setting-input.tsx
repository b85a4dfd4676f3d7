import { PasswordInput, Select, Switch, Textarea, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Setting } from './setting.ts';

interface Props {
  readonly setting: Setting;
  readonly text: string;
  readonly error: string | null;
  onChange(text: string): void;
}

/** The control that fits the setting's kind. */
export function SettingInput({ setting, text, error, onChange }: Props) {
  const { t } = useTranslation();
  const common = { label: t('admin.value'), error, 'data-autofocus': true } as const;
  if (typeof setting.default === 'boolean')
    return (
      <Switch
        label={t('admin.on')}
        checked={text === 'true'}
        onChange={(event) => onChange(String(event.currentTarget.checked))}
        error={error}
      />
    );
  if (setting.choices !== null)
    return (
      <Select
        {...common}
        data={setting.choices}
        value={text}
        allowDeselect={false}
        onChange={(value) => onChange(value ?? text)}
      />
    );
  const description = t('settings.allowed', { limits: setting.limits });
  const typed = {
    ...common,
    description,
    value: text,
    onChange: (event: { readonly currentTarget: { readonly value: string } }) =>
      onChange(event.currentTarget.value),
  };
  if (setting.sensitive)
    return (
      <PasswordInput
        {...typed}
        autoComplete="off"
        visibilityToggleButtonProps={{ 'aria-label': t('login.showPassword') }}
      />
    );
  if (typeof setting.default === 'number') return <TextInput {...typed} inputMode="numeric" />;
  return <Textarea {...typed} autosize minRows={1} maxRows={10} spellCheck={false} />;
}
