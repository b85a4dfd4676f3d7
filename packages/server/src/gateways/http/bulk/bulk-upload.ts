import type { Conflict, Response, Routes } from '@volvox/api';
import type { Context } from '../../../kernel/context.ts';
import { AppError, toAppError } from '../../../kernel/errors.ts';
import { WRITE } from '../../../services/access/api.ts';
import type { Located } from '../../../services/tree/api.ts';
import type { Services } from '../../contract.ts';
import type { RequestScope } from '../request-scope.ts';
import { bulkFiles, maximumFile, type BulkFile } from './bulk-files.ts';

type Answer = Response<Routes['bulkUpload']>;
type FileResult = Answer['results'][number];

/** Puts that run at once share group commits; together they hold at most `bytesAtOnce` of contents in memory. */
const putsAtOnce = 32;
const bytesAtOnce = 4 * maximumFile;

/** Many small files in one request: a result each, in their order. What breaks the body ends the list with a nameless failure. */
export async function bulkUpload(
  services: Services,
  context: Context,
  scope: RequestScope,
  folderId: string,
  conflict: Conflict,
): Promise<Answer> {
  const top = await services.tree.locate(context, folderId, WRITE);
  if (top.node.kind !== 'folder') throw new AppError('conflict', 'the target is no folder');
  const results: FileResult[] = [];
  const puts = new PutQueue();
  const folders = new Folders(services, context, top);
  try {
    for await (const file of bulkFiles(scope.body.stream())) {
      const at = results.push({ path: file.header.path, ok: false }) - 1;
      await puts.room(file.header.size);
      puts.start(file.bytes?.length ?? 0, async () => {
        results[at] = await putOne(services, context, folders, file, conflict);
      });
    }
  } catch (thrown) {
    const error = toAppError(thrown);
    if (error.code === 'internal' || error.code === 'aborted') throw thrown;
    results.push({ path: '', ok: false, code: error.code, detail: error.message });
  } finally {
    await puts.settled();
  }
  if (!scope.raw.complete) scope.raw.resume();
  return { results };
}

async function putOne(
  { contents, tree }: Services,
  context: Context,
  folders: Folders,
  { header, bytes }: BulkFile,
  onConflict: Conflict,
): Promise<FileResult> {
  const { path } = header;
  try {
    if (bytes === null)
      throw new AppError('too_large', `a file of a bulk upload has at most ${maximumFile} bytes`);
    const { parentId, name } = await folders.of(path);
    const expect =
      header.sha256 === undefined
        ? {}
        : { expect: { algorithm: 'sha256' as const, digest: header.sha256.toLowerCase() } };
    const content = await contents.write(context, bytes, { size: header.size, ...expect });
    const options = {
      onConflict,
      ...(header.modifiedAt === undefined ? {} : { modifiedAt: header.modifiedAt }),
    };
    const { node } = await tree.putFile(context, { parentId, name }, content, options);
    return { path, ok: true, nodeId: node.id, etag: node.etag };
  } catch (thrown) {
    const error = toAppError(thrown);
    return {
      path,
      ok: false,
      code: error.code,
      ...(error.code === 'internal' ? {} : { detail: error.message }),
    };
  }
}

/** Makes each missing folder once, one after another, so that concurrent files do not race for the same name. */
class Folders {
  readonly #services: Services;
  readonly #context: Context;
  readonly #top: Located;
  readonly #made = new Map<string, Promise<string>>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(services: Services, context: Context, top: Located) {
    this.#services = services;
    this.#context = context;
    this.#top = top;
  }

  async of(path: string): Promise<{ parentId: string; name: string }> {
    const segments = path.split('/');
    const name = segments.pop() ?? '';
    if (name === '' || segments.includes(''))
      throw new AppError('invalid_input', 'a path is relative and ends with the name of a file');
    if (segments.length === 0) return { parentId: this.#top.node.id, name };
    const key = segments.join('/');
    let made = this.#made.get(key);
    if (made === undefined) {
      made = this.#last.then(
        async () => (await this.#services.tree.ensureFolders(this.#context, this.#top.node.id, segments)).id,
      );
      this.#last = made.catch(() => undefined);
      this.#made.set(key, made);
    }
    return { parentId: await made, name };
  }
}

/** Bounds what runs at once, by number and by bytes. */
class PutQueue {
  #running = new Set<Promise<void>>();
  #bytes = 0;

  async room(bytes: number): Promise<void> {
    while (this.#running.size >= putsAtOnce || (this.#running.size > 0 && this.#bytes + bytes > bytesAtOnce))
      await Promise.race(this.#running);
  }

  start(bytes: number, put: () => Promise<void>): void {
    this.#bytes += bytes;
    const running: Promise<void> = put().finally(() => {
      this.#bytes -= bytes;
      this.#running.delete(running);
    });
    this.#running.add(running);
  }

  async settled(): Promise<void> {
    await Promise.all(this.#running);
  }
}
