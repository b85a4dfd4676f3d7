import { useState, type SubmitEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { client } from '../../api/client.ts';
import { tell } from '../../api/notify.tsx';
import { CellFields, readCell } from './cell-fields.tsx';
import { cellsChanged, explainCell } from './cell-queries.ts';
import { FormDialog } from '../form-dialog.tsx';

interface Props {
  /** Shown in it from the beginning. */
  readonly nodeIds?: readonly string[];
  onClose(): void;
}

/** Makes a Cell, then goes where members are added. */
export function NewCell({ nodeIds = [], onClose }: Props) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [fault, setFault] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    setBusy(true);
    try {
      const body = { ...readCell(event.currentTarget), nodeIds: [...nodeIds] };
      const cell = await client.call('createCell', { body });
      tell(t('cells.created', { name: cell.name }));
      cellsChanged();
      onClose();
      void navigate(`/cells/${cell.id}`);
    } catch (error) {
      setFault(explainCell(error));
      setBusy(false);
    }
  };
  return (
    <FormDialog
      title={t('cells.new')}
      fault={fault}
      busy={busy}
      verb={t('cells.create')}
      onSubmit={submit}
      onClose={onClose}
    >
      <CellFields />
    </FormDialog>
  );
}
