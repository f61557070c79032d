// A database that cannot be opened any more: nobody can sign in, and the window offers what lies in the folder.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { By } from 'selenium-webdriver';
import { VAKHTAD } from '../programs.mjs';
import { ru } from '../words.mjs';
import { desk, driven, settle, signIn, until, windowManager } from './desktop.mjs';
import { screen } from './screen.mjs';

let at, app, manager, admin;

function vakhtad(...words) {
  const env = { ...process.env, ...at.env };
  return execFileSync(VAKHTAD, words, { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
}

before(async () => {
  manager = await windowManager();
  at = desk();
  admin = settle(at);
  vakhtad('visit', 'add', '--visitor', 'Ахметова Айгуль', '--host', 'Ким Д.');
  vakhtad('backup', 'create');
  writeFileSync(join(at.folder, 'vakhta.sqlite3'), Buffer.alloc(65_536, 0xaa));
  app = await driven(at);
});

after(async () => {
  await app?.quit();
  await manager?.stop();
  await at?.remove();
});

/** The button that is called so, once there is one that can be seen. */
const button = (name) =>
  until(name, () =>
    app.driver.executeScript(
      (wanted) => [...document.querySelectorAll('button')].find((each) => each.innerText.trim().split('\n')[0].trim() === wanted && each.checkVisibility()) ?? null,
      name,
    ),
  );

test('a backup in the folder takes the place of a database that is damaged', async () => {
  const page = screen(app);
  await page.main(ru('rescue_damaged'), ru('rescue_title'), ru('refused_damaged'));
  await page.shot('rescue');
  await (await button(ru('backup_restore'))).click();
  const restore = await button(ru('backup_restore_do'));
  assert.equal(await restore.isEnabled(), false, 'nobody goes back to a time that they have not looked at');
  await page.shot('rescue-consent');
  await (await app.driver.findElement(By.css('dialog[open] input[type=checkbox]'))).click();
  await restore.click();
  await button(ru('access_sign_in'));
  await signIn(app, admin);
  await until('the desk', () => page.script(() => document.querySelector('[role=search]') !== null));
  assert.equal((await page.visit('Ахметова Айгуль')).status, 'expected');
  const [kept] = readdirSync(join(at.folder, 'kept'));
  assert.ok(existsSync(join(at.folder, 'kept', kept, 'vakhta.sqlite3')), 'what was there is kept');
  const { error } = await app.invoke('rescue', { desk: '0198c0de-0000-7000-8000-000000000000', name: 'x' });
  assert.equal(error.code, 'wrong_state', 'where nothing is damaged, nothing is replaced');
});
