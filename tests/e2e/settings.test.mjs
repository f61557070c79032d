// The settings: they take effect at once, stay, and are the same for every page that is open.

import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { frames, holding, reload, stage } from './browser.mjs';
import { screen } from './screen.mjs';
import { en, ru } from './words.mjs';
import { until, ZONE } from './world.mjs';

const at = stage();

beforeEach(() =>
  at.world.set({
    desk: { language: 'en', theme: 'light', density: 'comfortable', letter_keys: true, sounds: false },
    site: { name: '', zone: null, day_end: '23:59' },
  }),
);

const root = (page, name) => page.evaluate((name) => document.documentElement.dataset[name], name);
const rootIs = (page, name, wanted) =>
  until(`${name} ${wanted}`, async (instead) => {
    const is = await root(page, name);
    instead(is);
    return is === wanted;
  });

test('the language changes at once, everywhere, and stays', async () => {
  const page = await at.open('#/settings');
  const english = await screen(page, en).ready();
  assert.equal(await page.evaluate(() => document.documentElement.lang), 'en');
  await english.pick('settings_language').selectOption({ label: 'Русский' });

  const russian = await screen(page, ru).ready();
  assert.equal(await page.evaluate(() => document.documentElement.lang), 'ru');
  await russian.pick('settings_theme').waitFor();
  assert.deepEqual(await page.getByRole('navigation').first().getByRole('link').allInnerTexts(), [
    'Пост',
    'Устройства',
    'Настройки',
    'Люди',
    'Журнал',
  ]);
  assert.match(await page.title(), /^Вахта/);
  await reload(page);
  await russian.ready();
  await russian.pick('settings_language').selectOption({ label: 'English' });
  await english.ready();
  assert.match(await page.title(), /^Vakhta/);
});

test('what was changed can be taken back from its message', async () => {
  const page = await at.open('#/settings');
  const desk = await screen(page, en).ready();
  await desk.pick('settings_theme').selectOption('dark');
  await rootIs(page, 'theme', 'dark');
  await desk.toast('Theme: saved').waitFor();
  await desk.toasts.getByRole('button', { name: 'Undo' }).click();
  await rootIs(page, 'theme', 'light');
  await until('the settings', async () => (await at.world.rpc('settings')).desk.theme === 'light');
});

test('theme and density change at once and stay after a reload, without a flash of the other', async () => {
  const page = await at.open('#/settings');
  const desk = await screen(page, en).ready();
  assert.equal(await root(page, 'theme'), 'light');
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const bright = await background();
  await desk.pick('settings_theme').selectOption({ label: 'Dark' });
  await rootIs(page, 'theme', 'dark');
  await until('a dark page', async () => (await background()) !== bright);
  await desk.pick('settings_density').selectOption({ label: 'Compact' });
  await rootIs(page, 'density', 'compact');
  await until('the settings', async () => (await at.world.rpc('settings')).desk.density === 'compact');

  // What the page wears before it has asked for anything.
  await page.addInitScript(() => {
    globalThis.worn = [];
    new MutationObserver(() => globalThis.worn.push(document.documentElement.dataset.theme)).observe(document, {
      attributes: true,
      subtree: true,
      attributeFilter: ['data-theme'],
    });
  });
  await reload(page);
  await desk.ready();
  assert.deepEqual(new Set(await page.evaluate(() => globalThis.worn)), new Set(['dark']));
  assert.equal(await root(page, 'density'), 'compact');
  assert.equal(await desk.pick('settings_theme').inputValue(), 'dark');
});

test('the theme of the system is followed as it changes', async () => {
  const page = await at.open('#/settings');
  const desk = await screen(page, en).ready();
  await page.emulateMedia({ colorScheme: 'light' });
  await desk.pick('settings_theme').selectOption({ label: en('settings_system') });
  await rootIs(page, 'theme', 'light');
  await page.emulateMedia({ colorScheme: 'dark' });
  await rootIs(page, 'theme', 'dark');
});

test("times are shown in the site's zone, and follow it when it is changed", async () => {
  const page = await at.open('#/settings/site');
  const desk = await screen(page, en).ready();
  const clock = page.getByRole('contentinfo').locator('time');
  const shows = (zone) =>
    until(`the time in ${zone}`, async (instead) => {
      const time = new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
      const text = await clock.innerText();
      instead(text);
      return text.includes(time.format(Date.now())) && (await clock.getAttribute('title')).includes(zone);
    });
  await shows(ZONE);

  await desk.zone.click();
  await page.keyboard.type('алматы');
  await page.getByRole('option', { name: 'Asia/Almaty' }).waitFor();
  await page.keyboard.press('Enter');
  assert.match(await desk.zone.inputValue(), /^Almaty/);
  await desk.button('action_save').click();
  await desk.toast(en('site_saved')).waitFor();
  await shows('Asia/Almaty');
  await reload(page);
  await desk.ready();
  await shows('Asia/Almaty');
  assert.equal((await at.world.rpc('settings')).site.zone, 'Asia/Almaty');
});

