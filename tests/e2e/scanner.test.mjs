// A scanner: a keyboard that types a number and Enter within a few milliseconds, as on an American
// keyboard, on a desk whose layout is Russian.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { frames, hasFocus, reload, stage } from './browser.mjs';
import { keyboard } from './keys.mjs';
import { screen } from './screen.mjs';
import { ru } from './words.mjs';
import { until } from './world.mjs';

/** Letters too, so that the layout would spoil it. */
const CARD = '04A2B9C1';

const at = stage(async () => {
  await at.world.set({ desk: { language: 'ru', sounds: false } });
  await at.world.plan('Иванов Пётр', { card_no: CARD });
  await at.world.plan('Орлова Мария', { card_no: '0012345678' });
  await at.world.plan('Ли Виктор', { card_no: '77/A-1.2' });
});

async function opened(address = '#/desk') {
  const page = await at.open(address);
  return { page, desk: await screen(page, ru).ready(), scanner: await keyboard(page, 'ru'), person: await keyboard(page, 'ru') };
}

/** The code is in the one field as it was printed, the visit is found and chosen, one key from being let in. */
async function isFound(desk, name, code) {
  await desk.picked.filter({ hasText: name }).waitFor();
  assert.equal(await desk.field.inputValue(), code);
  await hasFocus(desk.field);
}

test('the keys of a scanner arrive as a scanner sends them', async () => {
  const { page, desk, scanner } = await opened();
  await page.addInitScript(() => {
    globalThis.pressed = [];
    const note = (event) => globalThis.pressed.push([event.code, event.key, event.timeStamp]);
    addEventListener('keydown', note, { capture: true });
  });
  await reload(page);
  await desk.ready();
  await scanner.scan('04A2');
  const pressed = await until('all keys', async () => {
    const all = await page.evaluate(() => globalThis.pressed);
    return all.length === 6 ? all : undefined;
  });
  assert.deepEqual(pressed.map(([code, key]) => [code, key]), [
    ['Digit0', '0'],
    ['Digit4', '4'],
    ['ShiftLeft', 'Shift'],
    ['KeyA', 'Ф'],
    ['Digit2', '2'],
    ['Enter', 'Enter'],
  ]);
  const took = pressed.at(-1)[2] - pressed[0][2];
  assert.ok(took > 10 && took < 25, `${took} ms`);
});

test('in the one field: found by its card, let in by Enter; twice in a moment is no leaving', async () => {
  const { desk, scanner, page } = await opened();
  await scanner.scan(CARD);
  await isFound(desk, 'Иванов Пётр', CARD);
  assert.equal((await at.world.visit('Иванов Пётр')).status, 'expected');
  await page.keyboard.press('Enter');
  await desk.row('inside', 'Иванов Пётр').waitFor();
  assert.equal((await at.world.visit('Иванов Пётр')).status, 'checked_in');

  await scanner.scan(CARD);
  await isFound(desk, 'Иванов Пётр', CARD);
  await frames(page);
  assert.equal((await at.world.visit('Иванов Пётр')).status, 'checked_in');
  await page.keyboard.press('Escape');
});

test('who is inside for a while leaves by the card alone, from any screen', async () => {
  const gate = await at.world.watched('Вход');
  const earlier = new Date(Date.now() - 3_600_000).toISOString();
  await at.world.plan('Сидоров Антон', { card_no: 'B0B0', from: earlier });
  await gate.pass({ card_no: 'B0B0', ago_s: 600 });
  const { desk, scanner, page } = await opened();
  await desk.row('inside', 'Сидоров Антон').waitFor();
  await page.keyboard.press('Alt+3');
  await desk.pick('settings_theme').waitFor();
  await scanner.scan('B0B0');
  await desk.toast(ru('acted_check_out', { name: 'Сидоров Антон' })).waitFor();
  assert.equal((await at.world.visit('Сидоров Антон')).status, 'checked_out');
  // It is taken back as easily.
  await desk.toasts.getByRole('button', { name: ru('action_undo') }).click();
  await until('inside again', async () => (await at.world.visit('Сидоров Антон')).status === 'checked_in');
});

for (const [address, what] of [['#/devices', 'devices'], ['#/settings/site', 'settings']]) {
  test(`from another screen: ${what}`, async () => {
    const { page, desk, scanner } = await opened(address);
    await page.evaluate(() => document.activeElement.blur());
    await scanner.scan('0012345678');
    await isFound(desk, 'Орлова Мария', '0012345678');
  });
}

test('while a list has the focus: no letter of it acts', async () => {
  const { page, desk, scanner } = await opened();
  await desk.row('expected', 'Ли Виктор').waitFor();
  await page.keyboard.press('F6');
  await hasFocus(desk.list('expected'));
  const before = await at.world.visits();
  await scanner.scan('77/A-1.2');
  await isFound(desk, 'Ли Виктор', '77/A-1.2');
  assert.deepEqual(await at.world.visits(), before);
});

test('a number that nobody has is said, and nothing else happens', async () => {
  const { desk, scanner } = await opened();
  await scanner.scan('99999999');
  await desk.toast('По коду «99999999» никого нет').waitFor();
});

test('a half-typed site keeps what was typed', async () => {
  const { page, desk, scanner } = await opened('#/settings/site');
  const name = desk.siteField('site_name');
  await name.fill('Северный');
  await name.press('End');
  await scanner.scan('0012345678');
  await isFound(desk, 'Орлова Мария', '0012345678');
  assert.equal(await name.inputValue(), 'Северный');
  assert.match(page.url(), /#\/settings\/site$/);
  assert.equal((await at.world.rpc('settings')).site.name, '');
});

test('the form of a new visit takes the card, keeps what was typed, and is not sent', async () => {
  const { page, desk, scanner, person } = await opened();
  await page.keyboard.press('F2');
  const form = desk.dialog('visit_new');
  const visitor = desk.formField(form, 'visit_new_visitor');
  await hasFocus(visitor);
  // A person types «Петров» with pauses; the scanner comes in between.
  await person.type('Gtnhj');
  assert.equal(await visitor.inputValue(), 'Петро');
  await scanner.scan('5566AB77');
  const card = desk.formField(form, 'visit_new_card');
  await until('the card', async () => (await card.inputValue()) === '5566AB77');
  assert.equal(await visitor.inputValue(), 'Петро');
  assert.equal(await form.isVisible(), true);
  await hasFocus(visitor);
  await person.type('d');
  assert.equal(await visitor.inputValue(), 'Петров');
  await page.keyboard.press('Tab');
  await page.keyboard.type('Ким Д.');
  await page.keyboard.press('Enter');
  await desk.row('expected', 'Петров').waitFor();
  assert.equal((await at.world.visit('Петров')).card_no, '5566AB77');
});

test('over the list of keys: the scan is told and can be acted upon', async () => {
  const { page, desk, scanner } = await opened();
  await page.keyboard.press('F1');
  await desk.dialog('keys_title').waitFor();
  await scanner.scan('0012345678');
  await desk.toast(ru('scan_found', { name: 'Орлова Мария', status: ru('status_expected') })).waitFor();
});

test('a person who types fast is no scanner', async () => {
  const { desk, person, page } = await opened();
  // Ten characters a second.
  await person.type('jhkjdf');
  await desk.picked.filter({ hasText: 'Орлова Мария' }).waitFor();
  assert.equal(await desk.field.inputValue(), 'орлова');
  await page.keyboard.press('Enter');
  await desk.row('inside', 'Орлова Мария').waitFor();
});
