/** What settings mean, in the languages that the server does not speak: its schema is in English. Loaded with the page of settings only. */
import { language } from '../../../i18n/language.ts';
import type { Setting } from './setting.ts';

type Descriptions = Readonly<Record<string, string>>;

export const de: Descriptions = {
  'trash.keepDays': 'Tage, nach denen der Inhalt des Papierkorbs endgültig entfernt wird; 0: nie.',
  'versions.keepDays': 'Tage, die frühere Versionen einer Datei aufbewahrt werden; 0: für immer.',
  'versions.keepLast':
    'Wie viele der neuesten Versionen einer Datei neben der aktuellen bleiben, wie alt sie auch sind.',
  'uploads.expireHours': 'Stunden, nach denen ein Upload, den niemand fortsetzt, aufgegeben wird.',
  'contents.chunkMiB':
    'Größe in MiB der größten Stücke, in denen Inhalte abgelegt werden; gilt für neue Inhalte.',
  'contents.graceHours':
    'Stunden, die Inhalte bleiben, auf die nichts mehr verweist; länger, als eine Sicherung dauert und ein Stück zum Ankommen braucht.',
  'contents.scrubDays':
    'Tage, in denen alle Inhalte einmal gelesen und mit ihren Prüfsummen verglichen werden, alle zehn Minuten ein Teil; 0: nie.',
  'contents.directDownload':
    'Beantwortet Downloads über REST mit einer Weiterleitung zum S3-Server (60 Sekunden, ein Objekt), wenn der Inhalt ein einziges Stück ist; Browser müssen diesen Server erreichen.',
  'logs.keepDays': 'Tage, die Protokolleinträge im Dokumentenspeicher bleiben; 0: für immer.',
  'activity.keepDays': 'Tage, die Aktivitäten aufbewahrt werden; 0: für immer.',
  'jobs.keepDays': 'Tage, die beendete Läufe von Aufgaben aufbewahrt werden; 0: für immer.',
  'session.hours': 'Stunden, nach denen eine Sitzung endet, die nicht gemerkt werden sollte.',
  'session.rememberDays': 'Tage, nach denen eine gemerkte Sitzung endet.',
  'login.maxFailures':
    'Fehlgeschlagene Anmeldungen hintereinander, nach denen weitere eine Zeit lang abgelehnt werden.',
  'login.blockSeconds':
    'Sekunden der ersten solchen Sperre; mit jedem weiteren Fehlschlag verdoppelt sie sich.',
  'login.secondFactorRoles':
    'Wer einen zweiten Faktor haben muss: Kennungen von Rollen, „admins“ oder „everybody“. Wer keinen hat, kann nichts tun, als einen einzurichten. Eine später gelöschte Rolle schadet nicht.',
  'login.proofMinutes':
    'Minuten nach einer Anmeldung oder Bestätigung, in denen gefährliche Aktionen keine weitere Bestätigung brauchen.',
  'login.notices':
    'Meldet Personen per E-Mail Anmeldungen von neuen Geräten und Änderungen an ihren Anmeldewegen.',
  'password.minLength': 'Wie viele Zeichen ein neues Passwort mindestens hat.',
  'password.classes':
    'Wie viele von Kleinbuchstaben, Großbuchstaben, Ziffern und anderen Zeichen ein neues Passwort haben muss.',
  'password.refuseCommon': 'Lehnt Passwörter ab, die als Erste probiert werden.',
  'password.history':
    'Wie viele der letzten Passwörter, das jetzige eingeschlossen, nicht wieder genommen werden dürfen; 0: alle dürfen es.',
  'password.expireDays':
    'Tage, nach denen ein Passwort bei der nächsten Anmeldung geändert werden muss; 0: nie.',
  'impersonation.enabled':
    'Lässt die Administration als jemand anderes handeln (nie als andere Administratorin oder anderer Administrator); alles wird unter beiden Namen festgehalten.',
  'oidc.accessMinutes':
    'Minuten, die ein Zugriffstoken des OpenID-Anbieters gilt; neue gibt es durch Erneuern.',
  'oidc.refreshDays':
    'Tage, nach denen sich die Person neu anmelden muss, wenn die App ihren Zugriff nicht erneuert hat.',
  'oidc.keyDays':
    'Tage, die ein Schlüssel des OpenID-Anbieters signiert; der nächste wird bis zu einer Woche vorher veröffentlicht.',
  'connectors.allowPrivate':
    'Erlaubt Anfragen an eingetippte Adressen (OpenID-Anbieter, Abmeldeadressen von Apps) auch in private Netze, zu diesem Rechner und über einfaches HTTP.',
  'personal.defaultQuotaMiB': 'Kontingent in MiB neuer persönlicher Arbeitsbereiche; 0: keines.',
  'guests.enabled':
    'Lässt Personen Gäste einladen, die nur sehen, was mit ihnen geteilt ist. Die Administration darf es immer.',
  'guests.maxPerUser': 'Wie viele aktive Gäste eine Person höchstens hat; 0: beliebig viele.',
  'guests.maxPerDay':
    'Wie viele Einladungen eine Person an einem Tag (UTC) höchstens verschickt, wiederholte eingeschlossen; 0: beliebig viele.',
  'guests.maxDays': 'Tage, nach denen das Konto eines Gasts spätestens endet; 0: nie.',
  'people.showEmail':
    'Zeigt E-Mail-Adressen allen, die Personen zum Teilen suchen, und findet Personen auch über sie.',
  'personal.template':
    'Kennung des Ordners, mit dessen Inhalt neue persönliche Arbeitsbereiche beginnen; leer: keiner. Wird auf der Seite der Arbeitsbereiche gewählt.',
  'personal.folders': 'Namen von Ordnern, mit denen neue persönliche Arbeitsbereiche beginnen.',
  'cells.enabled': 'Ob Personen Cells anlegen dürfen.',
  'cells.defaultQuotaMiB':
    'Kontingent in MiB neuer Cells und das Höchste, was ihre Besitzer einstellen dürfen; 0: keines.',
  'dav.infinityLimit':
    'Höchstzahl der Einträge einer WebDAV-Liste mit „Depth: infinity“; 0: solche Listen werden abgelehnt.',
  'branding.name':
    'Name dieser Installation, wie ihn öffentliche Seiten, E-Mails, Authenticator-Apps und WebDAV-Programme zeigen.',
  'branding.logo':
    'Bild am Kopf öffentlicher Seiten, als Data-URL von höchstens 100.000 Zeichen (PNG, JPEG, WebP oder SVG); leer: das von Volvox.',
  'branding.color': 'Farbe der Linie am Kopf öffentlicher Seiten, als #rrggbb; leer: keine.',
  'branding.imprintUrl': 'Adresse des Impressums, am Fuß öffentlicher Seiten; leer: keine.',
  'branding.privacyUrl': 'Adresse der Datenschutzerklärung, am Fuß öffentlicher Seiten; leer: keine.',
  'mail.host': 'Name oder Adresse des Mailservers (SMTP); leer: es werden keine E-Mails verschickt.',
  'mail.port': 'Port des Mailservers.',
  'mail.tls':
    'Verschlüsselung zum Mailserver: von Anfang an (Port 465), durch STARTTLS, worauf dann bestanden wird, oder keine.',
  'mail.auth':
    'Wie die Anmeldung am Mailserver geschieht; Passwort, Client-Geheimnis und Erneuerungstoken liegen im Tresor.',
  'mail.user': 'Name für die Anmeldung am Mailserver.',
  'mail.from': 'Adresse, von der E-Mails kommen.',
  'mail.replyTo': 'Adresse, an die Antworten gehen; leer: die, von der die E-Mails kommen.',
  'mail.language': 'Sprache der E-Mails an Personen, die keine gewählt haben.',
  'mail.oauthTokenUrl': 'Adresse, an der ein Erneuerungstoken gegen ein Zugriffstoken getauscht wird.',
  'mail.oauthClientId': 'OAuth2-Client, der dieser Server beim Mailanbieter ist.',
  'mail.keepDays': 'Tage, die Einträge über verschickte und gescheiterte E-Mails bleiben; 0: für immer.',
  'audit.reads':
    'Welche Lesezugriffe auf Inhalte im Audit-Protokoll stehen: keine, die über öffentliche Links oder alle.',
  'audit.keepDays': 'Tage, die Audit-Ereignisse aufbewahrt werden; 0: für immer.',
  'audit.syslog':
    'Syslog-Server, an den Audit-Ereignisse gehen (RFC 5424), als „udp://host:514“, „tcp://host:601“ oder „tls://host:6514“; leer: keiner.',
  'audit.webhook':
    'Adresse (https), an die Audit-Ereignisse geschickt werden, signiert mit dem Geheimnis im Tresor; leer: keine.',
  'audit.webhookInside': 'Erlaubt dafür eine Adresse in einem privaten Netz und einfaches HTTP.',
  'links.enabled':
    'Ob Dateien über öffentliche Links geteilt werden dürfen; aus schließt auch die vorhandenen.',
  'links.passwordRequired':
    'Ob ein öffentlicher Link ein Passwort braucht; Links ohne sind dann geschlossen.',
  'links.maxDays': 'Tage, die ein öffentlicher Link höchstens lebt, vom Anlegen an gezählt; 0: unbegrenzt.',
  'links.defaultDays':
    'Tage, nach denen ein neuer öffentlicher Link endet, wenn nichts anderes gesagt wird; 0: nie.',
  'links.uploadAllowed':
    'Ob Besucher eines öffentlichen Links hochladen dürfen; aus schließt Briefkästen und Dateianfragen.',
  'links.receiptsPerDay':
    'Wie viele Quittungen eine Dateianfrage in 24 Stunden höchstens verschickt, jede an eine eingetippte Adresse; 0: keine.',
  'links.customSlug':
    'Ob Personen die Adresse eines öffentlichen Links wählen dürfen; aus schließt die mit gewählter Adresse.',
};

