import { ActionIcon, Button, TextInput, Tooltip } from '@mantine/core';
import { useDebouncedValue, useMediaQuery } from '@mantine/hooks';
import {
  IconFilter,
  IconFolderOff,
  IconInfoCircle,
  IconLayoutGrid,
  IconList,
  IconPlus,
  IconSearchOff,
  IconShare3,
  IconUpload,
} from '@tabler/icons-react';
import type { Node } from '@volvox/api';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate, useParams } from 'react-router';
import { useNode, useWorkspaceOf } from '../../api/queries.ts';
import { useSiblings } from '../../preview/siblings.ts';
import { useSharedMarks } from '../share/share-queries.ts';
import { phoneQuery } from '../../theme/breakpoints.ts';
import { Breadcrumbs } from './breadcrumbs.tsx';
import { ContextMenu, type MenuPlace } from './context-menu.tsx';
import { Empty, Failure } from './empty.tsx';
import { FileList } from './file-list.tsx';
import { Inspector } from './inspector.tsx';
import { NewMenu } from './new-menu.tsx';
import { SelectionBar } from './selection-bar.tsx';
import { SortMenu } from './sort-menu.tsx';
import { clear, extend, invert, pick, selectAll } from './selection.ts';
import { useChosen } from './use-chosen.ts';
import { useFilesUi } from './ui-store.ts';
import { useFolderSelection } from './use-folder-selection.ts';
import { useKeyboard } from './use-keyboard.ts';
import { useListing } from './use-listing.ts';
import { useRowHandlers } from './use-row-handlers.ts';
import { useTiles } from './use-tiles.ts';
import { useViewMode } from './view-mode.ts';
import { chosenNodes, useVerbs } from './verbs.ts';
import css from './files-screen.module.css';

export function FilesScreen() {
  const { id = '' } = useParams();
  return <Folder key={id} id={id} />;
}

