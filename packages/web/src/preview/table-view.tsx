import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { explain } from '../api/notify.tsx';
import { formatCount } from '../i18n/format.ts';
import { parseCsv } from './csv.ts';
import { NoPreview } from './no-preview.tsx';
import { useText } from './use-text.ts';
import type { ViewProps } from './view-props.ts';
import css from './preview.module.css';

const rowLimit = 1000;

/** The first thousand lines of a CSV file as a table; the first line is its head. */
export default function TableView({ node, src }: ViewProps) {
  const { t } = useTranslation();
  const query = useText({ node, src });
  const { data } = query;
  const rows = useMemo(() => (data && !data.binary ? parseCsv(data.text, rowLimit + 2) : []), [data]);
  if (query.isError) return <p className={css.none}>{explain(query.error)}</p>;
  if (!data) return <div className={css.wait} />;
  if (data.binary) return <NoPreview node={node} />;
  const [head = [], ...body] = rows;
  const more = data.cut || body.length > rowLimit;
  return (
    <div className={css.paper}>
      {more && <p className={css.cut}>{t('preview.cutRows', { rows: formatCount(rowLimit) })}</p>}
      <div className={css.sheet} tabIndex={0} role="region" aria-label={node.name}>
        <table>
          <thead>
            <tr>
              {head.map((cell, column) => (
                <th key={column} scope="col">
                  {cell}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {body.slice(0, rowLimit).map((row, index) => (
              <tr key={index}>
                {row.map((cell, column) => (
                  <td key={column}>{cell}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}
