import type { MailTexts, NoticeTexts, RoleTexts } from './texts.ts';

const roles: RoleTexts = {
  viewer: 'You may view it.',
  editor: 'You may view and change it.',
  manager: 'You may view and change it, and share it with others.',
  uploader: 'You may add files to it.',
  member: 'You are now a member.',
};

const notices: NoticeTexts = {
  'password-changed': 'The password of your account was changed.',
  'password-reset': 'The password of your account was set anew by a link from an e-mail.',
  'factor-added': 'A second step for signing in was added to your account.',
  'factor-removed': 'A second step for signing in was removed from your account.',
  'passkey-added': 'A passkey was added to your account.',
  'passkey-removed': 'A passkey was removed from your account.',
  'recovery-codes': 'New recovery codes were made for your account. The earlier ones no longer work.',
  'recovery-code-used': 'Somebody signed in to your account with a recovery code.',
  'token-created': 'A token or app password was made for your account.',
  'email-changed': 'The e-mail address of your account was changed.',
  'account-linked': 'An account with another provider was linked to yours: it can be used to sign in.',
  'new-device': 'Your account was used to sign in from a device that we have not seen before.',
  impersonated: 'An administrator worked in your name.',
  'account-locked': 'Your account was locked for a while because of too many failed attempts to sign in.',
};

const files = (text: string, value: number): string => `${text} ${value === 1 ? 'file' : 'files'}`;

export const en: MailTexts = {
  templates: {
    invitation: (d, f, product) => ({
      subject: `${d.inviter} invites you to ${product}`,
      greeting: `Hello ${d.name},`,
      lines: [`${d.inviter} invites you to work together on ${product}.`],
      quote: d.message,
      button: { label: 'Accept the invitation', link: d.link },
      closing: [
        ...(d.until === null ? [] : [`The invitation holds until ${f.time(d.until)}.`]),
        'If you did not expect this, you need not do anything.',
      ],
    }),
    'password-reset': (d, f) => ({
      subject: 'Set a new password',
      greeting: `Hello ${d.name},`,
      lines: ['Somebody, probably you, asked to set a new password for your account.'],
      button: { label: 'Set a new password', link: d.link },
      closing: [
        d.minutes === 1
          ? 'The link works once, for one minute.'
          : `The link works once, for ${f.count(d.minutes)} minutes.`,
        'If it was not you, ignore this message: your password stays as it is.',
      ],
    }),
    share: (d, f) => ({
      subject: `${d.sender} shared “${d.item}” with you`,
      lines: [`${d.sender} shared “${d.item}” with you. ${roles[d.role]}`],
      quote: d.message,
      button: { label: 'Open', link: d.link },
      closing: d.until === null ? [] : [`You have access until ${f.time(d.until)}.`],
    }),
    receipt: (d, f) => ({
      subject: `Received: ${d.title}`,
      lines: [`${files(f.count(d.files), d.files)} arrived for “${d.title}” on ${f.time(d.at)}. Thank you.`],
    }),
    'link-upload': (d, f) => ({
      subject: `New files by your link “${d.label}”`,
      lines: [
        `${files(f.count(d.files), d.files)} ${d.files === 1 ? 'was' : 'were'} uploaded by your link “${d.label}”.`,
      ],
      button: { label: 'Look at them', link: d.link },
    }),
    'security-notice': (d, f, product) => ({
      subject: `Security of your account on ${product}`,
      greeting: `Hello ${d.name},`,
      lines: [notices[d.what], `When: ${f.time(d.at)}. From the address: ${d.address}.`],
      closing: ['If it was not you, change your password and tell your administrator.'],
    }),
    test: (d, f, product) => ({
      subject: `Test message from ${product}`,
      lines: [`Mail works: ${d.server} took this message on ${f.time(d.at)}.`],
    }),
  },
  footer: (product) => `Sent by ${product}. Please do not answer this message.`,
};
