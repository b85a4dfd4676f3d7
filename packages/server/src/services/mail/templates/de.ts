import type { MailTexts, NoticeTexts, RoleTexts } from './texts.ts';

const roles: RoleTexts = {
  viewer: 'Sie dürfen den Inhalt ansehen.',
  editor: 'Sie dürfen den Inhalt ansehen und ändern.',
  manager: 'Sie dürfen den Inhalt ansehen, ändern und mit anderen teilen.',
  uploader: 'Sie dürfen Dateien hinzufügen.',
  member: 'Sie sind jetzt Mitglied.',
};

const notices: NoticeTexts = {
  'password-changed': 'Das Passwort Ihres Kontos wurde geändert.',
  'password-reset': 'Das Passwort Ihres Kontos wurde über einen Link aus einer E-Mail neu gesetzt.',
  'factor-added': 'Ihrem Konto wurde ein zweiter Anmeldeschritt hinzugefügt.',
  'factor-removed': 'Aus Ihrem Konto wurde ein zweiter Anmeldeschritt entfernt.',
  'passkey-added': 'Ihrem Konto wurde ein Passkey hinzugefügt.',
  'passkey-removed': 'Aus Ihrem Konto wurde ein Passkey entfernt.',
  'recovery-codes':
    'Für Ihr Konto wurden neue Wiederherstellungscodes erstellt. Die bisherigen gelten nicht mehr.',
  'recovery-code-used': 'Jemand hat sich mit einem Wiederherstellungscode bei Ihrem Konto angemeldet.',
  'token-created': 'Für Ihr Konto wurde ein Token oder App-Passwort erstellt.',
  'email-changed': 'Die E-Mail-Adresse Ihres Kontos wurde geändert.',
  'account-linked':
    'Mit Ihrem Konto wurde ein Konto bei einem anderen Anbieter verknüpft, mit dem man sich nun anmelden kann.',
  'new-device': 'Bei Ihrem Konto hat sich jemand von einem Gerät angemeldet, das wir noch nicht kennen.',
  impersonated: 'Eine Administratorin oder ein Administrator hat in Ihrem Namen gearbeitet.',
  'account-locked': 'Ihr Konto wurde nach zu vielen fehlgeschlagenen Anmeldungen vorübergehend gesperrt.',
};

const files = (text: string, value: number): string => `${text} ${value === 1 ? 'Datei' : 'Dateien'}`;

export const de: MailTexts = {
  templates: {
    invitation: (d, f, product) => ({
      subject: `${d.inviter} lädt Sie zu ${product} ein`,
      greeting: `Guten Tag ${d.name},`,
      lines: [`${d.inviter} lädt Sie ein, auf ${product} zusammenzuarbeiten.`],
      quote: d.message,
      button: { label: 'Einladung annehmen', link: d.link },
      closing: [
        ...(d.until === null ? [] : [`Die Einladung gilt bis ${f.time(d.until)}.`]),
        'Falls Sie diese Nachricht nicht erwartet haben, brauchen Sie nichts zu tun.',
      ],
    }),
    'password-reset': (d, f) => ({
      subject: 'Neues Passwort setzen',
      greeting: `Guten Tag ${d.name},`,
      lines: ['Jemand, vermutlich Sie selbst, möchte für Ihr Konto ein neues Passwort setzen.'],
      button: { label: 'Neues Passwort setzen', link: d.link },
      closing: [
        d.minutes === 1
          ? 'Der Link gilt einmal, eine Minute lang.'
          : `Der Link gilt einmal, ${f.count(d.minutes)} Minuten lang.`,
        'Wenn Sie das nicht waren, können Sie diese Nachricht ignorieren: Ihr Passwort bleibt, wie es ist.',
      ],
    }),
    share: (d, f) => ({
      subject: `${d.sender} hat „${d.item}“ mit Ihnen geteilt`,
      lines: [`${d.sender} hat „${d.item}“ mit Ihnen geteilt. ${roles[d.role]}`],
      quote: d.message,
      button: { label: 'Öffnen', link: d.link },
      closing: d.until === null ? [] : [`Sie haben Zugriff bis ${f.time(d.until)}.`],
    }),
    receipt: (d, f) => ({
      subject: `Eingegangen: ${d.title}`,
      lines: [
        `Für „${d.title}“ ${d.files === 1 ? 'ist' : 'sind'} am ${f.time(d.at)} ${files(f.count(d.files), d.files)} eingegangen. Vielen Dank.`,
      ],
    }),
    'link-upload': (d, f) => ({
      subject: `Neue Dateien über Ihren Link „${d.label}“`,
      lines: [
        `Über Ihren Link „${d.label}“ ${d.files === 1 ? 'wurde' : 'wurden'} ${files(f.count(d.files), d.files)} hochgeladen.`,
      ],
      button: { label: 'Ansehen', link: d.link },
    }),
    'security-notice': (d, f, product) => ({
      subject: `Sicherheit Ihres Kontos bei ${product}`,
      greeting: `Guten Tag ${d.name},`,
      lines: [notices[d.what], `Zeitpunkt: ${f.time(d.at)}. Adresse: ${d.address}.`],
      closing: ['Wenn Sie das nicht waren, ändern Sie Ihr Passwort und informieren Sie Ihre Administration.'],
    }),
    test: (d, f, product) => ({
      subject: `Testnachricht von ${product}`,
      lines: [
        `Der E-Mail-Versand funktioniert: ${d.server} hat diese Nachricht am ${f.time(d.at)} angenommen.`,
      ],
    }),
  },
  footer: (product) => `Gesendet von ${product}. Bitte antworten Sie nicht auf diese Nachricht.`,
};
