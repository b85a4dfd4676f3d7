import { keys } from '../api/keys.ts';
import { queryClient } from '../api/query-client.ts';
import { UploadQueue, bulkLimits, type UploadItem } from './queue.ts';
import { Speedometer } from './speed.ts';

/** Runs the queue: so many requests at a time, each with a way to stop it. One for the page, for uploads outlive the folder shown. */
const parallel = 3;

export const queue = new UploadQueue();
export const speedometer = new Speedometer();
const running = new Map<readonly UploadItem[], AbortController>();

queue.subscribe(() => {
  stopWhatIsNotSending();
  fill();
});

let filling = false;
/** Taking from the queue tells its listeners, this one too: hence the guard. */
function fill(): void {
  if (filling) return;
  filling = true;
  while (running.size < parallel) {
    const batch = queue.next();
    if (batch.length === 0) break;
    void send(batch);
  }
  filling = false;
}

async function send(batch: readonly UploadItem[]): Promise<void> {
  const stop = new AbortController();
  running.set(batch, stop);
  const first = batch[0];
  const { sendBulk, sendLarge } = await import('./transfer.ts');
  if (first && batch.length === 1 && first.file.size >= bulkLimits.fileSize)
    await sendLarge(first, queue, stop.signal);
  else await sendBulk(batch, queue, stop.signal);
  running.delete(batch);
  if (first) touched.add(first.parentId);
  fill();
  if (running.size === 0) showWhatArrived();
}

/** The folders uploaded to are read again once all is sent; live updates may have been late or not yet connected. */
const touched = new Set<string>();
function showWhatArrived(): void {
  for (const id of touched) void queryClient.invalidateQueries({ queryKey: keys.children(id) });
  touched.clear();
}

/** A transfer whose every file has been paused or cancelled stops; of a batch of small files the rest goes back to wait. */
function stopWhatIsNotSending(): void {
  for (const [batch, stop] of running) {
    if (stop.signal.aborted || batch.some((item) => queue.get(item.id)?.state === 'sending')) continue;
    stop.abort();
  }
}

setInterval(() => {
  const { sent, active } = queue.totals();
  if (active > 0) speedometer.note(performance.now(), sent);
}, 500);

/** Closing the page would lose the queue: the browser asks first. */
addEventListener('beforeunload', (event) => {
  if (queue.totals().active > 0) event.preventDefault();
});
