import { Button, Group, Switch, Text, Textarea } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { client } from '../../api/client.ts';
import { tell } from '../../api/notify.tsx';
import { explainLink } from './link-address.ts';
import type { PartProps } from './link-draft.ts';
import { linksChanged } from './link-queries.ts';

/** To whom the link is mailed, each with an address of its own. */
export function Recipients({ link, draft, onChange }: PartProps) {
  const { t } = useTranslation();
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<string | null>(null);
  const unsent = link.recipients.filter(({ sentAt }) => sentAt === null).length;
  const send = async () => {
    setBusy(true);
    setFault(null);
    try {
      await client.call('sendLink', { params: { id: link.id }, body: { again: unsent === 0 } });
      tell(t('links.sent', { count: unsent || link.recipients.length }));
    } catch (error) {
      setFault(explainLink(error));
    }
    setBusy(false);
    linksChanged();
  };
  return (
    <>
      <Textarea
        label={t('links.recipients')}
        description={t('links.recipientsText')}
        autosize
        minRows={1}
        maxRows={6}
        value={draft.recipients}
        onChange={(event) => onChange({ recipients: event.currentTarget.value })}
      />
      <Switch
        label={t('links.restricted')}
        checked={draft.restricted}
        onChange={(event) => onChange({ restricted: event.currentTarget.checked })}
      />
      {link.recipients.length > 0 && (
        <Group>
          <Button variant="default" size="compact-sm" loading={busy} onClick={() => void send()}>
            {unsent === 0 ? t('links.sendAgain') : t('links.send')}
          </Button>
        </Group>
      )}
      {fault !== null && (
        <Text c="red" size="sm" role="alert">
          {fault}
        </Text>
      )}
    </>
  );
}
