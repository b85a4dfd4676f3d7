import { isApiError } from '@volvox/client';
import { DetailedError, Upload } from 'tus-js-client';
import { client } from '../api/client.ts';
import { explain } from '../api/notify.tsx';
import { t } from '../i18n/index.ts';
import { useSession } from '../session/store.ts';
import { frameBulk } from './bulk.ts';
import type { UploadItem, UploadQueue } from './queue.ts';

/** Sends what the queue hands out and reports back. Each transfer ends quietly once its signal aborts: the queue knows why. */
const chunkSize = 64 * 1024 * 1024;
const retryDelays = [0, 500, 1500, 4000, 10_000, 20_000, 30_000];

export function sendLarge(
  item: UploadItem,
  queue: UploadQueue,
  signal: AbortSignal,
  attempt = 0,
): Promise<void> {
  return new Promise((resolve) => {
    const upload = new Upload(item.file, {
      endpoint: '/api/v1/uploads',
      chunkSize,
      retryDelays,
      storeFingerprintForResuming: true,
      removeFingerprintOnSuccess: true,
      fingerprint: async (file) =>
        ['vx', item.parentId, ...item.folders, file.name, file.size, file.lastModified, item.conflict].join(
          '|',
        ),
      metadata: {
        filename: item.file.name,
        parentId: item.parentId,
        relativePath: [...item.folders, item.file.name].join('/'),
        conflict: item.conflict,
        modifiedAt: String(item.file.lastModified),
      },
      onBeforeRequest: (request) => {
        for (const [name, value] of Object.entries(client.headers(true))) request.setHeader(name, value);
      },
      onShouldRetry: (error) =>
        !signal.aborted &&
        (statusOf(error) === 0 ||
          statusOf(error) === 409 ||
          statusOf(error) === 423 ||
          statusOf(error) >= 500),
      onProgress: (sent) => queue.progress(item.id, sent),
      onSuccess: () => {
        queue.finish(item.id);
        resolve();
      },
      onError: (error) => {
        if (statusOf(error) === 401 && attempt < 3) {
          resolve(
            useSession
              .getState()
              .signInAgain()
              .then(() => (signal.aborted ? undefined : sendLarge(item, queue, signal, attempt + 1))),
          );
          return;
        }
        report(queue, item.id, codeOf(error));
        resolve();
      },
    });
    signal.addEventListener('abort', () => {
      const cancelled = queue.get(item.id)?.state === 'cancelled';
      void upload
        .abort(cancelled)
        .catch(() => undefined)
        .then(() => resolve());
    });
    void begin(upload, signal);
  });
}

/** Goes on where an earlier visit of this page stopped, if the same file is picked for the same folder. */
async function begin(upload: Upload, signal: AbortSignal): Promise<void> {
  const earlier = await upload.findPreviousUploads().catch(() => []);
  const last = earlier[0];
  if (signal.aborted) return;
  if (last) upload.resumeFromPreviousUpload(last);
  upload.start();
}

export async function sendBulk(
  items: readonly UploadItem[],
  queue: UploadQueue,
  signal: AbortSignal,
): Promise<void> {
  const first = items[0];
  if (!first) return;
  try {
    const body = frameBulk(
      items.map((item) => ({
        path: [...item.folders, item.file.name].join('/'),
        modifiedAt: item.file.lastModified,
        blob: item.file,
      })),
    );
    const { results } = await client.call('bulkUpload', {
      params: { id: first.parentId },
      query: { conflict: first.conflict },
      headers: { 'content-type': 'application/x-volvox-bulk' },
      body,
      signal,
    });
    items.forEach((item, index) => {
      const result = results[index];
      if (result?.ok) queue.finish(item.id);
      else report(queue, item.id, result?.code ?? 'internal');
    });
  } catch (error) {
    if (signal.aborted) return;
    for (const item of items) queue.fail(item.id, explain(error));
  }
}

function report(queue: UploadQueue, id: string, code: string): void {
  if (code === 'conflict') queue.taken(id, t('upload.taken'));
  else queue.fail(id, t(`errors.${code}`, { defaultValue: t('errors.internal') }));
}

function statusOf(error: Error): number {
  return error instanceof DetailedError ? (error.originalResponse?.getStatus() ?? 0) : 0;
}

/** The code of the problem document; tus-js-client keeps the body as text. */
function codeOf(error: Error): string {
  if (isApiError(error)) return error.code;
  const body = error instanceof DetailedError ? error.originalResponse?.getBody() : undefined;
  try {
    const code: unknown = (JSON.parse(body ?? '{}') as { code?: unknown }).code;
    if (typeof code === 'string') return code;
  } catch {
    // not a problem document: the status must do
  }
  const status = statusOf(error);
  return status === 0
    ? 'unavailable'
    : status === 409
      ? 'conflict'
      : status === 413
        ? 'too_large'
        : status === 507
          ? 'quota_exceeded'
          : 'internal';
}
