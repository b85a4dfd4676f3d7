import {
  Alert,
  Button,
  Group,
  NumberInput,
  PasswordInput,
  Select,
  SimpleGrid,
  TextInput,
} from '@mantine/core';
import { isApiError } from '@volvox/client';
import { useState, type SubmitEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { client } from '../../../api/client.ts';
import { keys } from '../../../api/keys.ts';
import { explain, tell } from '../../../api/notify.tsx';
import { queryClient } from '../../../api/query-client.ts';
import { languages } from '../../../i18n/language.ts';
import type { Setting } from '../settings/setting.ts';

type Secret = 'password' | 'clientSecret' | 'refreshToken';

const names = [
  ...(['host', 'port', 'tls', 'auth', 'user', 'from', 'replyTo', 'language'] as const),
  ...(['oauthTokenUrl', 'oauthClientId'] as const),
];
type Name = (typeof names)[number];
type Draft = { readonly [K in Name]: string };

function draftOf(settings: readonly Setting[]): Draft {
  const values = new Map(settings.map(({ key, value }) => [key, String(value)]));
  return Object.fromEntries(names.map((name) => [name, values.get(`mail.${name}`) ?? ''])) as Draft; // all named
}

interface Props {
  readonly settings: readonly Setting[];
  readonly secrets: { readonly [K in Secret | 'elsewhere']: boolean };
}

/** Sends only what was changed; secrets go to the vault. */
export function ServerForm({ settings, secrets }: Props) {
  const { t } = useTranslation();
  const before = draftOf(settings);
  const [draft, setDraft] = useState(before);
  const [fresh, setFresh] = useState<{ readonly [K in Secret]?: string }>({});
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const change = (name: Name) => (value: string | null) => setDraft({ ...draft, [name]: value ?? '' });

  const save = async (event: SubmitEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      await sendChanges(before, draft, fresh);
      setFresh({});
      tell(t('mail.saved'));
    } catch (failure) {
      setError(isApiError(failure, 'invalid_input') ? failure.message : explain(failure));
    }
    setBusy(false);
    void queryClient.invalidateQueries({ queryKey: keys.settings });
    void queryClient.invalidateQueries({ queryKey: keys.mailState });
  };

  const needed = neededSecrets(draft.auth);
  const moves =
    isAnother(before, draft) && needed.some((name) => secrets[name] && (fresh[name] ?? '') === '');

  const text = (name: Name, label: string, description?: string) => (
    <TextInput
      label={label}
      description={description}
      value={draft[name]}
      maxLength={500}
      onChange={(event) => change(name)(event.currentTarget.value)}
    />
  );
  const secret = (name: Secret, label: string) => (
    <PasswordInput
      label={label}
      description={
        !secrets[name] ? t('mail.notKept') : secrets.elsewhere ? t('mail.keptElsewhere') : t('mail.kept')
      }
      autoComplete="off"
      value={fresh[name] ?? ''}
      onChange={(event) => setFresh({ ...fresh, [name]: event.currentTarget.value })}
      visibilityToggleButtonProps={{ 'aria-label': t('login.showPassword') }}
    />
  );
  return (
    <form onSubmit={(event) => void save(event)}>
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="md">
        {text('host', t('mail.host'), t('mail.hostText'))}
        <NumberInput
          label={t('mail.port')}
          description={'\u00a0'}
          min={1}
          max={65535}
          allowDecimal={false}
          value={draft.port}
          onChange={(value) => change('port')(String(value))}
        />
        <Choice
          label={t('mail.tls')}
          value={draft.tls}
          onChange={change('tls')}
          data={(['implicit', 'starttls', 'none'] as const).map((kind) => [kind, t(`mail.tlsKinds.${kind}`)])}
        />
        <Choice
          label={t('mail.auth')}
          value={draft.auth}
          onChange={change('auth')}
          data={(['none', 'password', 'oauth2'] as const).map((kind) => [kind, t(`mail.authKinds.${kind}`)])}
        />
        {draft.auth !== 'none' && text('user', t('mail.user'))}
        {draft.auth === 'password' && secret('password', t('mail.password'))}
        {draft.auth === 'oauth2' && (
          <>
            {text('oauthTokenUrl', t('mail.tokenUrl'))}
            {text('oauthClientId', t('mail.clientId'))}
            {secret('clientSecret', t('mail.clientSecret'))}
            {secret('refreshToken', t('mail.refreshToken'))}
          </>
        )}
        {text('from', t('mail.sender'))}
        {text('replyTo', t('mail.replyTo'), t('mail.replyToText'))}
        <Choice
          label={t('mail.language')}
          description={t('mail.languageText')}
          value={draft.language}
          onChange={change('language')}
          data={Object.entries(languages)}
        />
      </SimpleGrid>
      {moves && (
        <Alert color="yellow" mt="md">
          {t('mail.moves')}
        </Alert>
      )}
      {draft.tls === 'none' && draft.auth !== 'none' && (
        <Alert color="yellow" mt="md">
          {t('mail.clear')}
        </Alert>
      )}
      {error && (
        <Alert color="red" mt="md" role="alert">
          {error}
        </Alert>
      )}
      <Group justify="flex-end" mt="md">
        <Button type="submit" loading={busy}>
          {t('common.save')}
        </Button>
      </Group>
    </form>
  );
}

function Choice({
  data,
  ...rest
}: {
  readonly label: string;
  readonly description?: string;
  readonly value: string;
  onChange(value: string | null): void;
  readonly data: readonly (readonly [string, string])[];
}) {
  return <Select allowDeselect={false} data={data.map(([value, label]) => ({ value, label }))} {...rest} />;
}

function neededSecrets(auth: string): readonly Secret[] {
  if (auth === 'none') return [];
  return auth === 'password' ? ['password'] : ['clientSecret', 'refreshToken'];
}

/** Secrets are kept for one server, user and client, and not to be sent in clear unless they were from the start. */
function isAnother(before: Draft, draft: Draft): boolean {
  const same = (['host', 'port', 'user', 'oauthTokenUrl', 'oauthClientId'] as const).every(
    (name) => before[name] === draft[name].trim(),
  );
  return !same || (draft.tls === 'none' && before.tls !== 'none');
}

/** What the settings are about to be. */
function addresseeOf({ host, port, tls, user, oauthTokenUrl, oauthClientId }: Draft) {
  return {
    host: host.trim(),
    port: Number(port),
    tls: tls as 'implicit' | 'starttls' | 'none', // one of the choices above
    user: user.trim(),
    oauthTokenUrl: oauthTokenUrl.trim(),
    oauthClientId: oauthClientId.trim(),
  };
}

/** The host goes last: a server is used only when all that belongs to it is there. */
async function sendChanges(
  before: Draft,
  draft: Draft,
  fresh: { readonly [K in Secret]?: string },
): Promise<void> {
  const secrets = Object.fromEntries(Object.entries(fresh).filter(([, value]) => value !== ''));
  if (Object.keys(secrets).length > 0)
    await client.call('setMailSecrets', { body: { ...secrets, for: addresseeOf(draft) } });
  for (const name of [...names.filter((each) => each !== 'host'), 'host' as const]) {
    if (draft[name] === before[name]) continue;
    const value = name === 'port' ? Number(draft[name]) : draft[name].trim();
    await client.call('setSetting', { params: { key: `mail.${name}` }, body: { value } });
  }
}
