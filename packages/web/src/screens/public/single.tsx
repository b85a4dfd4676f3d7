import { Button } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import type { Node } from '@volvox/api';
import { useTranslation } from 'react-i18next';
import { formatSize } from '../../i18n/format.ts';
import { FileView } from '../../preview/file-view.tsx';
import { client } from './api.ts';
import type { OpenView } from './open-view.ts';
import { Frame } from './frame.tsx';
import { hrefOf } from './items.tsx';
import css from './public.module.css';

interface Props {
  readonly view: OpenView;
  readonly node: Node;
  readonly facts: readonly (string | null)[];
}

/** A link to one file: the file itself, large. */
export function Single({ view, node, facts }: Props) {
  const { t } = useTranslation();
  const { link, branding } = view;
  const mayDownload = link.permissions.includes('download');
  return (
    <Frame
      brand={branding}
      title={link.label}
      sub={[formatSize(node.size), ...facts.filter(Boolean)].join(' · ')}
      tools={
        mayDownload && (
          <Button component="a" leftSection={<IconDownload size={17} />} href={hrefOf(node)}>
            {t('visit.download')}
          </Button>
        )
      }
    >
      {link.description && <p className={css.note}>{link.description}</p>}
      <div className={css.single}>
        <FileView node={node} src={client.url('downloadContent', { params: { id: node.id } })} />
      </div>
    </Frame>
  );
}
