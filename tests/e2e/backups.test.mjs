// Backups from the page: made, read back, restored over what is there; and how Vakhta says it is.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stage } from './browser.mjs';
import { screen } from './screen.mjs';
import { en } from './words.mjs';
import { until } from './world.mjs';

const at = stage(() => at.world.set({ desk: { language: 'en', theme: 'light' } }));

test('a backup is made and read back, and what the health says changes with it', async () => {
  const page = await at.open('#/settings/backups');
  const desk = await screen(page, en).ready();
  await page.getByText(en('backup_none')).waitFor();
  await desk.button('backup_make').click();
  await page.getByText(en('backup_done_create')).waitFor();
  await page.getByText(en('backup_only_here')).waitFor();
  const { targets } = await at.world.rpc('backups');
  assert.equal(targets[0].copies.length, 1);
  assert.notEqual(targets[0].copies[0].verified, null);
  await page.goto(page.url().replace(/#.*/, '#/settings/health'));
  await page.getByRole('heading', { name: en('settings_health'), exact: true }).waitFor();
  await page.getByText(en('health_part_keyring')).first().waitFor();
});

// The last one: whoever restores has to sign in again.
test('a backup takes the place of what is there once its date has been looked at', async () => {
  await at.world.plan('Stays Here');
  await at.world.rpc('backup_create');
  await until('a backup', async () => (await at.world.rpc('backups')).work === null);
  await at.world.plan('Comes Later');
  const page = await at.open('#/settings/backups');
  const desk = await screen(page, en).ready();
  await page.getByRole('button', { name: /^Restore….*backup of/ }).first().click();
  const dialog = desk.dialog('backup_restore_title');
  const act = dialog.getByRole('button', { name: en('backup_restore_do'), exact: true });
  assert.equal(await act.isDisabled(), true);
  await dialog.getByRole('checkbox').check();
  // The core goes and comes back meanwhile, and knows nobody afterwards.
  page.expect(/.*/);
  await act.click();
  await page.getByRole('button', { name: en('access_sign_in'), exact: true }).waitFor();
});
