import { Checkbox, NumberInput, Select, TextInput } from '@mantine/core';
import { isApiError } from '@volvox/client';
import type { User } from '@volvox/api';
import { useState, type SubmitEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { client } from '../../api/client.ts';
import { keys } from '../../api/keys.ts';
import { explain, tell } from '../../api/notify.tsx';
import { queryClient } from '../../api/query-client.ts';
import { useSession } from '../../session/store.ts';
import { NewPasswordField } from '../setup/password-field.tsx';
import { groupOptions, useGroups } from './groups/group-options.ts';
import { FormDialog } from '../form-dialog.tsx';
import { gigabyte } from './user/user-change.ts';

interface Props {
  readonly open: { readonly kind: 'new' } | { readonly kind: 'password'; readonly user: User };
  onClose(): void;
}

/** One dialog for a new user and for a new password of one: they differ in the fields shown. */
export function UserDialog({ open, onClose }: Props) {
  const { t } = useTranslation();
  const user = open.kind === 'new' ? null : open.user;
  const [password, setPassword] = useState('');
  const [quota, setQuota] = useState<number | string>('');
  const admin = useSession((state) => state.me?.user.admin) === true;
  const groups = groupOptions(useGroups().data?.items ?? []);
  const [chosenGroup, setGroup] = useState<string | null>(null);
  const groupId = chosenGroup ?? groups[0]?.value ?? null;
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  const submit = async (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const text = (name: string) => String(form.get(name) ?? '').trim();
    const profile = {
      displayName: text('displayName'),
      email: text('email') || null,
      ...(groupId === null ? {} : { groupId }),
      // Group administrators may not even name these.
      ...(admin
        ? {
            admin: form.get('admin') !== null,
            quota: quota === '' ? null : Math.round(Number(quota) * gigabyte),
          }
        : {}),
    };
    setBusy(true);
    try {
      if (!user) await client.call('createUser', { body: { login: text('login'), password, ...profile } });
      else await client.call('updateUser', { params: { id: user.id }, body: { password } });
      void queryClient.invalidateQueries({ queryKey: keys.users });
      tell(t('admin.userSaved', { name: user?.login ?? text('login') }));
      onClose();
    } catch (failure) {
      setError(
        isApiError(failure, 'invalid_input') || isApiError(failure, 'conflict')
          ? failure.message
          : explain(failure),
      );
      setBusy(false);
    }
  };

  return (
    <FormDialog
      title={t(user ? 'admin.resetPassword' : 'admin.newUser')}
      fault={error}
      busy={busy}
      onSubmit={submit}
      onClose={onClose}
    >
      {!user && (
        <TextInput
          name="login"
          data-autofocus
          label={t('login.login')}
          required
          withAsterisk={false}
          maxLength={64}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
        />
      )}
      <NewPasswordField
        name="password"
        size="sm"
        label={t('account.newPassword')}
        value={password}
        onChange={setPassword}
      />
      {!user && (
        <>
          <TextInput name="displayName" label={t('setup.displayName')} maxLength={200} autoComplete="off" />
          <TextInput
            name="email"
            type="email"
            label={t('account.email')}
            maxLength={254}
            autoComplete="off"
          />
          <Select
            label={t('users.group')}
            data={groups}
            value={groupId}
            onChange={setGroup}
            searchable
            allowDeselect={false}
          />
          {admin && (
            <>
              <NumberInput
                label={t('admin.quota')}
                placeholder={t('admin.noQuota')}
                value={quota}
                onChange={setQuota}
                min={0}
                decimalScale={3}
              />
              <Checkbox name="admin" label={t('admin.isAdmin')} />
            </>
          )}
        </>
      )}
    </FormDialog>
  );
}
