/** The web application in a real browser on a real server; one server and one browser for all. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { administration } from './administration.ts';
import { apps } from './apps.ts';
import { hasBrowser } from './browser.ts';
import { everyday } from './everyday.ts';
import { firstDay } from './first-day.ts';
import { keyboard } from './keyboard.ts';
import { languages } from './languages.ts';
import { largeFolders } from './large-folders.ts';
import { links } from './links.ts';
import { operations } from './operations.ts';
import { permissions } from './permissions.ts';
import { people } from './people.ts';
import { phoneDialogs } from './phone.ts';
import { previews } from './previews.ts';
import { records } from './records.ts';
import { sharing } from './sharing.ts';
import { signIn } from './signin.ts';
import { uploadChoices } from './upload-choices.ts';
import { uploads } from './uploads.ts';
import { World } from './world.ts';

describe('the web application', { skip: hasBrowser ? false : 'no Chromium here' }, () => {
  const world = new World();
  before(() => world.start());
  after(() => world.stop());

  firstDay(world);
  uploads(world);
  uploadChoices(world);
  previews(world);
  largeFolders(world);
  describe('people', () => people(world));
  describe('administration of one user', () => administration(world));
  everyday(world);
  describe('links', () => links(world));
  describe('sharing', () => sharing(world));
  describe('sharing on a phone', () => phoneDialogs(world));
  describe('sharing by keyboard', () => keyboard(world));
  describe('permissions', () => permissions(world));
  describe('apps', () => apps(world));
  describe('records', () => records(world));
  describe('operations', () => operations(world));
  describe('languages', () => languages(world));
  describe('signing in', () => signIn(world));

  it('had no exception and no refusal by the content security policy on the way', () => {
    assert.deepEqual(world.faults, []);
  });
});
