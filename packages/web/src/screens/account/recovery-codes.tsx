import { Alert, Button, Code, CopyButton, Group, SimpleGrid, Stack } from '@mantine/core';
import { IconCheck, IconCopy, IconDownload, IconPrinter, IconShieldLock } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';

interface Props {
  readonly codes: readonly string[];
  /** On the button that says they are kept. */
  readonly leave: string;
  onClose(): void;
}

/** Recovery codes, this one time: to copy, keep as a file or print. */
export function RecoveryCodes({ codes, leave, onClose }: Props) {
  const { t } = useTranslation();
  const text = codes.join('\n');
  const title = `Volvox – ${t('factors.recovery')} – ${location.host}`;
  return (
    <Stack>
      <Alert icon={<IconShieldLock size={18} />} role="status">
        {t('factors.recoveryOnce')}
      </Alert>
      <SimpleGrid
        cols={{ base: 1, xs: 2 }}
        spacing="xs"
        component="ul"
        p={0}
        m={0}
        style={{ listStyle: 'none' }}
      >
        {codes.map((code) => (
          <li key={code}>
            <Code block ta="center" fz="sm">
              {code}
            </Code>
          </li>
        ))}
      </SimpleGrid>
      <Group gap="xs">
        <CopyButton value={text}>
          {({ copied, copy }) => (
            <Button
              variant="default"
              leftSection={copied ? <IconCheck size={16} /> : <IconCopy size={16} />}
              onClick={copy}
            >
              {t(copied ? 'common.copied' : 'common.copy')}
            </Button>
          )}
        </CopyButton>
        <Button
          variant="default"
          component="a"
          href={`data:text/plain;charset=utf-8,${encodeURIComponent(`${title}\n\n${text}\n`)}`}
          download="volvox-recovery-codes.txt"
          leftSection={<IconDownload size={16} />}
        >
          {t('factors.download')}
        </Button>
        <Button
          variant="default"
          leftSection={<IconPrinter size={16} />}
          onClick={() => printSheet(title, codes)}
        >
          {t('factors.print')}
        </Button>
      </Group>
      <Button onClick={onClose}>{leave}</Button>
    </Stack>
  );
}

/** A sheet with nothing else on it. */
function printSheet(title: string, codes: readonly string[]): void {
  const sheet = window.open('', '_blank', 'width=480,height=640');
  if (!sheet) return;
  const page = sheet.document;
  page.title = title;
  const heading = page.createElement('h1');
  heading.textContent = title;
  const list = page.createElement('pre');
  list.textContent = codes.join('\n');
  page.body.append(heading, list);
  sheet.print();
}
