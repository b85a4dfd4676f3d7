import { Checkbox, Fieldset, SimpleGrid, Stack, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { OidcDraft } from './draft.ts';

interface Props {
  readonly settings: OidcDraft;
  readonly redirectUri: string | null;
  onChange(settings: OidcDraft): void;
}

const claims = ['loginClaim', 'nameClaim', 'emailClaim', 'groupsClaim'] as const;

export function OidcFields({ settings, redirectUri, onChange }: Props) {
  const { t } = useTranslation();
  return (
    <>
      <TextInput
        label={t('connectors.issuer')}
        value={settings.issuer}
        onChange={(event) => onChange({ ...settings, issuer: event.currentTarget.value.trim() })}
        placeholder="https://login.example.org"
        type="url"
        required
        withAsterisk={false}
        spellCheck={false}
      />
      <TextInput
        label={t('connectors.clientId')}
        value={settings.clientId}
        onChange={(event) => onChange({ ...settings, clientId: event.currentTarget.value.trim() })}
        required
        withAsterisk={false}
        spellCheck={false}
        autoComplete="off"
      />
      {redirectUri !== null && (
        <TextInput
          label={t('connectors.redirectUri')}
          value={redirectUri}
          readOnly
          onFocus={(event) => event.currentTarget.select()}
        />
      )}
      <Fieldset legend={t('connectors.claims')}>
        <SimpleGrid cols={{ base: 1, xs: 2 }}>
          {claims.map((name) => (
            <TextInput
              key={name}
              label={t(`connectors.${name}`)}
              value={settings[name]}
              onChange={(event) => onChange({ ...settings, [name]: event.currentTarget.value.trim() })}
              required
              withAsterisk={false}
              spellCheck={false}
            />
          ))}
        </SimpleGrid>
      </Fieldset>
      <Stack gap="xs">
        <Checkbox
          label={t('connectors.secondStep')}
          checked={settings.secondStep}
          onChange={(event) => onChange({ ...settings, secondStep: event.currentTarget.checked })}
        />
        <Checkbox
          label={t('connectors.linking')}
          checked={settings.linking}
          onChange={(event) => onChange({ ...settings, linking: event.currentTarget.checked })}
        />
      </Stack>
    </>
  );
}
