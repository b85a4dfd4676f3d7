import type { Conflict } from '@volvox/api';
import type { Picked, PickedFile } from './entries.ts';

/** What a person answers where a name is taken. `skip` is sent as `fail`; the refusal then counts as skipped. */
export type Decision = 'keep_both' | 'replace' | 'skip';
export interface Clash {
  readonly name: string;
  /** A folder meets a folder: the answer holds for what is inside, for folders merge. */
  readonly folder: boolean;
}
export interface PlannedFile extends PickedFile {
  readonly conflict: Conflict;
  readonly skipIfTaken: boolean;
}

/** Which of the names to upload are taken in the target. */
export function clashesOf(
  names: readonly { readonly name: string; readonly folder: boolean }[],
  taken: ReadonlySet<string>,
): Clash[] {
  return names.filter(({ name }) => taken.has(name));
}

/** Applies the answers: files to be skipped outright go, the others learn what to do. */
export function planUpload(
  picked: Picked,
  decisions: ReadonlyMap<string, Decision>,
): { readonly files: PlannedFile[]; readonly skipped: number } {
  const files: PlannedFile[] = [];
  let skipped = 0;
  for (const entry of picked.files) {
    const top = (entry.folders[0] ?? entry.file.name).normalize('NFC');
    const decision = decisions.get(top);
    if (decision === 'skip' && entry.folders.length === 0) skipped++;
    else
      files.push({
        ...entry,
        conflict: decision === undefined || decision === 'skip' ? 'fail' : decision,
        skipIfTaken: decision === 'skip',
      });
  }
  return { files, skipped };
}
