import { Button, Group, Text, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { Receipt, VisitorView } from '@volvox/api';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { formatDateTime } from '../../i18n/format.ts';
import { client, explain, receiptQuery } from './api.ts';
import type { OpenView } from './open-view.ts';
import { Frame } from './frame.tsx';
import { ReceiptList } from './receipt.tsx';
import { UploadArea } from './upload-area.tsx';
import css from './public.module.css';

interface Props {
  readonly view: OpenView;
  onEntered(view: VisitorView): void;
}

/** A drop box or a file request: things go in, nothing is shown but what one brought oneself. */
export function DropPage({ view, onEntered }: Props) {
  const { t } = useTranslation();
  const { link, branding } = view;
  const receipt = useQuery(receiptQuery);
  const facts = [
    link.owner === null ? null : t('visit.from', { name: link.owner }),
    link.endsAt === null ? null : t('visit.until', { when: formatDateTime(link.endsAt) }),
  ];
  return (
    <Frame brand={branding} title={link.label} sub={facts.filter(Boolean).join(' · ')} narrow>
      {link.description && (
        <section aria-label={t('visit.wanted')}>
          <p className={css.note}>{link.description}</p>
        </section>
      )}
      <Who link={link} onEntered={onEntered} />
      <UploadArea folderId={null} maxFileSize={link.maxFileSize} onDone={() => void receipt.refetch()} />
      <Text size="xs" c="dimmed">
        {t('visit.dropNote')}
      </Text>
      {receipt.data && receipt.data.items.length > 0 && (
        <ReceiptCard receipt={receipt.data} link={link} onEntered={onEntered} />
      )}
    </Frame>
  );
}

/** Name and address that may be given but need not; what is needed was asked for before. */
function Who({ link, onEntered }: { readonly link: OpenView['link']; onEntered(view: VisitorView): void }) {
  const { t } = useTranslation();
  const [name, setName] = useState(link.uploader.name);
  const asks = link.askName === 'optional';
  if (!asks) return null;
  const keep = () => {
    if (name.trim() !== link.uploader.name)
      void client.call('visitLink', { body: { name: name.trim() } }).then(onEntered, () => undefined);
  };
  return (
    <TextInput
      mb="md"
      label={t('visit.name')}
      description={t('visit.optional')}
      autoComplete="name"
      maxLength={100}
      value={name}
      onChange={(event) => setName(event.currentTarget.value)}
      onBlur={keep}
    />
  );
}

interface ReceiptProps {
  readonly receipt: Receipt;
  readonly link: OpenView['link'];
  onEntered(view: VisitorView): void;
}

function ReceiptCard({ receipt, link, onEntered }: ReceiptProps) {
  const { t } = useTranslation();
  const [email, setEmail] = useState(link.uploader.email);
  const [told, setTold] = useState('');
  const mail = async () => {
    try {
      if (email !== link.uploader.email) onEntered(await client.call('visitLink', { body: { email } }));
      await client.call('sendReceipt');
      setTold(t('visit.receiptMailed', { email }));
    } catch (error) {
      setTold(explain(error));
    }
  };
  return (
    <ReceiptList receipt={receipt}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void mail();
        }}
      >
        <Group align="flex-end" mt="sm">
          <TextInput
            style={{ flex: '1 1 200px' }}
            type="email"
            required
            withAsterisk={false}
            label={t('visit.email')}
            autoComplete="email"
            value={email}
            onChange={(event) => setEmail(event.currentTarget.value)}
          />
          <Button type="submit" variant="default">
            {t('visit.mailReceipt')}
          </Button>
        </Group>
      </form>
      <Text role="status" size="sm" mt="xs">
        {told}
      </Text>
    </ReceiptList>
  );
}
