import {
  Alert,
  Button,
  CopyButton,
  Group,
  Modal,
  Select,
  Stack,
  Text,
  Textarea,
  TextInput,
} from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import type { Invited, Person } from '@volvox/api';
import { isApiError } from '@volvox/client';
import { useState, type SubmitEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { client } from '../../api/client.ts';
import { keys } from '../../api/keys.ts';
import { explain, tell } from '../../api/notify.tsx';
import { queryClient } from '../../api/query-client.ts';
import { language } from '../../i18n/language.ts';
import { endOfDay, tomorrow } from '../share/share-queries.ts';

interface Props {
  /** Filled in already, as typed into a search for people. */
  readonly email?: string;
  onClose(): void;
  /** The new guest, as the search for people would find it. */
  onInvited?(guest: Person): void;
}

/** Asks for an address, invites, and shows the link where no mail can be sent. */
export function InviteGuest({ email, onClose, onInvited }: Props) {
  const { t } = useTranslation();
  const [invited, setInvited] = useState<Invited | null>(null);
  const finish = async (result: Invited) => {
    void queryClient.invalidateQueries({ queryKey: keys.guests });
    void queryClient.invalidateQueries({ queryKey: keys.people });
    onInvited?.(await asPerson(result));
    if (result.path === null) {
      tell(t('guests.sent', { email: result.user.email ?? result.user.login }));
      onClose();
    } else setInvited(result);
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('guests.invite')}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      {invited === null ? (
        <InviteForm email={email ?? ''} onClose={onClose} onInvited={finish} />
      ) : (
        <HandOver invited={invited} onClose={onClose} />
      )}
    </Modal>
  );
}

/** The role is what sharing needs, and only the search tells it. */
async function asPerson({ user }: Invited): Promise<Person> {
  const { items } = await client.call('searchPeople', { query: { q: user.displayName, limit: 50 } });
  const found = items.find((person) => person.id === user.id);
  if (found === undefined) throw new Error('the new guest is not found');
  return found;
}

function InviteForm({
  email,
  onClose,
  onInvited,
}: {
  readonly email: string;
  onClose(): void;
  onInvited(invited: Invited): Promise<void>;
}) {
  const { t } = useTranslation();
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    event.stopPropagation(); // the dialog may stand inside another form
    const form = new FormData(event.currentTarget);
    const text = (name: string) => String(form.get(name) ?? '').trim();
    const end = text('end');
    setBusy(true);
    setError(null);
    try {
      await onInvited(
        await client.call('inviteGuest', {
          body: {
            email: text('email'),
            ...(text('name') ? { displayName: text('name') } : {}),
            expiresAt: endOfDay(end),
            message: text('message') || null,
            locale: text('locale') || null,
          },
        }),
      );
    } catch (failure) {
      setError(explainInvite(failure));
      setBusy(false);
    }
  };
  return (
    <form onSubmit={(event) => void submit(event)}>
      <Stack>
        {error !== null && (
          <Alert color="red" role="alert">
            {error}
          </Alert>
        )}
        <TextInput
          name="email"
          type="email"
          label={t('guests.email')}
          defaultValue={email}
          required
          withAsterisk={false}
          maxLength={254}
          data-autofocus
          autoComplete="off"
        />
        <TextInput name="name" label={t('guests.name')} maxLength={200} autoComplete="off" />
        <TextInput name="end" type="date" label={t('people.endDate')} min={tomorrow()} />
        <Select
          name="locale"
          label={t('guests.language')}
          defaultValue={language}
          allowDeselect={false}
          data={[
            { value: 'en', label: 'English' },
            { value: 'de', label: 'Deutsch' },
            { value: 'fr', label: 'Français' },
          ]}
        />
        <Textarea name="message" label={t('guests.message')} maxLength={1000} autosize minRows={2} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t('common.cancel')}
          </Button>
          <Button type="submit" loading={busy}>
            {t('guests.send')}
          </Button>
        </Group>
      </Stack>
    </form>
  );

  function explainInvite(failure: unknown): string {
    if (isApiError(failure, 'forbidden')) return t('guests.notAllowed');
    if (isApiError(failure, 'conflict')) {
      const { reason } = failure.details;
      if (reason === 'person') return t('guests.isPerson');
      return reason === 'too_many' ? t('guests.tooMany') : t('guests.invited');
    }
    return isApiError(failure, 'invalid_input') ? failure.message : explain(failure);
  }
}

function HandOver({ invited, onClose }: { readonly invited: Invited; onClose(): void }) {
  const { t } = useTranslation();
  const link = new URL(invited.path ?? '', location.origin).href;
  return (
    <Stack>
      <Text size="sm">{t('guests.handOver', { email: invited.user.email ?? invited.user.login })}</Text>
      <TextInput readOnly label={t('guests.link')} value={link} onFocus={(event) => event.target.select()} />
      <Group justify="flex-end">
        <CopyButton value={link}>
          {({ copied, copy }) => (
            <Button
              variant="light"
              leftSection={copied ? <IconCheck size={16} /> : <IconCopy size={16} />}
              onClick={copy}
            >
              {copied ? t('guests.copied') : t('guests.copy')}
            </Button>
          )}
        </CopyButton>
        <Button onClick={onClose}>{t('guests.done')}</Button>
      </Group>
    </Stack>
  );
}
