import type { MailTexts, NoticeTexts, RoleTexts } from './texts.ts';

const roles: RoleTexts = {
  viewer: 'Vous pouvez le consulter.',
  editor: 'Vous pouvez le consulter et le modifier.',
  manager: 'Vous pouvez le consulter, le modifier et le partager avec d’autres.',
  uploader: 'Vous pouvez y ajouter des fichiers.',
  member: 'Vous en êtes désormais membre.',
};

const notices: NoticeTexts = {
  'password-changed': 'Le mot de passe de votre compte a été modifié.',
  'password-reset': 'Le mot de passe de votre compte a été redéfini au moyen d’un lien reçu par e-mail.',
  'factor-added': 'Une deuxième étape de connexion a été ajoutée à votre compte.',
  'factor-removed': 'Une deuxième étape de connexion a été retirée de votre compte.',
  'passkey-added': 'Une clé d’accès a été ajoutée à votre compte.',
  'passkey-removed': 'Une clé d’accès a été retirée de votre compte.',
  'recovery-codes':
    'De nouveaux codes de secours ont été créés pour votre compte. Les anciens ne sont plus valables.',
  'recovery-code-used': 'Quelqu’un s’est connecté à votre compte avec un code de secours.',
  'token-created': 'Un jeton ou un mot de passe d’application a été créé pour votre compte.',
  'email-changed': 'L’adresse e-mail de votre compte a été modifiée.',
  'account-linked':
    'Un compte chez un autre fournisseur a été lié au vôtre et permet désormais de s’y connecter.',
  'new-device':
    'Quelqu’un s’est connecté à votre compte depuis un appareil que nous ne connaissons pas encore.',
  impersonated: 'Un administrateur a agi en votre nom.',
  'account-locked':
    'Votre compte a été verrouillé temporairement après un trop grand nombre de tentatives de connexion.',
};

/** In French zero is singular, too. */
const files = (text: string, value: number): string => `${text} ${value < 2 ? 'fichier' : 'fichiers'}`;

export const fr: MailTexts = {
  templates: {
    invitation: (d, f, product) => ({
      subject: `${d.inviter} vous invite sur ${product}`,
      greeting: `Bonjour ${d.name},`,
      lines: [`${d.inviter} vous invite à collaborer sur ${product}.`],
      quote: d.message,
      button: { label: 'Accepter l’invitation', link: d.link },
      closing: [
        ...(d.until === null ? [] : [`L’invitation est valable jusqu’au ${f.time(d.until)}.`]),
        'Si vous n’attendiez pas ce message, vous n’avez rien à faire.',
      ],
    }),
    'password-reset': (d, f) => ({
      subject: 'Définir un nouveau mot de passe',
      greeting: `Bonjour ${d.name},`,
      lines: [
        'Quelqu’un, sans doute vous-même, a demandé à définir un nouveau mot de passe pour votre compte.',
      ],
      button: { label: 'Définir un nouveau mot de passe', link: d.link },
      closing: [
        `Le lien est valable une seule fois, pendant ${f.count(d.minutes)} ${d.minutes < 2 ? 'minute' : 'minutes'}.`,
        'Si ce n’était pas vous, ignorez ce message : votre mot de passe reste inchangé.',
      ],
    }),
    share: (d, f) => ({
      subject: `${d.sender} a partagé « ${d.item} » avec vous`,
      lines: [`${d.sender} a partagé « ${d.item} » avec vous. ${roles[d.role]}`],
      quote: d.message,
      button: { label: 'Ouvrir', link: d.link },
      closing: d.until === null ? [] : [`Vous y avez accès jusqu’au ${f.time(d.until)}.`],
    }),
    receipt: (d, f) => ({
      subject: `Bien reçu : ${d.title}`,
      lines: [
        `${files(f.count(d.files), d.files)} ${d.files < 2 ? 'est arrivé' : 'sont arrivés'} pour « ${d.title} » le ${f.time(d.at)}. Merci.`,
      ],
    }),
    'link-upload': (d, f) => ({
      subject: `Nouveaux fichiers par votre lien « ${d.label} »`,
      lines: [
        `${files(f.count(d.files), d.files)} ${d.files < 2 ? 'a été déposé' : 'ont été déposés'} par votre lien « ${d.label} ».`,
      ],
      button: { label: 'Consulter', link: d.link },
    }),
    'security-notice': (d, f, product) => ({
      subject: `Sécurité de votre compte sur ${product}`,
      greeting: `Bonjour ${d.name},`,
      lines: [notices[d.what], `Date : ${f.time(d.at)}. Adresse : ${d.address}.`],
      closing: ['Si ce n’était pas vous, changez votre mot de passe et prévenez votre administrateur.'],
    }),
    test: (d, f, product) => ({
      subject: `Message d’essai de ${product}`,
      lines: [`L’envoi fonctionne : ${d.server} a accepté ce message le ${f.time(d.at)}.`],
    }),
  },
  footer: (product) => `Envoyé par ${product}. Merci de ne pas répondre à ce message.`,
};
