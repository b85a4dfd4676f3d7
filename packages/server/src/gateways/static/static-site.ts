import type { GatewayRequest } from '../contract.ts';
import { evaluate } from '../http-semantics/conditions.ts';
import { pagePolicy } from './page-policy.ts';
import { loadSite, type SiteFile } from './site-files.ts';

/** Serves the built web application. Addresses inside it (`/files/...`) get its page; what is nobody's gets 404. */
export interface StaticSite {
  handle(request: GatewayRequest): Promise<void>;
}

const reserved = /^\/(?:api|dav|io|auth|s|assets|\.well-known)(?:\/|$)/;
/** The page is the same whatever the link is: it asks for the rest. */
const linkPage = /^\/s\/[A-Za-z0-9_-]{3,64}\/?$/;
const missingBuild =
  '<!doctype html><meta charset="utf-8"><title>Volvox</title><h1>Volvox</h1><p>The server runs, but the web application has not been built. Run <code>npm run build</code> and start again.</p>';

/** @param root null: the web application has not been built */
export async function createStaticSite(root: string | null): Promise<StaticSite> {
  const files = root === null ? new Map<string, SiteFile>() : await loadSite(root);
  const index = files.get('/index.html');
  const share = files.get('/share.html');
  return {
    async handle(request) {
      const { raw } = request;
      if (raw.method !== 'GET' && raw.method !== 'HEAD')
        return answer(request, 405, 'this address can only be read\n', { Allow: 'GET, HEAD' });
      const path = pathOf(raw.url ?? '/');
      const file = path === null ? undefined : files.get(path);
      if (file !== undefined && file !== index && file !== share) return send(request, file);
      // Addresses of links are secrets, and nothing for search engines.
      if (share !== undefined && path !== null && linkPage.test(path))
        return send(request, share, { 'Referrer-Policy': 'no-referrer', 'X-Robots-Tag': 'noindex' });
      if (path === null || !isPage(path, raw.headers.accept))
        return answer(request, 404, 'there is no such address\n');
      if (index !== undefined) return send(request, index);
      answer(request, 503, missingBuild, {
        'Content-Type': 'text/html; charset=utf-8',
        'Cache-Control': 'no-store',
      });
    },
  };
}

/** @returns null for a malformed address */
function pathOf(url: string): string | null {
  try {
    return decodeURIComponent(url.split(/[?#]/, 1)[0] ?? '/');
  } catch {
    return null;
  }
}

function isPage(path: string, accept = ''): boolean {
  if (path === '/' || path === '/index.html') return true;
  return !reserved.test(path) && accept.includes('text/html');
}

function send(request: GatewayRequest, file: SiteFile, more: Record<string, string> = {}): void {
  const { raw, res } = request;
  const headers: Record<string, string | number> = {
    ETag: `W/${file.etag}`, // one tag for all its codings
    'Cache-Control': file.immutable ? 'public, max-age=31536000, immutable' : 'no-cache',
    'Content-Security-Policy': pagePolicy,
    'Cross-Origin-Opener-Policy': 'same-origin',
    Vary: 'Accept-Encoding',
    ...more,
  };
  if (
    evaluate('GET', { 'if-none-match': raw.headers['if-none-match'] }, { etag: file.etag, modifiedAt: 0 })
      ?.status === 304
  ) {
    res.writeHead(304, headers);
    return void res.end();
  }
  const [bytes, coding] = encoded(file, String(raw.headers['accept-encoding'] ?? ''));
  if (coding !== null) headers['Content-Encoding'] = coding;
  headers['Content-Type'] = file.type;
  headers['Content-Length'] = bytes.length;
  res.writeHead(200, headers);
  res.end(raw.method === 'HEAD' ? undefined : bytes);
}

function encoded(file: SiteFile, accepted: string): readonly [Buffer, 'br' | 'gzip' | null] {
  if (file.brotli !== null && /\bbr\b(?!\s*;\s*q=0(?:\.0*)?(?:,|$))/.test(accepted))
    return [file.brotli, 'br'];
  if (file.gzip !== null && /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?(?:,|$))/.test(accepted))
    return [file.gzip, 'gzip'];
  return [file.bytes, null];
}

function answer(
  { raw, res }: GatewayRequest,
  status: number,
  text: string,
  headers: Record<string, string> = {},
): void {
  const bytes = Buffer.from(text);
  res.writeHead(status, {
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': bytes.length,
    ...headers,
  });
  res.end(raw.method === 'HEAD' ? undefined : bytes);
}
