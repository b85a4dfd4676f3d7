import { Alert, Button, Checkbox, Group, NumberInput, Select, Stack, Text, TextInput } from '@mantine/core';
import type { User } from '@volvox/api';
import { isApiError } from '@volvox/client';
import { useState, type SubmitEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { client } from '../../../api/client.ts';
import { keys } from '../../../api/keys.ts';
import { explain, tell } from '../../../api/notify.tsx';
import { queryClient } from '../../../api/query-client.ts';
import { formatDate } from '../../../i18n/format.ts';
import { languages } from '../../../i18n/language.ts';
import { useSession } from '../../../session/store.ts';
import { Card } from '../../page.tsx';
import { dayOf } from '../../share/share-queries.ts';
import { groupOptions, useGroups } from '../groups/group-options.ts';
import { AttributesField, type AttributeRow } from './attributes-field.tsx';
import { changeOf, gigabyte, repeatedName } from './user-change.ts';

/** What is kept of a user; only what was changed is sent, so that the records name just that. */
export function ProfileCard({ user }: { readonly user: User }) {
  const { t } = useTranslation();
  const me = useSession((state) => state.me?.user);
  const admin = me?.admin === true;
  const groups = groupOptions(useGroups().data?.items ?? []);
  const [groupId, setGroup] = useState(user.groupId);
  const [locale, setLocale] = useState(user.locale ?? '');
  const [quota, setQuota] = useState<number | string>(user.quota === null ? '' : user.quota / gigabyte);
  const [attributes, setAttributes] = useState<readonly AttributeRow[]>(
    Object.entries(user.attributes).map(([name, value]) => ({ name, value })),
  );
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  const submit = async (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const twice = repeatedName(attributes);
    if (twice !== null) return setError(t('userPage.twice', { name: twice }));
    const change = changeOf(user, form, { groupId, locale, quota, attributes, admin });
    setError(null);
    if (Object.keys(change).length === 0) return tell(t('userPage.nothingChanged'));
    setBusy(true);
    try {
      const changed = await client.call('updateUser', { params: { id: user.id }, body: change });
      queryClient.setQueryData(keys.user(user.id), changed);
      void queryClient.invalidateQueries({ queryKey: keys.users });
      tell(t('admin.userSaved', { name: user.displayName || user.login }));
    } catch (failure) {
      const said = ['invalid_input', 'conflict', 'forbidden'] as const;
      setError(
        isApiError(failure) && said.some((code) => code === failure.code)
          ? failure.message
          : explain(failure),
      );
    }
    setBusy(false);
  };

  return (
    <Card
      title={t('userPage.profile')}
      text={`${user.login} · ${t('users.created', { when: formatDate(user.createdAt) })}`}
    >
      <form onSubmit={(event) => void submit(event)}>
        <Stack>
          {error !== null && (
            <Alert color="red" role="alert">
              {error}
            </Alert>
          )}
          {user.source !== '' && <Text size="sm">{t('userPage.keptBy', { source: user.source })}</Text>}
          <Group align="flex-start" preventGrowOverflow={false} grow>
            <TextInput
              name="displayName"
              label={t('setup.displayName')}
              defaultValue={user.displayName}
              maxLength={200}
              autoComplete="off"
              miw={220}
            />
            <TextInput
              name="email"
              type="email"
              label={t('account.email')}
              defaultValue={user.email ?? ''}
              maxLength={254}
              autoComplete="off"
              miw={220}
            />
          </Group>
          <Group align="flex-start" preventGrowOverflow={false} grow>
            <Select
              label={t('userPage.language')}
              value={locale}
              onChange={(value) => setLocale(value ?? '')}
              allowDeselect={false}
              data={[
                { value: '', label: t('userPage.asBrowser') },
                ...Object.entries(languages).map(([value, label]) => ({ value, label })),
              ]}
              miw={220}
            />
            {user.kind === 'person' && (
              <Select
                label={t('users.group')}
                data={groups}
                value={groupId}
                onChange={setGroup}
                searchable
                allowDeselect={false}
                miw={220}
              />
            )}
          </Group>
          <Group align="flex-start" preventGrowOverflow={false} grow>
            <TextInput
              name="expiresAt"
              type="date"
              label={t('userPage.ends')}
              description={t('userPage.endsText')}
              defaultValue={dayOf(user.expiresAt)}
              inputWrapperOrder={['label', 'input', 'description', 'error']}
              miw={220}
            />
            {admin && user.kind === 'person' && (
              <NumberInput
                label={t('admin.quota')}
                placeholder={t('admin.noQuota')}
                value={quota}
                onChange={setQuota}
                min={0}
                decimalScale={3}
                miw={220}
              />
            )}
          </Group>
          {admin && <AttributesField rows={attributes} onChange={setAttributes} />}
          <Group>
            {admin && user.kind === 'person' && (
              <Checkbox name="admin" label={t('admin.isAdmin')} defaultChecked={user.admin} />
            )}
            {user.id !== me?.id && (
              <Checkbox name="disabled" label={t('admin.disabled')} defaultChecked={user.disabled} />
            )}
          </Group>
          <Button type="submit" loading={busy} style={{ alignSelf: 'flex-start' }}>
            {t('common.save')}
          </Button>
        </Stack>
      </form>
    </Card>
  );
}
