/** Sends files one after another by tus, so that a phone that loses its line goes on where it stopped. */
import { DetailedError, Upload } from 'tus-js-client';
import { useRef, useState } from 'react';
import { base } from './api.ts';

export interface Sending {
  readonly id: number;
  readonly file: File;
  readonly sent: number;
  readonly state: 'waiting' | 'sending' | 'done' | 'failed';
  /** Code of the server's problem document. */
  readonly fault: string | null;
}

let lastId = 0;

/** @param parentId null: a drop box, which knows by itself where things go */
export function useUploader(parentId: string | null, maxFileSize: number | null, onDone: () => void) {
  const [list, setList] = useState<readonly Sending[]>([]);
  const queue = useRef<Sending[]>([]);
  const busy = useRef(false);
  const patch = (id: number, change: Partial<Sending>) =>
    setList((now) => now.map((item) => (item.id === id ? { ...item, ...change } : item)));

  const run = async () => {
    if (busy.current) return;
    busy.current = true;
    for (let item = queue.current.shift(); item; item = queue.current.shift()) {
      const { id, file } = item;
      patch(id, { state: 'sending', fault: null });
      const fault = await send(file, parentId, (sent) => patch(id, { sent }));
      patch(id, fault === null ? { state: 'done', sent: file.size } : { state: 'failed', fault });
      if (fault === null) onDone();
    }
    busy.current = false;
  };
  return {
    list,
    add(files: readonly File[]) {
      const added = files.map((file): Sending => {
        const large = maxFileSize !== null && file.size > maxFileSize;
        const state = large ? 'failed' : 'waiting';
        return { id: ++lastId, file, sent: 0, state, fault: large ? 'too_large' : null };
      });
      setList((now) => [...now, ...added]);
      queue.current.push(...added.filter(({ state }) => state === 'waiting'));
      void run();
    },
    again(item: Sending) {
      queue.current.push(item);
      void run();
    },
  };
}

/** @returns the code of what went wrong; null where the file has arrived */
function send(file: File, parentId: string | null, onSent: (bytes: number) => void): Promise<string | null> {
  return new Promise((resolve) => {
    const upload = new Upload(file, {
      endpoint: `${base}/api/v1/uploads`,
      chunkSize: 32 * 1024 * 1024,
      retryDelays: [0, 1000, 3000, 8000, 20_000],
      storeFingerprintForResuming: true,
      removeFingerprintOnSuccess: true,
      fingerprint: async () => ['vx', base, parentId, file.name, file.size, file.lastModified].join('|'),
      metadata: {
        filename: file.name,
        ...(parentId === null ? {} : { parentId }),
        modifiedAt: String(file.lastModified),
      },
      onProgress: onSent,
      onShouldRetry: (error) => {
        const status = error instanceof DetailedError ? (error.originalResponse?.getStatus() ?? 0) : 0;
        return status === 0 || status === 409 || status === 423 || status >= 500;
      },
      onSuccess: () => resolve(null),
      onError: (error) => resolve(codeOf(error)),
    });
    void upload
      .findPreviousUploads()
      .catch(() => [])
      .then(([last]) => {
        if (last) upload.resumeFromPreviousUpload(last);
        upload.start();
      });
  });
}

function codeOf(error: Error): string {
  const body = error instanceof DetailedError ? error.originalResponse?.getBody() : undefined;
  try {
    const code: unknown = (JSON.parse(body ?? '{}') as Record<string, unknown>)['code'];
    return typeof code === 'string' ? code : 'unavailable';
  } catch {
    return 'unavailable';
  }
}