/** A folder: where it is, what is in it, what can be done. */
function Folder({ id }: { readonly id: string }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const phone = useMediaQuery(phoneQuery, matchMedia(phoneQuery).matches);
  const [filter, setFilter] = useState('');
  const [applied] = useDebouncedValue(filter.trim(), 180);
  const sorting = useFilesUi((state) => state.sorting);
  const folder = useNode(id).data;
  const listing = useListing(id, sorting, applied);
  const [selection, select] = useFolderSelection(id, listing);
  const verbs = useVerbs();
  const [menu, setMenu] = useState<MenuPlace | null>(null);
  const grid = useRef<HTMLDivElement>(null);
  const ui = useFilesUi();
  const [mode, toggleView] = useViewMode(id);
  const scroll = useRef<HTMLDivElement>(null);
  const tiles = useTiles(scroll, mode === 'tiles', phone);

  const writable = folder?.permissions.includes('write') ?? false;
  const title = useTitle(folder);
  useEffect(
    () => useSiblings.setState({ files: listing.rows.filter((row) => row.kind === 'file') }),
    [listing.rows],
  );
  useSharedMarks(id, listing.rows);
  usePlace(folder, title);
  useEffect(() => {
    if (!phone && !listing.pending && document.activeElement === document.body)
      grid.current?.focus({ preventScroll: true });
  }, [phone, listing.pending]);

  const chosen = useChosen(listing, selection, select);
  const only = chosen.count === 1 ? chosen.nodes[0] : undefined;
  useInspectorFollows(only);
  const order = () => listing.slots.map((row) => row?.id ?? '');
  const chooseAll = () =>
    select(chosen.count >= listing.slots.length ? clear(selection) : selectAll(selection, order()));
  const extendTo = (id: string) => {
    const next = extend(selection, id, order());
    if (!next.ids.has('')) return select(next);
    void listing.loadAll().then((rows) =>
      select(
        extend(
          selection,
          id,
          rows.map((row) => row.id),
        ),
      ),
    );
  };
  const toEnd = (shift: boolean) =>
    void listing.loadLast().then((row) => row && (shift ? extendTo(row.id) : select(pick(row.id))));
  const onKeyDown = useKeyboard({
    slots: listing.slots,
    chosen,
    selection,
    verbs,
    pageSize: 12,
    columns: tiles?.columns ?? 0,
    select,
    selectAll: chooseAll,
    toParent: () => folder?.parentId && void navigate(`/files/${folder.parentId}`),
    toEnd,
    help: () => ui.open({ kind: 'help' }),
  });
  const handlers = useRowHandlers({ chosen, selection, select, extendTo, verbs, openMenu: setMenu });

  const empty = applied ? (
    <Empty icon={IconSearchOff} title={t('files.noMatch', { text: applied })} text={t('files.noMatchText')} />
  ) : (
    <Empty
      icon={IconUpload}
      title={t('files.empty')}
      text={t(writable ? 'files.emptyText' : 'files.emptyReadOnly')}
    >
      {writable && (
        <NewMenu>
          <Button leftSection={<IconPlus size={16} />}>{t('new.button')}</Button>
        </NewMenu>
      )}
    </Empty>
  );

  return (
    <div className={css.screen}>
      <section className={css.main} aria-label={t('files.files')}>
        <header className={css.top}>
          <Breadcrumbs folder={folder} phone={phone} />
          {folder?.permissions.includes('share') && (
            <Tooltip label={t('verbs.share')}>
              <ActionIcon
                size={phone ? 44 : 34}
                aria-label={t('verbs.share')}
                onClick={() => ui.open({ kind: 'share', node: chosen.nodes[0] ?? folder })}
              >
                <IconShare3 size={19} />
              </ActionIcon>
            </Tooltip>
          )}
          {folder && (
            <Tooltip label={t('verbs.details')}>
              <ActionIcon
                size={phone ? 44 : 34}
                aria-label={t('verbs.details')}
                aria-pressed={ui.inspected !== null}
                onClick={() =>
                  ui.inspect(ui.inspected ? null : { node: chosen.nodes[0] ?? folder, tab: 'info' })
                }
              >
                <IconInfoCircle size={19} />
              </ActionIcon>
            </Tooltip>
          )}
        </header>
        <div className={css.bar}>
          {chosen.count > 0 ? (
            <SelectionBar
              chosen={chosen}
              verbs={verbs}
              phone={phone}
              onClear={() => select(clear(selection))}
              onInvert={() => select(invert(selection, order()))}
            />
          ) : (
            <>
              <TextInput
                variant="filled"
                className={css.filter}
                value={filter}
                onChange={(event) => setFilter(event.currentTarget.value)}
                onKeyDown={(event) => event.key === 'Escape' && setFilter('')}
                placeholder={t('files.filter')}
                aria-label={t('files.filter')}
                leftSection={<IconFilter size={15} />}
                size={phone ? 'sm' : 'xs'}
                type="search"
              />
              <span className={css.space} />
              {!phone && (
                <span className={`${css.dim} tabular`}>
                  {!listing.pending && t('files.count', { count: listing.slots.length })}
                </span>
              )}
              {phone && <SortMenu />}
              <Tooltip label={t(tiles ? 'files.asList' : 'files.asTiles')}>
                <ActionIcon
                  size={phone ? 44 : 34}
                  aria-label={t(tiles ? 'files.asList' : 'files.asTiles')}
                  onClick={toggleView}
                >
                  {tiles ? <IconList size={19} /> : <IconLayoutGrid size={19} />}
                </ActionIcon>
              </Tooltip>
            </>
          )}
        </div>
        {listing.error ? (
          <Failure icon={IconFolderOff} error={listing.error} onRetry={listing.retry} />
        ) : (
          <FileList
            label={t('files.list', { name: title })}
            placeId={id}
            listing={listing}
            selection={selection}
            phone={phone}
            tiles={tiles}
            scrollRef={scroll}
            handlers={handlers}
            empty={empty}
            gridRef={grid}
            onKeyDown={onKeyDown}
            onSelectAll={chooseAll}
            onMenu={(x, y) => folder && setMenu({ x, y, chosen: chosenNodes([folder]) })}
          />
        )}
        <div className="visually-hidden" role="status">
          {chosen.count > 0
            ? t('files.selected', { count: chosen.count })
            : listing.pending
              ? ''
              : t('files.count', { count: listing.slots.length })}
        </div>
        <ContextMenu place={menu} verbs={verbs} onClose={() => setMenu(null)} />
      </section>
      <Inspector phone={phone} />
    </div>
  );
}

/** A workspace's root goes by the workspace's name. */
function useTitle(folder: Node | undefined): string {
  const workspace = useWorkspaceOf(folder);
  const name = (folder && folder.id === workspace?.rootId ? workspace.name : folder?.name) ?? '';
  useEffect(() => {
    if (name) document.title = `${name} – Volvox`;
  }, [name]);
  return name;
}

/** Tells the shell where new files go while this folder is open. */
function usePlace(folder: Node | undefined, name: string): void {
  const id = folder?.permissions.includes('write') ? folder.id : null;
  useEffect(() => {
    useFilesUi.getState().setPlace(id === null ? null : { id, name });
    return () => useFilesUi.getState().setPlace(null);
  }, [id, name]);
}

/** An open inspector shows what is chosen. */
function useInspectorFollows(node: Node | undefined): void {
  useEffect(() => {
    const { inspected, inspect } = useFilesUi.getState();
    if (!node || !inspected || inspected.node.id === node.id) return;
    inspect({ node, tab: node.kind === 'folder' && inspected.tab === 'versions' ? 'info' : inspected.tab });
  }, [node]);
}
