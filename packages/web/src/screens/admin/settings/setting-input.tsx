import { FileInput, Group, PasswordInput, Select, Switch, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ListInput } from './list-input.tsx';
import type { Setting } from './setting.ts';
import { choiceName, limitsOf } from './shown.ts';

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
  if (setting.type.kind === 'switch')
    return (
      <Switch
        label={t('admin.on')}
        checked={text === 'true'}
        onChange={(event) => onChange(String(event.currentTarget.checked))}
        error={error}
      />
    );
  if (setting.type.kind === 'choice')
    return (
      <Select
        {...common}
        data={setting.type.choices.map((value) => ({ value, label: choiceName(t, value) }))}
        value={text}
        allowDeselect={false}
        onChange={(value) => onChange(value ?? text)}
      />
    );
  const description = t('settings.allowed', { limits: limitsOf(t, setting.type) });
  if (setting.type.kind === 'list')
    return <ListInput {...{ text, error, onChange, description }} list={setting.type} />;
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
  if (setting.key === 'branding.logo') return <PictureInput text={text} error={error} onChange={onChange} />;
  if (setting.type.kind === 'number') return <TextInput {...typed} inputMode="numeric" />;
  return <Textarea {...typed} autosize minRows={1} maxRows={10} spellCheck={false} />;
}

/** In base64 a third longer, it fits the setting. */
const maxPicture = 70_000;

/** A picture as a data URL. */
function PictureInput({ text, error, onChange }: Omit<Props, 'setting'>) {
  const { t } = useTranslation();
  const [tooLarge, setTooLarge] = useState(false);
  const choose = async (file: File | null) => {
    setTooLarge(file !== null && file.size > maxPicture);
    if (file === null) return onChange('');
    if (file.size > maxPicture) return;
    const bytes = new Uint8Array(await file.arrayBuffer());
    onChange(`data:${file.type};base64,${btoa(String.fromCharCode(...bytes))}`);
  };
  return (
    <Group align="flex-end">
      {text !== '' && <img src={text} alt="" height={40} style={{ maxWidth: 200, objectFit: 'contain' }} />}
      <FileInput
        flex={1}
        clearable
        clearButtonProps={{ 'aria-label': t('files.clear') }}
        label={t('admin.value')}
        placeholder={t('settings.choosePicture')}
        accept="image/png,image/jpeg,image/webp,image/svg+xml"
        error={tooLarge ? t('settings.pictureTooLarge') : error}
        onChange={(file) => void choose(file)}
      />
    </Group>
  );
}
