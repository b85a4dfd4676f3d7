/** The one layout of all mail: no images, no styles from elsewhere, nothing that could tell anybody that it was opened. */
import type { MailLanguage } from './language.ts';
import type { Parts } from './templates/texts.ts';

interface Frame {
  readonly language: MailLanguage;
  readonly product: string;
  readonly footer: string;
}

export function layOut(parts: Parts, frame: Frame): { readonly text: string; readonly html: string } {
  return { text: plain(parts, frame), html: rich(parts, frame) };
}

function plain(parts: Parts, frame: Frame): string {
  const blocks = [
    ...(parts.greeting === undefined ? [] : [parts.greeting]),
    ...parts.lines,
    ...(hasQuote(parts)
      ? [
          parts.quote
            .split(/\r?\n/)
            .map((line) => `> ${line}`)
            .join('\n'),
        ]
      : []),
    ...(parts.button === undefined ? [] : [`${parts.button.label}:\n${safeLink(parts.button.link)}`]),
    ...(parts.closing ?? []),
    `-- \n${frame.footer}`,
  ];
  return `${blocks.join('\n\n')}\n`;
}

const colours = { text: '#1f2430', quiet: '#5b6270', line: '#d9dce3', accent: '#1f5fbf' };

function rich(parts: Parts, frame: Frame): string {
  const blocks = [
    ...[...(parts.greeting === undefined ? [] : [parts.greeting]), ...parts.lines].map(paragraph),
    ...(hasQuote(parts) ? [quote(parts.quote)] : []),
    ...(parts.button === undefined ? [] : [button(parts.button.label, safeLink(parts.button.link))]),
    ...(parts.closing ?? []).map(paragraph),
  ];
  return [
    '<!doctype html>',
    `<html lang="${frame.language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">`,
    `<title>${escape(parts.subject)}</title></head>`,
    '<body style="margin:0;padding:24px;background:#f4f5f8;font-family:Arial,Helvetica,sans-serif">',
    `<div style="max-width:560px;margin:0 auto;padding:24px;background:#ffffff;color:${colours.text};font-size:16px;line-height:1.5">`,
    `<p style="margin:0 0 16px;font-weight:bold">${escape(frame.product)}</p>`,
    ...blocks,
    `<p style="margin:24px 0 0;padding-top:12px;border-top:1px solid ${colours.line};color:${colours.quiet};font-size:13px">${escape(frame.footer)}</p>`,
    '</div></body></html>',
    '',
  ].join('\n');
}

function hasQuote(parts: Parts): parts is Parts & { readonly quote: string } {
  return typeof parts.quote === 'string' && parts.quote.trim() !== '';
}

function paragraph(text: string): string {
  return `<p style="margin:0 0 16px">${escape(text)}</p>`;
}

function quote(text: string): string {
  const lines = text.split(/\r?\n/).map(escape).join('<br>');
  return `<blockquote style="margin:0 0 16px;padding-left:12px;border-left:3px solid ${colours.line}">${lines}</blockquote>`;
}

/** The address stands below once more: people should see where a button leads. */
function button(label: string, link: string): string {
  const address = escape(link);
  return [
    `<p style="margin:0 0 8px"><a href="${address}" style="display:inline-block;padding:10px 18px;background:${colours.accent};`,
    `color:#ffffff;text-decoration:none;border-radius:4px">${escape(label)}</a></p>`,
    `<p style="margin:0 0 16px;color:${colours.quiet};font-size:13px;word-break:break-all">${address}</p>`,
  ].join('');
}

/** Anything but a web address would be a way to run something. */
function safeLink(link: string): string {
  return /^https?:\/\/[^\s"'<>]+$/i.test(link) ? link : 'about:blank';
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export function escape(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => entities[sign] ?? sign);
}
