/** Pictures and PDF files as a preview shows them: made small, with a watermark, never the original bytes. */
import { LRUCache } from 'lru-cache';
import pLimit from 'p-limit';
import { AppError } from '../../kernel/errors.ts';
import type { Rendered, RenderWish } from './api.ts';

/** Largest original that is read for it, which is held in memory whole. */
export const renderLimit = 48 * 2 ** 20;
/** Pixels of a picture that are decoded at most: what is packed small may be huge. */
const pixelLimit = 100_000_000;
const secondsLimit = 20;
const cacheBytes = 64 * 2 ** 20;
const atOnce = pLimit(2);
const mayWait = 200;

const cache = new LRUCache<string, Rendered>({
  maxSize: cacheBytes,
  sizeCalculation: ({ bytes }) => bytes.length + 100,
});

export function previewKindOf(mime: string): 'image' | 'pdf' | 'text' | 'media' | null {
  if (/^image\//.test(mime)) return 'image';
  if (mime === 'application/pdf') return 'pdf';
  if (/^(?:audio|video)\//.test(mime)) return 'media';
  if (/^text\/|[/+](?:json|xml|yaml|toml|javascript|typescript|sql|x-sh)$/.test(mime)) return 'text';
  return null;
}

/**
 * @param key names the content: the same key always has the same bytes
 * @throws unsupported_media_type where the bytes are not what their name says, too_many_requests
 */
export async function render(key: string, read: () => Promise<Buffer>, wish: RenderWish): Promise<Rendered> {
  const entry = JSON.stringify([key, wish]);
  const known = cache.get(entry);
  if (known !== undefined) return known;
  if (atOnce.pendingCount >= mayWait)
    throw new AppError('too_many_requests', 'too many previews at once', { details: { retryAfter: 2 } });
  return atOnce(async () => {
    const bytes = await read();
    try {
      const made =
        wish.kind === 'image' ? await renderImage(bytes, wish) : await renderPdf(bytes, wish.watermark);
      cache.set(entry, made);
      return made;
    } catch (cause) {
      throw new AppError('unsupported_media_type', 'there is no preview of this file', { cause });
    }
  });
}

async function renderImage(
  bytes: Buffer,
  { size, watermark }: RenderWish & { readonly kind: 'image' },
): Promise<Rendered> {
  const { default: sharp } = await import('sharp');
  const small = sharp(bytes, { limitInputPixels: pixelLimit, failOn: 'none' })
    .rotate() // as its EXIF says; nothing else of it is kept
    .resize({ width: size, height: size, fit: 'inside', withoutEnlargement: true })
    .timeout({ seconds: secondsLimit });
  if (watermark === null) return { type: 'image/webp', bytes: await small.webp({ quality: 82 }).toBuffer() };
  const { data, info } = await small.png().toBuffer({ resolveWithObject: true });
  const overlay = Buffer.from(watermarkSvg(watermark, info.width, info.height));
  const marked = sharp(data)
    .composite([{ input: overlay }])
    .webp({ quality: 82 });
  return { type: 'image/webp', bytes: await marked.toBuffer() };
}

/** Rows of the text across the whole picture, dark with a light edge, so that it shows on everything. */
function watermarkSvg(text: string, width: number, height: number): string {
  const size = Math.max(10, Math.round(Math.min(width, height) / 18));
  const step = size * 5;
  const safe = text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
  const rows: string[] = [];
  for (let y = -height; y < height * 2; y += step)
    rows.push(`<text x="${-width}" y="${y}">${Array(8).fill(safe).join('&#160;&#160;&#160;&#160;')}</text>`);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><g transform="rotate(-30 ${width / 2} ${height / 2})" font-family="sans-serif" font-size="${size}" fill="#000" fill-opacity="0.35" stroke="#fff" stroke-opacity="0.35" stroke-width="${size / 30}">${rows.join('')}</g></svg>`;
}

async function renderPdf(bytes: Buffer, watermark: string): Promise<Rendered> {
  const { degrees, PDFDocument, PDFName, rgb, StandardFonts } = await import('pdf-lib');
  const document = await PDFDocument.load(bytes, { ignoreEncryption: true });
  // What runs when it is opened, or is attached to it.
  for (const name of ['OpenAction', 'AA', 'Names']) document.catalog.delete(PDFName.of(name));
  const font = await document.embedFont(StandardFonts.Helvetica);
  const text = latin(watermark);
  for (const page of document.getPages()) {
    const { width, height } = page.getSize();
    const size = Math.max(8, Math.min(28, (width * 1.2) / Math.max(1, text.length)));
    for (let y = 0; y < height; y += size * 7)
      page.drawText(text, {
        x: width * 0.1,
        y,
        size,
        font,
        color: rgb(0.2, 0.2, 0.2),
        opacity: 0.3,
        rotate: degrees(25),
      });
  }
  return { type: 'application/pdf', bytes: await document.save() };
}

/** The fonts that every PDF reader has know no more than this. */
function latin(text: string): string {
  return text.normalize('NFC').replace(/[^\x20-\x7e\xa0-\xff]/g, '?');
}
