import { IconChevronRight, IconFolderFilled } from '@tabler/icons-react';
import { useState, type KeyboardEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { useFolders } from '../../api/queries.ts';
import css from './folder-picker.module.css';

export interface Place {
  readonly id: string;
  readonly name: string;
  readonly writable: boolean;
}

interface TreeProps {
  readonly roots: readonly Place[];
  readonly chosen: Place | null;
  /** What is being moved: no folder goes into itself. */
  readonly forbidden: ReadonlySet<string>;
  onChoose(place: Place): void;
}

/** A tree of folders that reads a level when it is opened; flat in the document, nested by aria-level. Arrows walk, right opens, left shuts. */
export function FolderTree({ roots, chosen, forbidden, onChoose }: TreeProps) {
  const { t } = useTranslation();
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    const items = [...event.currentTarget.querySelectorAll<HTMLElement>('[role=treeitem][tabindex]')];
    const at = items.findIndex((item) => item === document.activeElement);
    const to =
      event.key === 'ArrowDown'
        ? at + 1
        : event.key === 'ArrowUp'
          ? at - 1
          : event.key === 'Home'
            ? 0
            : event.key === 'End'
              ? items.length - 1
              : null;
    if (to === null) return;
    event.preventDefault();
    items[Math.max(0, Math.min(items.length - 1, to))]?.focus();
  };
  return (
    <div role="tree" aria-label={t('picker.folders')} onKeyDown={onKeyDown} className={css.tree}>
      {roots.map((place, index) => (
        <Branch
          key={place.id}
          place={place}
          depth={0}
          open={index === 0}
          chosen={chosen}
          forbidden={forbidden}
          onChoose={onChoose}
        />
      ))}
    </div>
  );
}

interface BranchProps extends Omit<TreeProps, 'roots'> {
  readonly place: Place;
  readonly depth: number;
  readonly open: boolean;
}

function Branch({ place, depth, open: openAtFirst, chosen, forbidden, onChoose }: BranchProps) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(openAtFirst);
  const folders = useFolders(place.id, open);
  const inside = folders.data?.items.filter((node) => !forbidden.has(node.id)) ?? [];
  const active = chosen?.id === place.id;
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'ArrowRight') setOpen(true);
    else if (event.key === 'ArrowLeft') setOpen(false);
    else if (event.key === 'Enter' || event.key === ' ') onChoose(place);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <>
      <div
        role="treeitem"
        aria-expanded={open}
        aria-selected={active}
        aria-level={depth + 1}
        data-autofocus={(depth === 0 && openAtFirst) || undefined}
        tabIndex={active || (!chosen && depth === 0) ? 0 : -1}
        className={css.line}
        style={{ paddingInlineStart: 6 + depth * 18 }}
        onClick={() => onChoose(place)}
        onDoubleClick={() => setOpen(!open)}
        onKeyDown={onKeyDown}
      >
        <span
          className={css.twist}
          data-open={open || undefined}
          onClick={(event) => {
            event.stopPropagation();
            setOpen(!open);
          }}
        >
          <IconChevronRight size={15} />
        </span>
        <IconFolderFilled size={18} color="var(--vx-folder)" />
        <span className={css.name}>{place.name}</span>
      </div>
      {open &&
        inside.map((node) => (
          <Branch
            key={node.id}
            place={{ id: node.id, name: node.name, writable: node.permissions.includes('write') }}
            depth={depth + 1}
            open={false}
            chosen={chosen}
            forbidden={forbidden}
            onChoose={onChoose}
          />
        ))}
      {open && folders.isSuccess && inside.length === 0 && (
        <div
          role="treeitem"
          aria-level={depth + 2}
          aria-disabled
          aria-selected={false}
          className={css.none}
          style={{ paddingInlineStart: 50 + depth * 18 }}
        >
          {t('picker.none')}
        </div>
      )}
    </>
  );
}