test('a city is found by the name that it has today', async () => {
  const page = await at.open('#/settings/site');
  const desk = await screen(page, en).ready();
  await desk.zone.click();
  for (const city of ['Almaty', 'Алматы', 'Fkvfns', 'Kolkata', 'Kathmandu']) {
    await desk.zone.fill(city);
    await frames(page);
    assert.ok((await page.getByRole('option').count()) > 0, `nothing is found for ${city}`);
  }
});

test('a wrong value is refused beside its field, and nothing that was typed is lost', async () => {
  await at.world.set({ desk: { language: 'ru' } });
  const page = await at.open('#/settings/site');
  const desk = await screen(page, ru).ready();
  const end = desk.siteField('site_day_end');
  await desk.siteField('site_name').fill('Северный корпус');
  await end.fill('25:00');
  await desk.button('action_save').click();
  await page.getByText('Время пишется так: 08:30').waitFor();
  assert.equal(await end.getAttribute('aria-invalid'), 'true');
  const described = await end.getAttribute('aria-describedby');
  assert.equal(await page.locator(`[id="${described}"]`).innerText(), 'Время пишется так: 08:30');
  await until('the focus in the wrong field', () => end.evaluate((field) => field === document.activeElement));
  assert.equal((await at.world.rpc('settings')).site.name, '');

  // Looking something up elsewhere does not lose it.
  await desk.section('desk').click();
  await desk.section('settings').click();
  await page.getByRole('link', { name: ru('settings_site'), exact: true }).click();
  assert.equal(await desk.siteField('site_name').inputValue(), 'Северный корпус');
  await end.fill('1830');
  await desk.button('action_save').click();
  await desk.toast('Настройки объекта сохранены').waitFor();
  const { site } = await at.world.rpc('settings');
  assert.deepEqual([site.name, site.day_end], ['Северный корпус', '18:30']);
  await until('the title', async () => (await page.title()).includes('Северный корпус'));
});

test('what only the core can refuse is written beside its field too', async () => {
  const page = await at.open('#/settings/site');
  const desk = await screen(page, en).ready();
  const name = desk.siteField('site_name');
  // Longer than the field lets anybody type.
  await name.evaluate((field) => field.removeAttribute('maxlength'));
  await name.fill('N'.repeat(500));
  page.expect(/answered: 400 .*\/rpc$/, /console error: Failed to load resource: .* 400/);
  await desk.button('action_save').click();
  await page.getByText('Too long').waitFor();
  assert.equal(await name.getAttribute('aria-invalid'), 'true');
  assert.equal((await at.world.rpc('settings')).site.name, '');
});

test('two open pages follow each other', async () => {
  const [one, other] = [await at.open('#/settings'), await at.open('#/settings')];
  const here = await screen(one, en).ready();
  const there = await screen(other, en).ready();
  await here.pick('settings_theme').selectOption({ label: 'Dark' });
  await rootIs(other, 'theme', 'dark');
  await until('the same choice there', async () => (await there.pick('settings_theme').inputValue()) === 'dark');
  await there.pick('settings_language').selectOption({ label: 'Русский' });
  await screen(one, ru).ready();
});

test('an answer that comes late does not overwrite what another has changed since', async () => {
  const page = await at.open('#/settings');
  const desk = await screen(page, en).ready();
  const answers = await holding(page, 'desk_settings');
  await desk.pick('settings_theme').selectOption('dark');
  await answers.held;
  await at.world.set({ desk: { language: 'ru' } });
  const russian = await screen(page, ru).ready();
  await answers.release();
  assert.equal(await russian.field.count(), 1);
  assert.equal(await page.evaluate(() => document.documentElement.lang), 'ru');
});

test('who edits the site is told when another has changed it meanwhile', async () => {
  const page = await at.open('#/settings/site');
  const desk = await screen(page, en).ready();
  await desk.siteField('site_name').fill('Mine');
  await at.world.set({ site: { name: 'Theirs' } });
  await page.getByText(en('site_changed_elsewhere')).waitFor();
  assert.equal(await desk.siteField('site_name').inputValue(), 'Mine');
  await desk.button('site_discard').click();
  assert.equal(await desk.siteField('site_name').inputValue(), 'Theirs');
});
