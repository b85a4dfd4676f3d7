import { useTranslation } from 'react-i18next';
import { explain } from '../api/notify.tsx';
import { formatSize } from '../i18n/format.ts';
import { NoPreview } from './no-preview.tsx';
import { textLimit } from './text-probe.ts';
import { useText } from './use-text.ts';
import type { ViewProps } from './view-props.ts';
import css from './preview.module.css';

/** The first megabyte as plain text, whatever it claims to be. */
export default function TextView({ node, src }: ViewProps) {
  const { t } = useTranslation();
  const query = useText({ node, src });
  if (query.isError) return <p className={css.none}>{explain(query.error)}</p>;
  if (!query.data) return <div className={css.wait} />;
  if (query.data.binary) return <NoPreview node={node} />;
  const lines = query.data.text.split('\n').length;
  return (
    <div className={css.paper}>
      {query.data.cut && <p className={css.cut}>{t('preview.cut', { size: formatSize(textLimit) })}</p>}
      <div className={css.code} tabIndex={0} role="region" aria-label={node.name}>
        <pre aria-hidden="true" className={css.numbers}>
          {Array.from({ length: lines }, (_, index) => index + 1).join('\n')}
        </pre>
        <pre className={css.text}>{query.data.text}</pre>
      </div>
    </div>
  );
}
