import {
  Checkbox,
  Fieldset,
  Group,
  NumberInput,
  SimpleGrid,
  Stack,
  Textarea,
  TextInput,
} from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { LdapDraft } from './draft.ts';

interface Props {
  readonly settings: LdapDraft;
  onChange(settings: LdapDraft): void;
}

type TextField = { [K in keyof LdapDraft]: LdapDraft[K] extends string ? K : never }[keyof LdapDraft];

const attributes = [
  { name: 'idAttribute', label: 'idAttribute' },
  { name: 'loginAttribute', label: 'loginClaim' },
  { name: 'nameAttribute', label: 'nameClaim' },
  { name: 'emailAttribute', label: 'emailClaim' },
] as const;

export function LdapFields({ settings, onChange }: Props) {
  const { t } = useTranslation();
  const field = (name: TextField, required = true) => ({
    value: settings[name],
    onChange: (event: { readonly currentTarget: { readonly value: string } }) =>
      onChange({ ...settings, [name]: event.currentTarget.value }),
    required,
    withAsterisk: false,
    spellCheck: false,
    autoComplete: 'off',
  });
  return (
    <>
      <Group align="end">
        <TextInput
          label={t('connectors.url')}
          placeholder="ldap://directory.example.org"
          style={{ flex: '1 1 240px' }}
          {...field('url')}
        />
        <Checkbox
          label={t('connectors.startTls')}
          checked={settings.startTls}
          onChange={(event) => onChange({ ...settings, startTls: event.currentTarget.checked })}
          pb={8}
        />
      </Group>
      <Textarea
        label={t('connectors.ca')}
        description={t('connectors.caHelp')}
        value={settings.ca ?? ''}
        onChange={(event) => onChange({ ...settings, ca: event.currentTarget.value.trim() || null })}
        autosize
        minRows={1}
        maxRows={6}
        spellCheck={false}
      />
      <TextInput label={t('connectors.bindDn')} {...field('bindDn', false)} />
      <TextInput label={t('connectors.base')} placeholder="ou=people,dc=example,dc=org" {...field('base')} />
      <TextInput
        label={t('connectors.userFilter')}
        description={t('connectors.userFilterHelp')}
        {...field('userFilter')}
      />
      <TextInput label={t('connectors.listFilter')} {...field('listFilter')} />
      <Fieldset legend={t('connectors.attributesOf')}>
        <SimpleGrid cols={{ base: 1, xs: 2 }}>
          {attributes.map(({ name, label }) => (
            <TextInput key={name} label={t(`connectors.${label}`)} {...field(name)} />
          ))}
          <TextInput label={t('connectors.memberOf')} {...field('memberOfAttribute', false)} />
        </SimpleGrid>
      </Fieldset>
      <TextInput label={t('connectors.groupBase')} {...field('groupBase', false)} />
      <TextInput
        label={t('connectors.groupFilter')}
        description={t('connectors.groupFilterHelp')}
        {...field('groupFilter', false)}
      />
      <Stack gap="xs">
        <NumberInput
          label={t('connectors.syncHours')}
          description={t('connectors.syncHoursHelp')}
          value={settings.syncHours}
          onChange={(value) => onChange({ ...settings, syncHours: Number(value) || 0 })}
          min={0}
          max={720}
          allowDecimal={false}
        />
        <Checkbox
          label={t('connectors.disableMissing')}
          checked={settings.disableMissing}
          onChange={(event) => onChange({ ...settings, disableMissing: event.currentTarget.checked })}
        />
      </Stack>
    </>
  );
}
