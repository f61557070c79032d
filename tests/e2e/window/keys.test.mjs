// The desk without a mouse, in the real window: keys as they come through the X server and the
// Russian layout, from a person and from a scanner.

import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { simulator } from '../simulator.mjs';
import { ru } from '../words.mjs';
import { desk, driven, settle, signIn, windowManager } from './desktop.mjs';
import { layout, press, scan, type } from './keys.mjs';
import { screen } from './screen.mjs';

/** Letters too, so that the layout would spoil it. */
const CARD = '04A2B9C1';

let at, app, manager, page, entry;

before(async () => {
  manager = await windowManager();
  at = desk();
  const admin = settle(at);
  app = await driven(at);
  await signIn(app, admin);
  page = screen(app);
  await page.load();
  entry = await simulator('--serial-number', 'SN-1');
  await page.watch('Турникет', entry);
  layout('ru');
});

beforeEach(async () => {
  await page.go('#/desk');
  await page.fieldIs('');
});

afterEach(async () => {
  assert.deepEqual(await page.complaints(), [], 'the page complains');
  assert.doesNotMatch(app.said(), /ERROR|panicked/);
});

after(async () => {
  layout('us');
  await app?.quit();
  await entry?.end();
  await manager?.stop();
  await at?.remove();
});

const EXPECTED = ru('desk_expected');
const INSIDE = ru('desk_inside');

test('somebody is found by a few letters, let in by Enter, taken back by Ctrl+Z, and let out', async () => {
  await page.plan('Иванов Пётр');
  await page.row(EXPECTED, 'Иванов Пётр');
  type('bdfyjd');
  await page.picked('Иванов Пётр', ru('act_check_in'));
  await page.fieldIs('иванов');
  await page.shot('found');
  press('Enter');
  await page.row(INSIDE, 'Иванов Пётр');
  await page.noRow(EXPECTED, 'Иванов Пётр');
  await page.toast(ru('acted_check_in', { name: 'Иванов Пётр' }));
  await page.becomes('Иванов Пётр', 'checked_in');
  await page.fieldIs('');
  await page.shot('let-in');

  press('ctrl+KeyZ');
  await page.row(EXPECTED, 'Иванов Пётр');
  await page.noRow(INSIDE, 'Иванов Пётр');
  await page.toast(ru('acted_undo', { name: 'Иванов Пётр' }));
  await page.becomes('Иванов Пётр', 'expected');

  type('bdfyjd');
  await page.picked('Иванов Пётр', ru('act_check_in'));
  press('Enter');
  await page.row(INSIDE, 'Иванов Пётр');
  type('bdfyjd');
  await page.picked('Иванов Пётр', ru('act_check_out'));
  press('Enter');
  await page.noRow(INSIDE, 'Иванов Пётр');
  await page.becomes('Иванов Пётр', 'checked_out');
});

test('the lists by keys: a row after another, in, cancelled, each taken back, details', async () => {
  for (const [visitor, from] of [['Гость 1', -5], ['Гость 2', -4], ['Гость 3', -3]]) await page.plan(visitor, { from });
  await page.row(EXPECTED, 'Гость 3');
  press('F6');
  await page.focusOn(EXPECTED);
  await page.chosen(EXPECTED, 'Гость 1');
  press('ArrowDown');
  await page.chosen(EXPECTED, 'Гость 2');
  press('Enter');
  await page.row(INSIDE, 'Гость 2');
  // The row stays where it is and says what has become of it; the operator goes on in the list.
  await page.row(EXPECTED, 'Гость 2', ru('status_checked_in'));
  await page.focusOn(EXPECTED);
  press('ArrowDown');
  await page.chosen(EXPECTED, 'Гость 3');
  press('Delete');
  await page.becomes('Гость 3', 'cancelled');
  await page.toast(ru('acted_cancel', { name: 'Гость 3' }));
  press('ctrl+KeyZ');
  await page.becomes('Гость 3', 'expected');
  await page.toast(ru('acted_undo', { name: 'Гость 3' }));
  press('ctrl+KeyZ');
  await page.becomes('Гость 2', 'expected');
  press('Space');
  await page.panel(ru('visit_title'), 'Гость 3');
  press('Escape');
  await page.gone('section.panel');
  await page.focusOn(EXPECTED);
  press('Escape');
  await page.fieldIs('');
});

test('a new visit: F2, two fields, Enter', async () => {
  press('F2');
  await page.dialog(ru('visit_new'));
  await page.focusOn(ru('visit_new_visitor'));
  type('Gtnhjd');
  press('Tab');
  await page.focusOn(ru('visit_new_host'));
  type('Rbv');
  await page.shot('new-visit');
  press('Enter');
  await page.gone('dialog[open]');
  await page.row(EXPECTED, 'Петров', 'Ким');
  await page.fieldIs('');
});

test('the sections by Alt and a digit, the field by Ctrl and a letter, whatever the layout makes of it', async () => {
  press('alt+Digit2');
  await page.main('Турникет', ru('action_add_device'));
  press('alt+Digit3');
  await page.main(ru('settings_theme'));
  press('alt+Digit1');
  await page.row(EXPECTED, 'Петров');
  press('F6');
  await page.focusOn(EXPECTED);
  press('ctrl+KeyK');
  await page.fieldIs('');
});

test('a scan under the Russian layout: found by the card as it is printed, let in by Enter', async () => {
  await page.plan('Орлова Мария', { card_no: CARD });
  scan(CARD);
  await page.picked('Орлова Мария', ru('act_check_in'));
  await page.fieldIs(CARD);
  assert.equal((await page.visit('Орлова Мария')).status, 'expected');
  press('Enter');
  await page.row(INSIDE, 'Орлова Мария');
  await page.becomes('Орлова Мария', 'checked_in');
});

test('who is inside for a while leaves by the card alone, from any screen, and is taken back by keys', async () => {
  await page.plan('Сидоров Антон', { card_no: 'B0B0', from: -60 });
  await entry.pass({ card_no: 'B0B0', ago_s: 600 });
  await page.becomes('Сидоров Антон', 'checked_in');
  press('alt+Digit3');
  await page.main(ru('settings_theme'));
  scan('B0B0');
  await page.toast(ru('acted_check_out', { name: 'Сидоров Антон' }));
  await page.becomes('Сидоров Антон', 'checked_out');
  press('F8', 'Enter');
  await page.becomes('Сидоров Антон', 'checked_in');
});

test('a scan while a form is half typed is its card, and leaves what was typed as it was', async () => {
  press('F2');
  await page.focusOn(ru('visit_new_visitor'));
  type('Ctl');
  scan('99999999');
  await page.toast(ru('visit_new_scanned', { number: '99999999' }));
  assert.equal(await page.typed(ru('visit_new_visitor')), 'Сед');
  assert.equal(await page.typed(ru('visit_new_card')), '99999999');
  press('Escape');
  await page.gone('dialog[open]');
});
