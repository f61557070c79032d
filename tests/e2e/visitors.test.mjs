// Who a visitor is: typed with the visit, masked for everybody, shown to who may see it, forgotten.
// And the kit that opens what is sealed.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { frames, reload, shot, stage } from './browser.mjs';
import { screen } from './screen.mjs';
import { en } from './words.mjs';
import { until } from './world.mjs';

const at = stage(() => at.world.set({ desk: { language: 'en', theme: 'light' } }));

/** A line of what is known of a visitor, by what it is. */
const line = (panel, kind) => panel.locator('dl', { hasText: en('identity_phone') }).locator(`dt:text-is("${en(kind)}") + dd`);

test('a number is typed once, is masked, and is shown to who asks for it, for a while', async () => {
  const page = await at.open();
  const desk = await screen(page, en).ready();
  await desk.button('action_new_visit').first().click();
  const form = desk.dialog('visit_new');
  await desk.formField(form, 'visit_new_visitor').fill('Nurlan Example');
  await desk.formField(form, 'visit_new_host').fill('Kim D.');
  await desk.formField(form, 'identity_phone').fill('8 701 000 00 42');
  await desk.formField(form, 'identity_iin').fill('910317373911');
  page.expect(/answered: 4\d\d .*\/rpc/, /status of 4\d\d/);
  await form.getByRole('button', { name: en('visit_new_save'), exact: true }).click();
  await form.getByText(en('problem_mistyped')).waitFor();
  await shot(page, 'visitor-form');
  // What is half-typed is kept over a reload, but for what must rest nowhere.
  const kept = await page.evaluate(() => JSON.stringify({ ...sessionStorage, ...localStorage }));
  assert.match(kept, /Nurlan/);
  assert.doesNotMatch(kept, /8 701|000 00|9103173/);
  await desk.formField(form, 'identity_iin').fill('910317373910');
  await form.getByRole('button', { name: en('visit_new_save'), exact: true }).click();
  await form.waitFor({ state: 'detached' });

  await desk.field.fill('0042');
  await desk.found.filter({ hasText: 'Nurlan' }).click();
  const panel = desk.panel('visit_title');
  await line(panel, 'identity_phone').getByText('•••0042').waitFor();
  await line(panel, 'identity_iin').getByText('•••910').waitFor();
  assert.doesNotMatch(await page.content(), /910317373910|77010000042/);
  await line(panel, 'identity_iin').getByRole('button').click();
  await line(panel, 'identity_iin').getByText('910317373910').waitFor();
  await panel.getByText(en('identity_shown')).waitFor();
  await shot(page, 'visitor-shown');
  const views = { author: null, kinds: ['visitor.revealed'], entity: null, from: null, until: null, before: null, limit: 10 };
  assert.equal((await at.world.rpc('audit', views)).length, 1);
  await line(panel, 'identity_iin').getByRole('button').click();
  await until('hidden again', async () => !(await page.content()).includes('910317373910'));

  await panel.getByRole('button', { name: en('identity_change'), exact: true }).click();
  const change = desk.dialog('identity_change_of', { name: 'Nurlan Example' });
  await change.getByRole('checkbox', { name: en('identity_remove') }).first().check();
  await desk.formField(change, 'identity_document').fill('N 10203040');
  await change.getByRole('button', { name: en('action_save'), exact: true }).click();
  await change.waitFor({ state: 'detached' });
  await line(panel, 'identity_document').getByText('•••040').waitFor();
  await line(panel, 'identity_iin').waitFor({ state: 'detached' });
});

test('whoever is erased has no name left on the page, nor after it is loaded anew', async () => {
  const visit = await at.world.rpc('visit_add', {
    visitor: 'Erasmus Vanished', host: 'Kim D.', purpose: null, person_no: null, card_no: null, document: null,
    iin: null, phone: '8 701 000 00 77', from: null, until: null, profile: 'single',
  });
  await at.world.rpc('visit_act', { id: visit.id, action: 'cancel' });
  const page = await at.open(`#/desk?visit=${visit.id}`);
  const desk = await screen(page, en).ready();
  const panel = desk.panel('visit_title');
  await panel.getByRole('heading', { name: 'Erasmus Vanished' }).waitFor();
  await panel.getByRole('button', { name: en('visitor_erase'), exact: true }).click();
  const ask = desk.dialog('visitor_erase_of', { name: 'Erasmus Vanished' });
  await shot(page, 'visitor-erase');
  await ask.getByRole('button', { name: en('visitor_erase_do'), exact: true }).click();
  await ask.waitFor({ state: 'detached' });
  await panel.getByRole('heading', { name: en('visitor_erased') }).waitFor();
  await until('no name on the page', async () => !(await page.content()).includes('Erasmus'));
  await reload(page);
  await desk.ready();
  await panel.getByText(en('visitor_erased_hint')).waitFor();
  assert.doesNotMatch(await page.content(), /Erasmus/);
});

test('a new recovery kit takes effect once its last group was typed', async () => {
  const page = await at.open('#/settings/security');
  const desk = await screen(page, en).ready();
  const { id: before } = (await at.world.rpc('status')).kit;
  await desk.button('kit_make').click();
  const code = page.getByText(/^([0-9A-Z]{5}-){7}[0-9A-Z]{5}$/).first();
  const group = (await code.innerText()).split('-').at(-1);
  await page.getByText(en('kit_old_good', { id: before })).waitFor();
  await shot(page, 'kit-drawn');
  page.expect(/answered: 4\d\d .*\/rpc/, /status of 4\d\d/);
  const typed = page.getByLabel(en('access_kit_confirm'));
  await typed.fill('AAAAA');
  await desk.button('kit_confirm').click();
  await page.getByText(en('kit_wrong_group')).waitFor();
  assert.equal((await at.world.rpc('status')).kit.id, before);
  await typed.fill(group.toLowerCase());
  await desk.button('kit_confirm').click();
  await code.waitFor({ state: 'detached' });
  const { id, confirmed } = (await at.world.rpc('status')).kit;
  assert.notEqual(id, before);
  assert.equal(confirmed, true);
  await desk.button('site_key_change').click();
  await desk.dialog('site_key_change').getByRole('button', { name: en('site_key_change'), exact: true }).click();
  await desk.toast(en('site_key_changed', { number: '2' })).waitFor();
  await frames(page);
  await shot(page, 'kit-confirmed');
});
