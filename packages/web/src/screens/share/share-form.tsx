import { Alert, Button, Checkbox, Grid, Group, Pill, Stack, Textarea, TextInput } from '@mantine/core';
import { IconUserPlus } from '@tabler/icons-react';
import type { Node, Person, ShareRole } from '@volvox/api';
import { useState, type SubmitEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { client } from '../../api/client.ts';
import { tell } from '../../api/notify.tsx';
import { useSession } from '../../session/store.ts';
import { InviteGuest } from '../teams/invite-guest.tsx';
import { PersonPicker } from '../teams/person-picker.tsx';
import { RemovablePill } from '../removable-pill.tsx';
import { RoleSelect } from './role-select.tsx';
import { endOfDay, explainShare, sharesChanged, tomorrow } from './share-queries.ts';

/** With whom, as what, until when. */
export function ShareForm({ node }: { readonly node: Node }) {
  const { t } = useTranslation();
  const me = useSession((state) => state.me?.user.id);
  const [people, setPeople] = useState<readonly Person[]>([]);
  const [role, setRole] = useState<ShareRole>('viewer');
  const [fault, setFault] = useState<string | null>(null);
  const [inviting, setInviting] = useState(false);
  const [busy, setBusy] = useState(false);
  const add = (person: Person) => {
    setPeople((now) => [...now.filter((one) => one.roleId !== person.roleId), person]);
    setFault(null);
  };
  const submit = async (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const expiresAt = endOfDay(String(form.get('until') ?? ''));
    const message = String(form.get('message') ?? '').trim();
    const notify = form.get('notify') !== null;
    setBusy(true);
    setFault(null);
    let left = people;
    try {
      for (const { roleId } of people) {
        const body = { roleId, role, expiresAt, message, notify };
        await client.call('createShare', { params: { id: node.id }, body });
        left = left.filter((one) => one.roleId !== roleId);
      }
      tell(t('share.done', { name: people.map((person) => person.name).join(', ') }));
    } catch (error) {
      setFault(explainShare(error));
    }
    setPeople(left);
    setBusy(false);
    sharesChanged();
  };
  return (
    <form onSubmit={(event) => void submit(event)}>
      <Stack gap="sm">
        {fault !== null && (
          <Alert color="red" role="alert">
            {fault}
          </Alert>
        )}
        <PersonPicker
          label={t('share.with')}
          without={[...people.map((person) => person.id), ...(me ? [me] : [])]}
          onPick={add}
        />
        {people.length > 0 && (
          <Pill.Group>
            {people.map((person) => (
              <RemovablePill
                key={person.roleId}
                removeLabel={t('cells.removeMember', { name: person.name })}
                onRemove={() => setPeople(people.filter((one) => one !== person))}
              >
                {person.name}
              </RemovablePill>
            ))}
          </Pill.Group>
        )}
        <Grid gap="sm">
          <Grid.Col span={{ base: 12, xs: 6 }}>
            <RoleSelect
              value={role}
              label={t('share.role')}
              guest={people.some((person) => person.guest)}
              onChange={setRole}
            />
          </Grid.Col>
          <Grid.Col span={{ base: 12, xs: 6 }}>
            <TextInput name="until" type="date" label={t('share.until')} min={tomorrow()} />
          </Grid.Col>
        </Grid>
        <Textarea
          name="message"
          label={t('share.message')}
          autosize
          minRows={1}
          maxRows={5}
          maxLength={2000}
        />
        <Checkbox name="notify" defaultChecked label={t('share.notify')} />
        <Group justify="space-between">
          <Button variant="subtle" leftSection={<IconUserPlus size={16} />} onClick={() => setInviting(true)}>
            {t('guests.invite')}
          </Button>
          <Button type="submit" loading={busy} disabled={people.length === 0}>
            {t('share.submit')}
          </Button>
        </Group>
      </Stack>
      {inviting && <InviteGuest onClose={() => setInviting(false)} onInvited={add} />}
    </form>
  );
}
