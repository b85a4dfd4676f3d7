import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SettingsService, SettingValues } from '../settings/api.ts';
import { settingDefinitions } from '../settings/schema.ts';
import type { MailMessage } from './api.ts';
import { composeMail } from './compose.ts';

const settings = {
  get: (key: keyof SettingValues) =>
    key === 'mail.from' ? 'files@example.org' : settingDefinitions[key].default,
} as unknown as SettingsService; // of the settings only what composing asks

const at = Date.parse('2026-11-22T14:05:00Z');
const link = 'https://files.example.org/x?a=1&b=2#secret';
const evil = '<img src=x onerror=alert(1)>" \'&';
const everything: readonly MailMessage[] = (['en', 'de', 'fr'] as const).flatMap((locale) => {
  const to = 'ada@example.org';
  return [
    {
      to,
      locale,
      template: 'invitation',
      data: { name: evil, inviter: evil, link, message: evil, until: at },
    },
    { to, locale, template: 'password-reset', data: { name: evil, link, minutes: 30 } },
    {
      to,
      locale,
      template: 'share',
      data: { sender: evil, item: evil, role: 'editor', link, message: evil, until: null },
    },
    { to, locale, template: 'receipt', data: { title: evil, files: 1234, at } },
    { to, locale, template: 'link-upload', data: { link, label: evil, files: 1 } },
    {
      to,
      locale,
      template: 'security-notice',
      data: { name: evil, what: 'new-device', at, address: '192.0.2.1' },
    },
    { to, locale, template: 'test', data: { server: evil, at } },
  ] satisfies MailMessage[];
});

test('no text of anybody becomes markup, and nothing is fetched from elsewhere', () => {
  for (const message of everything) {
    const { html } = composeMail(message, settings);
    assert.doesNotMatch(html, /<(?:img|script|link|iframe)|\burl\(/i, message.template);
    // Told as text, where the message tells what somebody wrote at all.
    assert.ok(html.includes('&lt;img src=x onerror=alert(1)&gt;&quot; &#39;&amp;'), message.template);
  }
});

test('every message has both forms, which say the same, in its language', () => {
  for (const message of everything) {
    const { html, text, subject } = composeMail(message, settings);
    assert.ok(html.includes(`<html lang="${message.locale}">`));
    assert.ok(subject.length > 5 && !/[\r\n]/.test(subject));
    assert.doesNotMatch(text, /undefined|null|NaN/);
    if ('link' in message.data) {
      assert.ok(text.includes(link), message.template);
      assert.ok(html.includes('href="https://files.example.org/x?a=1&amp;b=2#secret"'), message.template);
    }
  }
});

test('tells counts and times as the language does', () => {
  const receipt = (locale: string, files: number): string =>
    composeMail(
      { to: 'a@b.c', locale, template: 'receipt', data: { title: 'T', files, at } },
      settings,
    ).text.replaceAll(/\s/g, ' ');
  assert.match(receipt('en', 1), /1 file arrived .* on 22 November 2026 at 14:05 UTC/);
  assert.match(receipt('en-GB', 1234), /1,234 files/);
  assert.match(receipt('de', 1), /ist am 22\. November 2026 um 14:05 UTC 1 Datei eingegangen/);
  assert.match(receipt('de-CH', 1234), /sind am .* 1\.234 Dateien/);
  assert.match(receipt('fr', 0), /0 fichier est arrivé/);
  assert.match(receipt('fr', 1234), /1 234 fichiers sont arrivés/);
  // What we don't speak is in the language of the setting.
  assert.match(receipt('tlh', 1), /1 file arrived/);
});

test('no name ends a header and begins another', () => {
  const { subject, from } = composeMail(
    {
      to: 'a@b.c',
      locale: 'en',
      template: 'share',
      data: {
        sender: 'Eve\r\nBcc: victim@example.org',
        item: 'x\u2028y',
        role: 'viewer',
        link: 'javascript:alert(1)',
        message: null,
        until: null,
      },
    },
    settings,
  );
  assert.equal(subject, 'Eve Bcc: victim@example.org shared “x y” with you');
  assert.deepEqual(from, { name: 'Volvox', address: 'files@example.org' });
});

test('a link that is no web address leads nowhere', () => {
  const { html, text } = composeMail(
    {
      to: 'a@b.c',
      locale: 'en',
      template: 'link-upload',
      data: { link: 'javascript:alert(1)', label: 'L', files: 2 },
    },
    settings,
  );
  assert.doesNotMatch(html + text, /javascript:/);
});
