/** Sound and film play in the preview and seek by ranges; tables show as tables. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Page } from 'playwright-core';
import { eventually } from './browser.ts';
import { wav } from './samples.ts';
import type { World } from './world.ts';

const seconds = 120;

export function previews(world: World): void {
  it('plays sound, and seeks by asking for a range', async () => {
    const { page } = world;
    await world.goHome();
    await world.enterNewFolder('Media');
    await world.drop(await world.sample('tone.wav', wav(seconds)));
    await world.uploaded('1 file uploaded');
    const ranges: string[] = [];
    page.on('response', (response) => {
      const range = response.headers()['content-range'];
      if (range !== undefined && response.status() === 206) ranges.push(range);
    });
    await world.row('tone.wav').dblclick();
    const player = page.getByRole('dialog').locator('audio');
    await eventually(
      () => player.evaluate((audio: HTMLAudioElement) => Math.round(audio.duration)),
      (length) => length === seconds,
      'the length is known',
    );
    const late = seconds - 10;
    await player.evaluate(async (audio: HTMLAudioElement, to) => {
      audio.muted = true;
      audio.currentTime = to;
      await audio.play();
    }, late);
    await eventually(
      () => player.evaluate((audio: HTMLAudioElement) => audio.currentTime),
      (time) => time > late + 0.2,
      'it plays near the end',
    );
    await eventually(
      async () => ranges,
      (told) => told.some((range) => Number(/^bytes (\d+)-/.exec(range)?.[1]) > 0),
      'a range was asked for',
    );
    await page.keyboard.press('Escape');
  });

  it('plays film', async () => {
    const { page } = world;
    const film = Buffer.from(await recordFilm(page), 'base64');
    assert.ok(film.length > 500, 'the browser has recorded something');
    await world.drop(await world.sample('film.webm', film));
    await world.uploaded('1 file uploaded');
    await world.row('film.webm').dblclick();
    const player = page.getByRole('dialog').locator('video');
    await player.evaluate(async (video: HTMLVideoElement) => {
      video.muted = true;
      await video.play();
    });
    await eventually(
      () => player.evaluate((video: HTMLVideoElement) => [video.videoWidth, video.currentTime] as const),
      ([width, time]) => width === 64 && time > 0,
      'the pictures move',
    );
    await page.keyboard.press('Escape');
  });

  it('shows CSV as a table, quotes and line breaks in cells too', async () => {
    const { page } = world;
    const text = 'Name;Colour;Note\nVolvox;green;"says ""hello""\nand more"\n';
    await world.drop(await world.sample('cells.csv', text));
    await world.uploaded('1 file uploaded');
    await world.row('cells.csv').dblclick();
    const table = page.getByRole('dialog').getByRole('table');
    await table.getByRole('columnheader', { name: 'Colour' }).waitFor();
    assert.equal(await table.getByRole('cell').nth(2).textContent(), 'says "hello"\nand more');
    await page.keyboard.press('Escape');
  });
}

/** Half a second of a moving square, as WebM in base64. */
function recordFilm(page: Page): Promise<string> {
  return page.evaluate(async () => {
    const canvas = document.createElement('canvas');
    canvas.width = canvas.height = 64;
    const brush = canvas.getContext('2d');
    const recorder = new MediaRecorder(canvas.captureStream(20), { mimeType: 'video/webm;codecs=vp8' });
    const pieces: Blob[] = [];
    recorder.ondataavailable = (event) => pieces.push(event.data);
    const ended = new Promise((resolve) => (recorder.onstop = resolve));
    recorder.start();
    for (let frame = 0; frame < 20; frame++) {
      brush?.clearRect(0, 0, 64, 64);
      brush?.fillRect(frame * 2, 16, 20, 20);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    recorder.stop();
    await ended;
    const bytes = new Uint8Array(await new Blob(pieces).arrayBuffer());
    return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
  });
}