export const fr: Descriptions = {
  'trash.keepDays':
    'Jours au bout desquels le contenu de la corbeille est supprimé pour de bon ; 0 : jamais.',
  'versions.keepDays':
    'Jours pendant lesquels les versions antérieures d’un fichier sont gardées ; 0 : toujours.',
  'versions.keepLast':
    'Nombre des versions les plus récentes d’un fichier gardées quel que soit leur âge, en plus de l’actuelle.',
  'uploads.expireHours': 'Heures au bout desquelles un envoi que personne ne poursuit est abandonné.',
  'contents.chunkMiB':
    'Taille en Mio des plus grands morceaux des contenus ; pour les nouveaux contenus seulement.',
  'contents.graceHours':
    'Heures pendant lesquelles les contenus auxquels rien ne renvoie sont gardés ; plus que ne dure une sauvegarde et que ne met un morceau à arriver.',
  'contents.scrubDays':
    'Jours pendant lesquels tous les contenus sont lus une fois et comparés à leurs empreintes, une part toutes les dix minutes ; 0 : jamais.',
  'contents.directDownload':
    'Répond aux téléchargements par REST par une redirection vers le serveur S3 (60 secondes, un objet) si le contenu tient en un morceau ; les navigateurs doivent atteindre ce serveur.',
  'logs.keepDays': 'Jours pendant lesquels le journal est gardé dans les documents ; 0 : toujours.',
  'activity.keepDays': 'Jours pendant lesquels les activités sont gardées ; 0 : toujours.',
  'jobs.keepDays': 'Jours pendant lesquels les exécutions terminées des tâches sont gardées ; 0 : toujours.',
  'session.hours': 'Heures au bout desquelles se termine une session qui ne devait pas être retenue.',
  'session.rememberDays': 'Jours au bout desquels se termine une session retenue.',
  'login.maxFailures':
    'Connexions échouées de suite à partir desquelles d’autres sont refusées un certain temps.',
  'login.blockSeconds': 'Secondes du premier refus de ce genre ; il double à chaque nouvel échec.',
  'login.secondFactorRoles':
    'Qui doit avoir un second facteur : identifiants de rôles, « admins » ou « everybody ». Qui n’en a pas ne peut qu’en installer un. Un rôle supprimé plus tard ne gêne pas.',
  'login.proofMinutes':
    'Minutes après une connexion ou une confirmation pendant lesquelles les actions dangereuses n’en demandent pas d’autre.',
  'login.notices':
    'Avertit par e-mail des connexions depuis de nouveaux appareils et des changements des moyens de connexion.',
  'password.minLength': 'Nombre minimal de caractères d’un nouveau mot de passe.',
  'password.classes':
    'Combien, parmi minuscules, majuscules, chiffres et autres signes, un nouveau mot de passe doit contenir.',
  'password.refuseCommon': 'Refuse les mots de passe que l’on essaie en premier.',
  'password.history':
    'Nombre des derniers mots de passe, l’actuel compris, qui ne peuvent être repris ; 0 : tous le peuvent.',
  'password.expireDays':
    'Jours au bout desquels un mot de passe doit être changé à la prochaine connexion ; 0 : jamais.',
  'impersonation.enabled':
    'Permet à l’administration d’agir au nom d’une personne (jamais d’un autre administrateur) ; tout est noté sous les deux noms.',
  'oidc.accessMinutes':
    'Minutes de validité d’un jeton d’accès du fournisseur OpenID ; on en obtient d’autres par renouvellement.',
  'oidc.refreshDays':
    'Jours au bout desquels une application qui n’a pas renouvelé son accès doit demander une nouvelle connexion.',
  'oidc.keyDays':
    'Jours pendant lesquels une clé du fournisseur OpenID signe ; la suivante est publiée jusqu’à une semaine avant.',
  'connectors.allowPrivate':
    'Permet aux requêtes vers des adresses saisies (fournisseurs OpenID, adresses de déconnexion d’applications) d’aller vers des réseaux privés et cette machine, et en HTTP simple.',
  'personal.defaultQuotaMiB': 'Quota en Mio des nouveaux espaces personnels ; 0 : aucun.',
  'guests.enabled':
    'Permet d’inviter des personnes extérieures, qui ne voient que ce qui est partagé avec elles. L’administration le peut toujours.',
  'guests.maxPerUser': 'Nombre maximal d’invités actifs d’une personne ; 0 : sans limite.',
  'guests.maxPerDay':
    'Nombre maximal d’invitations qu’une personne envoie en un jour (UTC), répétitions comprises ; 0 : sans limite.',
  'guests.maxDays': 'Jours au bout desquels le compte d’un invité se termine au plus tard ; 0 : jamais.',
  'people.showEmail':
    'Montre les adresses e-mail à qui cherche avec qui partager, et permet de trouver des personnes par elles.',
  'personal.template':
    'Identifiant du dossier dont le contenu est copié dans les nouveaux espaces personnels ; vide : aucun. Se choisit à la page des espaces.',
  'personal.folders': 'Noms des dossiers par lesquels commencent les nouveaux espaces personnels.',
  'cells.enabled': 'Si l’on peut créer des Cells.',
  'cells.defaultQuotaMiB':
    'Quota en Mio des nouvelles Cells, et le plus que leurs propriétaires puissent choisir ; 0 : aucun.',
  'dav.infinityLimit':
    'Nombre maximal d’éléments d’une liste WebDAV avec « Depth: infinity » ; 0 : ces listes sont refusées.',
  'branding.name':
    'Nom de cette installation, montré par les pages publiques, les e-mails, les applications d’authentification et les clients WebDAV.',
  'branding.logo':
    'Image en tête des pages publiques, en URL de données d’au plus 100 000 signes (PNG, JPEG, WebP ou SVG) ; vide : celle de Volvox.',
  'branding.color': 'Couleur de la ligne en tête des pages publiques, en #rrggbb ; vide : aucune.',
  'branding.imprintUrl': 'Adresse des mentions légales, au pied des pages publiques ; vide : aucune.',
  'branding.privacyUrl':
    'Adresse de la politique de confidentialité, au pied des pages publiques ; vide : aucune.',
  'mail.host': 'Nom ou adresse du serveur de messagerie (SMTP) ; vide : aucun e-mail n’est envoyé.',
  'mail.port': 'Port du serveur de messagerie.',
  'mail.tls':
    'Chiffrement vers le serveur de messagerie : dès le début (port 465), par STARTTLS, alors exigé, ou aucun.',
  'mail.auth':
    'Comment s’identifier au serveur de messagerie ; mot de passe, secret du client et jeton de renouvellement sont dans le coffre.',
  'mail.user': 'Nom pour s’identifier au serveur de messagerie.',
  'mail.from': 'Adresse d’où viennent les e-mails.',
  'mail.replyTo': 'Adresse où vont les réponses ; vide : celle d’où viennent les e-mails.',
  'mail.language': 'Langue des e-mails à qui n’en a pas choisi.',
  'mail.oauthTokenUrl': 'Adresse où un jeton de renouvellement est échangé contre un jeton d’accès.',
  'mail.oauthClientId': 'Client OAuth2 que ce serveur est pour le fournisseur de messagerie.',
  'mail.keepDays': 'Jours pendant lesquels les e-mails envoyés et échoués restent notés ; 0 : toujours.',
  'audit.reads':
    'Quelles lectures de contenus figurent au journal d’audit : aucune, celles par liens publics, ou toutes.',
  'audit.keepDays': 'Jours pendant lesquels les événements d’audit sont gardés ; 0 : toujours.',
  'audit.syslog':
    'Serveur syslog qui reçoit les événements d’audit (RFC 5424), par exemple « udp://host:514 », « tcp://host:601 » ou « tls://host:6514 » ; vide : aucun.',
  'audit.webhook':
    'Adresse (https) à laquelle sont envoyés les événements d’audit, signés avec le secret du coffre ; vide : aucune.',
  'audit.webhookInside': 'Permet que cette adresse soit dans un réseau privé, et en HTTP simple.',
  'links.enabled':
    'Si des fichiers peuvent être partagés par liens publics ; non ferme aussi ceux qui existent.',
  'links.passwordRequired': 'Si un lien public a besoin d’un mot de passe ; ceux sans sont alors fermés.',
  'links.maxDays': 'Jours que vit au plus un lien public, comptés depuis sa création ; 0 : sans limite.',
  'links.defaultDays':
    'Jours au bout desquels un nouveau lien public se termine si rien n’est dit ; 0 : jamais.',
  'links.uploadAllowed':
    'Si les visiteurs d’un lien public peuvent envoyer des fichiers ; non ferme les boîtes de dépôt et les demandes de fichiers.',
  'links.receiptsPerDay':
    'Nombre maximal de reçus qu’une demande de fichiers envoie en 24 heures, chacun à une adresse saisie ; 0 : aucun.',
  'links.customSlug':
    'Si l’on peut choisir l’adresse d’un lien public ; non ferme ceux qui ont une adresse choisie.',
};

const own: Descriptions | undefined = { de, fr }[language as 'de' | 'fr'];

/** In the reader's language; of a setting that these pages do not know yet, as the server says it. */
export function descriptionOf({ key, description }: Pick<Setting, 'key' | 'description'>): string {
  return own?.[key] ?? description;
}
