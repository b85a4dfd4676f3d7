/** The two pages that the protocol itself shows: "something is wrong" and "really sign out?". No script, no foreign resource. */
import type { KoaContextWithOIDC } from 'oidc-provider';

const languages = ['en', 'de', 'fr'] as const;

const texts = {
  en: {
    failed: 'This sign-in does not work',
    failedText: 'The app that sent you here made a mistake. Go back to it and try again.',
    laterText: 'The server cannot do that right now. Try again in a minute.',
    logout: 'Sign out?',
    logoutText: 'You will be signed out here and of the apps that you signed in to from here.',
    yes: 'Sign out',
    no: 'Stay signed in',
    done: 'You are signed out',
  },
  de: {
    failed: 'Diese Anmeldung funktioniert nicht',
    failedText:
      'Die App, die Sie hierher geschickt hat, hat einen Fehler gemacht. Versuchen Sie es dort noch einmal.',
    laterText: 'Der Server kann das gerade nicht. Versuchen Sie es in einer Minute noch einmal.',
    logout: 'Abmelden?',
    logoutText:
      'Sie werden hier und bei den Apps abgemeldet, bei denen Sie sich von hier aus angemeldet haben.',
    yes: 'Abmelden',
    no: 'Angemeldet bleiben',
    done: 'Sie sind abgemeldet',
  },
  fr: {
    failed: 'Cette connexion ne fonctionne pas',
    failedText: 'L’application qui vous a envoyé ici a commis une erreur. Retournez-y et réessayez.',
    laterText: 'Le serveur ne peut pas le faire pour l’instant. Réessayez dans une minute.',
    logout: 'Se déconnecter ?',
    logoutText:
      'Vous serez déconnecté d’ici et des applications auxquelles vous vous êtes connecté depuis ici.',
    yes: 'Se déconnecter',
    no: 'Rester connecté',
    done: 'Vous êtes déconnecté',
  },
} as const;

const style = `body{font:16px/1.5 system-ui,sans-serif;max-width:28rem;margin:12vh auto;padding:0 1.5rem;color:#1f2430;background:#fff}
h1{font-size:1.5rem}code{color:#5b6472}button{font:inherit;padding:.6rem 1.2rem;margin:0 .5rem .5rem 0;border-radius:.5rem;border:1px solid #4b5bdc;background:#4b5bdc;color:#fff;cursor:pointer}
button.quiet{background:transparent;color:inherit;border-color:#8b93a3}@media(prefers-color-scheme:dark){body{color:#e8eaf0;background:#15171c}code{color:#a3abba}}`;

export function showError(
  ctx: KoaContextWithOIDC,
  out: { readonly error: string; readonly error_description?: string },
): void {
  const t = textsOf(ctx);
  const detail = [out.error, out.error_description].filter((part) => part !== undefined).join(': ');
  page(ctx, t.failed, `<p>${t.failedText}</p><p><code>${escape(detail)}</code></p>`);
}

export function showLater(ctx: KoaContextWithOIDC): void {
  const t = textsOf(ctx);
  page(ctx, t.failed, `<p>${t.laterText}</p>`);
}

/** @param form hidden fields and where they go, made by the library */
export function askLogout(ctx: KoaContextWithOIDC, form: string): void {
  const t = textsOf(ctx);
  page(
    ctx,
    t.logout,
    `<p>${t.logoutText}</p>${form}<p><button autofocus type="submit" form="op.logoutForm" name="logout" value="yes">${t.yes}</button><button class="quiet" type="submit" form="op.logoutForm">${t.no}</button></p>`,
  );
}

export function showLoggedOut(ctx: KoaContextWithOIDC): void {
  page(ctx, textsOf(ctx).done, '');
}

/** Scripts that the library adds (it posts forms by one) are let through by their hash, which it appends itself. */
export const protocolPagePolicy =
  "default-src 'none'; style-src 'unsafe-inline'; script-src ; base-uri 'none'; frame-ancestors 'none'";

function page(ctx: KoaContextWithOIDC, title: string, body: string): void {
  ctx.type = 'html';
  ctx.body = `<!doctype html><html lang="${languageOf(ctx)}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title><style>${style}</style></head><body><main><h1>${title}</h1>${body}</main></body></html>`;
}

function languageOf(ctx: KoaContextWithOIDC): (typeof languages)[number] {
  const best = ctx.acceptsLanguages(...languages);
  return languages.find((language) => language === best) ?? 'en';
}

function textsOf(ctx: KoaContextWithOIDC): (typeof texts)[keyof typeof texts] {
  return texts[languageOf(ctx)];
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
