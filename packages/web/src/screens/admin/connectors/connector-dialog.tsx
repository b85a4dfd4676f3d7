import {
  Alert,
  Button,
  Checkbox,
  Group,
  Modal,
  NumberInput,
  PasswordInput,
  Stack,
  Textarea,
  TextInput,
} from '@mantine/core';
import { isApiError } from '@volvox/client';
import type { Connector, ConnectorTest } from '@volvox/api';
import { useState, type SubmitEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { client } from '../../../api/client.ts';
import { keys } from '../../../api/keys.ts';
import { explain, tell } from '../../../api/notify.tsx';
import { queryClient } from '../../../api/query-client.ts';
import { attributeLines, attributesOf, draftOf, type Draft } from './draft.ts';
import { GroupMappings } from './group-mappings.tsx';
import { LdapFields } from './ldap-fields.tsx';
import { OidcFields } from './oidc-fields.tsx';

export interface Editing {
  readonly kind: 'oidc' | 'ldap';
  /** null: a new one */
  readonly connector: Connector | null;
}

/** A connection with everything that it needs, and a way to try it before it is kept. */
export function ConnectorDialog({ editing, onClose }: { readonly editing: Editing; onClose(): void }) {
  const { t } = useTranslation();
  const { connector } = editing;
  const [draft, setDraft] = useState<Draft>(() => draftOf(editing.kind, connector));
  const [extra, setExtra] = useState(() => attributeLines(draft.settings.attributes));
  const [secret, setSecret] = useState('');
  const [error, setError] = useState<string | null>(null);
  const [tested, setTested] = useState<ConnectorTest | null>(null);
  const [busy, setBusy] = useState<'test' | 'save' | null>(null);
  const { settings } = draft;

  const run = async (what: 'test' | 'save') => {
    const body = {
      ...draft,
      settings: { ...settings, attributes: attributesOf(extra) },
      ...(secret === '' ? {} : { secret }),
    };
    setBusy(what);
    setError(null);
    setTested(null);
    try {
      if (what === 'test') {
        const known = connector === null ? {} : { id: connector.id };
        setTested(await client.call('testConnector', { body: { connector: body, ...known } }));
      } else {
        if (connector === null) await client.call('createConnector', { body });
        else await client.call('updateConnector', { params: { id: connector.id }, body });
        void queryClient.invalidateQueries({ queryKey: keys.connectors });
        tell(t('connectors.saved', { name: draft.name }));
        return onClose();
      }
    } catch (failure) {
      setError(isApiError(failure, 'invalid_input') ? failure.message : explain(failure));
    }
    setBusy(null);
  };
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    void run('save');
  };

  return (
    <Modal
      opened
      onClose={onClose}
      size="xl"
      title={connector ? t('connectors.edit') : t('connectors.new')}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <form onSubmit={submit}>
        <Stack>
          <General draft={draft} onChange={setDraft} />
          {settings.kind === 'oidc' ? (
            <OidcFields
              settings={settings}
              redirectUri={connector?.redirectUri ?? null}
              onChange={(changed) => setDraft({ ...draft, settings: changed })}
            />
          ) : (
            <LdapFields
              settings={settings}
              onChange={(changed) => setDraft({ ...draft, settings: changed })}
            />
          )}
          <PasswordInput
            label={settings.kind === 'oidc' ? t('connectors.secret') : t('connectors.bindPassword')}
            {...(connector?.hasSecret ? { description: t('connectors.secretKept') } : {})}
            value={secret}
            onChange={(event) => setSecret(event.currentTarget.value)}
            autoComplete="new-password"
            maxLength={2000}
            visibilityToggleButtonProps={{ 'aria-label': t('login.showPassword') }}
          />
          <Checkbox
            label={t('connectors.createUsers')}
            checked={settings.createUsers}
            onChange={(event) =>
              setDraft({ ...draft, settings: { ...settings, createUsers: event.currentTarget.checked } })
            }
          />
          <GroupMappings
            groups={settings.groups}
            onChange={(groups) => setDraft({ ...draft, settings: { ...settings, groups } })}
          />
          <Textarea
            label={t('connectors.extra')}
            description={t('connectors.extraHelp')}
            value={extra}
            onChange={(event) => setExtra(event.currentTarget.value)}
            autosize
            minRows={1}
            spellCheck={false}
          />
          {error !== null && (
            <Alert color="red" role="alert">
              {error}
            </Alert>
          )}
          {tested && <Tested tested={tested} />}
          <Group justify="space-between">
            <Button
              variant="default"
              loading={busy === 'test'}
              disabled={busy === 'save'}
              onClick={() => void run('test')}
            >
              {t('connectors.test')}
            </Button>
            <Group>
              <Button variant="default" onClick={onClose}>
                {t('common.cancel')}
              </Button>
              <Button type="submit" loading={busy === 'save'} disabled={busy === 'test'}>
                {t('common.save')}
              </Button>
            </Group>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function General({ draft, onChange }: { readonly draft: Draft; onChange(draft: Draft): void }) {
  const { t } = useTranslation();
  return (
    <>
      <Group align="start" wrap="nowrap">
        <TextInput
          label={t('connectors.name')}
          description={t('connectors.nameHelp')}
          value={draft.name}
          onChange={(event) => onChange({ ...draft, name: event.currentTarget.value })}
          maxLength={100}
          required
          withAsterisk={false}
          data-autofocus
          autoComplete="off"
          style={{ flex: 1 }}
          inputWrapperOrder={['label', 'input', 'description', 'error']}
        />
        <NumberInput
          label={t('connectors.position')}
          value={draft.position}
          onChange={(value) => onChange({ ...draft, position: Number(value) || 0 })}
          min={0}
          max={1000}
          allowDecimal={false}
          w={110}
        />
      </Group>
      <Checkbox
        label={t('connectors.enabled')}
        checked={draft.enabled}
        onChange={(event) => onChange({ ...draft, enabled: event.currentTarget.checked })}
      />
    </>
  );
}

function Tested({ tested }: { readonly tested: ConnectorTest }) {
  const { t } = useTranslation();
  const names = tested.found.map(({ login, name }) => `${name} (${login})`).join(', ');
  return (
    <Alert color={tested.ok ? 'green' : 'red'} variant="light" role="status">
      {tested.ok ? t('connectors.testGood') : t('connectors.testBad', { message: tested.message })}{' '}
      {names !== '' && t('connectors.found', { names })}
    </Alert>
  );
}
