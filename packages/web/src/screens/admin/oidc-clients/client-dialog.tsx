import { Checkbox, MultiSelect, Radio, Select, Stack, Textarea, TextInput } from '@mantine/core';
import { isApiError } from '@volvox/client';
import type { OidcClient, OidcClientInput, OidcScope } from '@volvox/api';
import { useState, type SubmitEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { client } from '../../../api/client.ts';
import { keys } from '../../../api/keys.ts';
import { explain, tell } from '../../../api/notify.tsx';
import { queryClient } from '../../../api/query-client.ts';
import type { Shown } from './secret-dialog.tsx';
import { FormDialog } from '../../form-dialog.tsx';

interface Props {
  /** null: a new one */
  readonly app: OidcClient | null;
  onClose(): void;
  onSecret(shown: Shown): void;
}

const scopes: readonly OidcScope[] = [
  ...(['openid', 'profile', 'email', 'groups', 'offline_access'] as const),
  ...(['files:read', 'files:write', 'account', 'admin'] as const),
];
const usual: readonly OidcScope[] = ['openid', 'profile', 'email', 'offline_access'];

/** Everything that an app is registered with. */
export function ClientDialog({ app, onClose, onSecret }: Props) {
  const { t } = useTranslation();
  const [asked, setAsked] = useState<readonly string[]>(app?.scopes ?? usual);
  const [kind, setKind] = useState(app?.confidential === false ? 'public' : 'confidential');
  const [signing, setSigning] = useState<string | null>(app?.signing ?? 'RS256');
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  const submit = async (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const text = (name: string) => String(form.get(name) ?? '').trim();
    const lines = (name: string) => text(name).split(/\s+/).filter(Boolean);
    const body: OidcClientInput = {
      name: text('name'),
      confidential: kind === 'confidential',
      redirectUris: lines('redirects'),
      postLogoutRedirectUris: lines('logouts'),
      backchannelLogoutUri: text('backchannel') || null,
      scopes: scopes.filter((scope) => asked.includes(scope)),
      deviceFlow: form.get('deviceFlow') !== null,
      firstParty: form.get('firstParty') !== null,
      signing: signing === 'ES256' ? 'ES256' : 'RS256',
    };
    setBusy(true);
    try {
      if (app) await client.call('updateOidcClient', { params: { id: app.id }, body });
      else {
        const made = await client.call('createOidcClient', { body });
        onSecret({ name: body.name, clientId: made.client.id, secret: made.secret });
      }
      void queryClient.invalidateQueries({ queryKey: keys.oidcClients });
      tell(t('apps.saved', { name: body.name }));
      onClose();
    } catch (failure) {
      setError(isApiError(failure, 'invalid_input') ? failure.message : explain(failure));
      setBusy(false);
    }
  };

  return (
    <FormDialog
      title={app ? t('apps.edit') : t('apps.new')}
      size="lg"
      fault={error}
      busy={busy}
      onSubmit={submit}
      onClose={onClose}
    >
      <TextInput
        name="name"
        label={t('apps.name')}
        description={t('apps.nameHelp')}
        defaultValue={app?.name}
        maxLength={200}
        required
        withAsterisk={false}
        data-autofocus
        autoComplete="off"
      />
      {!app && (
        <Radio.Group label={t('apps.kind')} value={kind} onChange={setKind}>
          <Stack gap={6} mt={6}>
            <Radio value="confidential" label={t('apps.confidential')} />
            <Radio value="public" label={t('apps.public')} />
          </Stack>
        </Radio.Group>
      )}
      <Addresses app={app} />
      <MultiSelect
        label={t('apps.scopes')}
        data={[...scopes]}
        value={[...asked]}
        onChange={setAsked}
        clearable={false}
      />
      <Select
        label={t('apps.signing')}
        data={['RS256', 'ES256']}
        value={signing}
        onChange={setSigning}
        allowDeselect={false}
      />
      <Checkbox name="deviceFlow" label={t('apps.deviceFlow')} defaultChecked={app?.deviceFlow} />
      <Checkbox name="firstParty" label={t('apps.firstParty')} defaultChecked={app?.firstParty} />
    </FormDialog>
  );
}

function Addresses({ app }: { readonly app: OidcClient | null }) {
  const { t } = useTranslation();
  return (
    <>
      <Textarea
        name="redirects"
        label={t('apps.redirects')}
        description={t('apps.redirectsHelp')}
        defaultValue={app?.redirectUris.join('\n')}
        placeholder="https://app.example.org/callback"
        autosize
        minRows={2}
        spellCheck={false}
      />
      <Textarea
        name="logouts"
        label={t('apps.logouts')}
        defaultValue={app?.postLogoutRedirectUris.join('\n')}
        autosize
        minRows={1}
        spellCheck={false}
      />
      <TextInput
        name="backchannel"
        type="url"
        label={t('apps.backchannel')}
        description={t('apps.backchannelHelp')}
        defaultValue={app?.backchannelLogoutUri ?? ''}
        maxLength={2000}
        spellCheck={false}
      />
    </>
  );
}
