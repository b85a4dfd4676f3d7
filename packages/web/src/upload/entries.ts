/** What a person picked or dropped, as a flat list with the folders on the way. Owns reading; not where it goes. */
export interface PickedFile {
  readonly file: File;
  /** Folder names from the drop target down; empty for a file dropped by itself. */
  readonly folders: readonly string[];
}
export interface Picked {
  readonly files: readonly PickedFile[];
  /** Folders without anything in them; they are made all the same. */
  readonly emptyFolders: readonly (readonly string[])[];
}

/** From an `<input type=file>`, with `webkitdirectory` or without. */
export function pickedFromInput(list: Iterable<File>): Picked {
  const files = Array.from(list, (file) => ({
    file,
    folders: file.webkitRelativePath.split('/').slice(0, -1),
  }));
  return { files, emptyFolders: [] };
}

/**
 * From a drop or a paste. The entries must be taken before the event handler returns, for the browser clears the list then;
 * walking them may take its time.
 */
export function pickedFromTransfer(transfer: DataTransfer): Promise<Picked> {
  const entries: FileSystemEntry[] = [];
  const loose: File[] = [];
  for (const item of transfer.items) {
    if (item.kind !== 'file') continue;
    const entry = item.webkitGetAsEntry();
    const file = entry ? null : item.getAsFile();
    if (entry) entries.push(entry);
    else if (file) loose.push(file);
  }
  return walk(entries, loose);
}

async function walk(entries: readonly FileSystemEntry[], loose: readonly File[]): Promise<Picked> {
  const files: PickedFile[] = loose.map((file) => ({ file, folders: [] }));
  const emptyFolders: string[][] = [];
  const visit = async (entry: FileSystemEntry, folders: string[]): Promise<void> => {
    if (isFile(entry)) {
      files.push({
        file: await new Promise<File>((resolve, reject) => entry.file(resolve, reject)),
        folders,
      });
    } else if (isFolder(entry)) {
      const inside = [...folders, entry.name];
      const children = await readAll(entry.createReader());
      if (children.length === 0) emptyFolders.push(inside);
      for (const child of children) await visit(child, inside);
    }
  };
  for (const entry of entries) await visit(entry, []);
  return { files, emptyFolders };
}

const isFile = (entry: FileSystemEntry): entry is FileSystemFileEntry => entry.isFile;
const isFolder = (entry: FileSystemEntry): entry is FileSystemDirectoryEntry => entry.isDirectory;

/** A reader hands out a hundred at a time and says it is done with an empty batch. */
async function readAll(reader: FileSystemDirectoryReader): Promise<FileSystemEntry[]> {
  const all: FileSystemEntry[] = [];
  for (;;) {
    const batch = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (batch.length === 0) return all;
    all.push(...batch);
  }
}

/** The names that appear in the target folder itself: those may clash with what is there. */
export function topNames(picked: Picked): { readonly name: string; readonly folder: boolean }[] {
  const seen = new Map<string, boolean>();
  for (const { file, folders } of picked.files)
    seen.set((folders[0] ?? file.name).normalize('NFC'), folders.length > 0);
  for (const folders of picked.emptyFolders)
    if (folders[0] !== undefined) seen.set(folders[0].normalize('NFC'), true);
  return Array.from(seen, ([name, folder]) => ({ name, folder }));
}
