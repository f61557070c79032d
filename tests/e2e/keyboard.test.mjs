// The desk without a mouse.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { focused, frames, hasFocus, holding, shot, stage } from './browser.mjs';
import { keyboard, PAUSE_MS } from './keys.mjs';
import { screen } from './screen.mjs';
import { ru } from './words.mjs';
import { until } from './world.mjs';

const at = stage(() => at.world.set({ desk: { language: 'ru', sounds: false } }));

async function opened(address = '#/desk', options) {
  const page = await at.open(address, options);
  const desk = await screen(page, ru).ready();
  return { page, desk, press: (key) => page.keyboard.press(key), type: (text) => page.keyboard.type(text, { delay: PAUSE_MS }) };
}

const statusOf = async (visitor) => (await at.world.visit(visitor))?.status;
const becomes = (visitor, status) =>
  until(`${visitor} is ${status}`, async (instead) => {
    const is = await statusOf(visitor);
    instead(is);
    return is === status;
  });

/** The one field has the focus and is empty. */
async function backInTheField(desk) {
  await hasFocus(desk.field);
  await until('an empty field', async () => (await desk.field.inputValue()) === '');
}

test('the one field has the focus from the start', async () => {
  const { desk } = await opened();
  await backInTheField(desk);
});

test('a new visit: F2, two fields, Enter', async () => {
  const { desk, press, type } = await opened();
  await press('F2');
  const form = desk.dialog('visit_new');
  await hasFocus(desk.formField(form, 'visit_new_visitor'));
  await type('Иванов Пётр');
  await press('Tab');
  await hasFocus(desk.formField(form, 'visit_new_host'));
  await type('Ким Д.');
  await press('Enter');
  await form.waitFor({ state: 'detached' });
  await desk.row('expected', 'Иванов Пётр').waitFor();
  await desk.toast(ru('visit_new_added', { name: 'Иванов Пётр' })).waitFor();
  await backInTheField(desk);
  assert.equal(await statusOf('Иванов Пётр'), 'expected');
});

test('a new visit that is let in at once: Ctrl+Enter', async () => {
  const { desk, press, type } = await opened();
  await press('F2');
  await hasFocus(desk.formField(desk.dialog('visit_new'), 'visit_new_visitor'));
  await type('Greene Thomas');
  await press('Tab');
  await type('Ли');
  await press('Control+Enter');
  await desk.row('inside', 'Greene Thomas').waitFor();
  await backInTheField(desk);
  assert.equal(await statusOf('Greene Thomas'), 'checked_in');
});

test('what is missing is said beside its field, and the focus goes there', async () => {
  const { page, desk, press, type } = await opened();
  page.expect(/answered: 400 .*\/rpc$/, /console error: Failed to load resource: .* 400/);
  await press('F2');
  const form = desk.dialog('visit_new');
  const host = desk.formField(form, 'visit_new_host');
  await hasFocus(desk.formField(form, 'visit_new_visitor'));
  await type('Безхозяйный Олег');
  await press('Enter');
  await form.getByText('Не заполнено').waitFor();
  await hasFocus(host);
  assert.equal(await host.getAttribute('aria-invalid'), 'true');
  await type('Ким Д.');
  await press('Enter');
  await desk.row('expected', 'Безхозяйный Олег').waitFor();
});

test('somebody is found by a few letters, let in by Enter, taken back by Ctrl+Z, and let out', async () => {
  const { desk, press, type } = await opened();
  for (const letters of ['ива', 'петр', 'ИВАНОВ П']) {
    await type(letters);
    const [best] = await until('somebody found', async () => {
      const all = await desk.found.allInnerTexts();
      return all[0]?.includes('Иванов Пётр') ? all : undefined;
    });
    assert.match(best, /Пришёл/);
    await press('Escape');
    await backInTheField(desk);
  }
  await type('ива');
  // What looks chosen is what Enter does.
  const first = desk.picked;
  await first.getByText('Иванов Пётр').waitFor();
  assert.equal(await desk.field.getAttribute('aria-activedescendant'), await first.getAttribute('id'));
  await press('Enter');
  await desk.row('inside', 'Иванов Пётр').waitFor();
  await desk.toast(ru('acted_check_in', { name: 'Иванов Пётр' })).waitFor();
  await backInTheField(desk);
  await becomes('Иванов Пётр', 'checked_in');

  await press('Control+z');
  await desk.row('expected', 'Иванов Пётр').waitFor();
  await desk.row('inside', 'Иванов Пётр').waitFor({ state: 'detached' });
  await becomes('Иванов Пётр', 'expected');
  await backInTheField(desk);
  // There is no more to take back than was done.
  await press('Control+z');
  await desk.toast(ru('desk_nothing_to_undo')).waitFor();

  await type('иванов');
  await desk.picked.getByText('Пришёл').waitFor();
  await press('Enter');
  await becomes('Иванов Пётр', 'checked_in');
  await type('иванов');
  await desk.picked.getByText('Ушёл').first().waitFor();
  await press('Enter');
  await becomes('Иванов Пётр', 'checked_out');
  await desk.row('inside', 'Иванов Пётр').waitFor({ state: 'detached' });
  await backInTheField(desk);
});

test('the layout does not matter: what is typed in the wrong one finds, and keys go by their place', async () => {
  await at.world.plan('Қуанышбекова Айгерім', { host: 'Ли' });
  const { page, desk, press } = await opened();
  const russian = await keyboard(page, 'ru');
  const american = await keyboard(page, 'us');
  // «bdfyjd» is «иванов» typed with the wrong layout, «пкуу» is «gree».
  await page.keyboard.type('bdfyjd', { delay: PAUSE_MS });
  await desk.found.filter({ hasText: 'Иванов Пётр' }).first().waitFor();
  await press('Escape');
  await russian.type('gree');
  assert.equal(await desk.field.inputValue(), 'пкуу');
  await desk.found.filter({ hasText: 'Greene Thomas' }).first().waitFor();
  await press('Escape');
  await page.keyboard.type('куанышб');
  await desk.picked.filter({ hasText: 'Қуанышбекова Айгерім' }).waitFor();
  await press('Enter');
  await desk.toast(ru('acted_check_in', { name: 'Қуанышбекова Айгерім' })).waitFor();
  await becomes('Қуанышбекова Айгерім', 'checked_in');
  await backInTheField(desk);

  // Ctrl+Я is Ctrl+Z, Ctrl+Л is Ctrl+K.
  await russian.ctrl('z');
  await becomes('Қуанышбекова Айгерім', 'expected');
  await russian.alt('3');
  await desk.pick('settings_theme').waitFor();
  await russian.ctrl('k');
  await hasFocus(desk.field);
  await american.alt('1');
  await desk.list('expected').waitFor();
});

test('F1 lists the keys, and gives the focus back', async () => {
  const { page, desk, press } = await opened();
  await press('F1');
  const help = desk.dialog('keys_title');
  await help.waitFor();
  const text = (await help.innerText()).replace(/\s+/g, ' ');
  const lines = { action_new_visit: 'F2', search_focus: 'Ctrl K', desk_key_undo: 'Ctrl Z', desk_key_act: 'Enter' };
  for (const [does, caps] of Object.entries(lines)) assert.ok(text.includes(`${ru(does)} ${caps}`), `${does}: ${text}`);
  for (const heading of ['keys_everywhere', 'keys_desk', 'keys_field', 'keys_scan']) {
    await help.getByRole('heading', { name: ru(heading), exact: true }).waitFor();
  }
  await shot(page, 'keyboard-help');
  await press('Escape');
  await help.waitFor({ state: 'detached' });
  await hasFocus(desk.field);
  await press('F1');
  await help.waitFor();
  await press('F1');
  await help.waitFor({ state: 'detached' });
  await hasFocus(desk.field);
});

test('the lists by keys: one row after another, in and out, details, cancelled, taken back', async () => {
  for (const number of [1, 2, 3]) {
    const from = new Date(Date.now() - (9 - number) * 60_000).toISOString();
    await at.world.plan(`Гость ${number}`, { from });
  }
  const { page, desk, press } = await opened();
  await desk.row('expected', 'Гость 3').waitFor();
  await press('F6');
  await hasFocus(desk.list('expected'));
  const chosen = async (list) => (await desk.chosen(list).allInnerTexts()).join().replace(/\s+/g, ' ');
  const chosenIs = (list, name) =>
    until(`${name} is chosen`, async (instead) => {
      const is = await chosen(list);
      instead(is);
      return is.includes(name);
    });
  await chosenIs('expected', 'Гость 1');
  await press('ArrowDown');
  await chosenIs('expected', 'Гость 2');
  await press('ArrowUp');
  await chosenIs('expected', 'Гость 1');
  await press('KeyJ');
  await chosenIs('expected', 'Гость 2');
  const named = await desk.list('expected').getAttribute('aria-activedescendant');
  assert.equal(await desk.chosen('expected').getAttribute('id'), named);

  // The row stays where it is and says what has become of it; the operator goes on in the list.
  const top = async () => (await desk.row('expected', 'Гость 3').boundingBox()).y;
  const before = await top();
  await press('Enter');
  await desk.toast(ru('acted_check_in', { name: 'Гость 2' })).waitFor();
  await becomes('Гость 2', 'checked_in');
  await desk.row('inside', 'Гость 2').waitFor();
  assert.match(await chosen('expected'), /Гость 2.*Внутри/);
  assert.equal(await top(), before);
  await hasFocus(desk.list('expected'));
  // Held down or pressed twice, it does not act upon what is done.
  await press('Enter');
  await frames(page);
  assert.equal(await statusOf('Гость 2'), 'checked_in');
  await press('ArrowDown');
  await chosenIs('expected', 'Гость 3');
  await press('Delete');
  await desk.toast(ru('acted_cancel', { name: 'Гость 3' })).waitFor();
  await becomes('Гость 3', 'cancelled');
  await press('Control+z');
  await desk.toast(ru('acted_undo', { name: 'Гость 3' })).waitFor();
  await becomes('Гость 3', 'expected');
  await press('Control+z');
  await becomes('Гость 2', 'expected');

  await press('Space');
  await desk.panel('visit_title').getByRole('heading', { name: 'Гость 3' }).waitFor();
  await press('Escape');
  await desk.panel('visit_title').waitFor({ state: 'detached' });
  // Back to the row that was looked at, and from there to the field.
  await hasFocus(desk.list('expected'));
  await chosenIs('expected', 'Гость 3');
  await press('Escape');
  await hasFocus(desk.field);

  await press('F6');
  await hasFocus(desk.list('expected'));
  await press('ArrowRight');
  await hasFocus(desk.list('inside'));
  await press('ArrowLeft');
  await hasFocus(desk.list('expected'));
});

test('when the last of a list has gone, the focus is not lost', async () => {
  const { page, desk, press } = await opened();
  await press('F6');
  await press('ArrowRight');
  await hasFocus(desk.list('inside'));
  assert.match(await desk.chosen('inside').innerText(), /Greene Thomas/);
  await press('Enter');
  await desk.toast(ru('acted_check_out', { name: 'Greene Thomas' })).waitFor();
  await frames(page);
  assert.notEqual(await focused(page), 'body');
  // The desk goes on by keys.
  await press('F6');
  await hasFocus(desk.list('expected'));
});

test('Ctrl+Z while the answer is under way takes back no older action', async () => {
  for (const visitor of ['Первый', 'Второй']) await at.world.plan(visitor);
  const { page, desk, press, type } = await opened();
  await type('первый');
  await desk.picked.getByText('Первый').waitFor();
  await press('Enter');
  await desk.toast(ru('acted_check_in', { name: 'Первый' })).waitFor();
  const answers = await holding(page, 'visit_act');
  await type('второй');
  await desk.picked.getByText('Второй').waitFor();
  await press('Enter');
  await answers.held;
  await press('Control+z');
  await answers.release();
  await desk.toast(ru('acted_undo', { name: 'Второй' })).waitFor();
  assert.equal(await statusOf('Первый'), 'checked_in');
  assert.equal(await statusOf('Второй'), 'expected');
});

test('single letters can be turned off', async () => {
  await at.world.set({ desk: { letter_keys: false } });
  const { page, desk, press } = await opened();
  await press('F6');
  await hasFocus(desk.list('expected'));
  const before = await desk.chosen('expected').innerText();
  await press('KeyJ');
  // Longer than a letter waits for a scanner: the next key comes after it.
  await page.evaluate(() => new Promise((done) => setTimeout(done, 100)));
  assert.equal(await desk.chosen('expected').innerText(), before);
  await at.world.set({ desk: { letter_keys: true } });
});

test('Esc leaves one thing at a time and loses nothing', async () => {
  const { desk, press, type } = await opened();
  await type('гость');
  await desk.found.first().waitFor();
  await press('Escape');
  await backInTheField(desk);
  assert.equal(await desk.field.getAttribute('aria-expanded'), 'false');

  await press('F2');
  const form = desk.dialog('visit_new');
  const visitor = desk.formField(form, 'visit_new_visitor');
  await hasFocus(visitor);
  await type('Иванов');
  const offers = form.getByRole('listbox');
  await offers.waitFor();
  // First the offers, then the form.
  await press('Escape');
  await offers.waitFor({ state: 'detached' });
  assert.equal(await visitor.inputValue(), 'Иванов');
  await press('Escape');
  await form.waitFor({ state: 'detached' });
  await desk.toast(ru('visit_new_kept')).waitFor();
  await hasFocus(desk.field);
  await press('F2');
  await form.waitFor();
  assert.equal(await visitor.inputValue(), 'Иванов');
  await form.getByRole('button', { name: ru('visit_new_clear') }).click();
  assert.equal(await visitor.inputValue(), '');
  await press('Escape');
  await form.waitFor({ state: 'detached' });
  await hasFocus(desk.field);
});

test('who came before is offered, and picked by keys', async () => {
  const { desk, press, type } = await opened();
  await press('F2');
  const form = desk.dialog('visit_new');
  await hasFocus(desk.formField(form, 'visit_new_visitor'));
  await type('куаныш');
  await form.getByRole('option', { name: /Қуанышбекова Айгерім/ }).waitFor();
  await press('ArrowDown');
  await press('Enter');
  assert.equal(await desk.formField(form, 'visit_new_visitor').inputValue(), 'Қуанышбекова Айгерім');
  assert.equal(await desk.formField(form, 'visit_new_host').inputValue(), 'Ли');
  // She is expected already: that is said before there are two of her.
  await form.getByText(/Уже есть сегодня/).waitFor();
  await form.getByRole('button', { name: ru('visit_new_clear') }).click();
});

test('an action is one field away too', async () => {
  const { page, desk, press, type } = await opened();
  await type('тёмн');
  await desk.picked.filter({ hasText: ru('action_theme_dark') }).waitFor();
  await press('Enter');
  await until('a dark page', () => page.evaluate(() => document.documentElement.dataset.theme === 'dark'));
  await type('светл');
  await desk.picked.filter({ hasText: ru('action_theme_light') }).waitFor();
  await press('Enter');
  await until('a light page', () => page.evaluate(() => document.documentElement.dataset.theme === 'light'));
  await type('Новый Человек');
  await desk.picked.filter({ hasText: ru('search_new_for', { name: 'Новый Человек' }) }).waitFor();
  await press('Enter');
  const form = desk.dialog('visit_new');
  await form.waitFor();
  assert.equal(await desk.formField(form, 'visit_new_visitor').inputValue(), 'Новый Человек');
  await hasFocus(desk.formField(form, 'visit_new_host'));
});

for (const address of ['#/desk', '#/devices', '#/settings', '#/settings/site']) {
  test(`wherever Tab goes the focus can be seen: ${address}`, async () => {
    const { page, press } = await opened(address);
    await frames(page);
    const been = new Set();
    const unseen = [];
    for (let stop = 0; stop < 40; stop += 1) {
      await press('Tab');
      const box = await page.evaluate(() => {
        const element = document.activeElement;
        if (element === null || element === document.body) return null;
        element.scrollIntoView({ block: 'nearest' });
        const { x, y, width, height } = element.getBoundingClientRect();
        return { x, y, width, height };
      });
      if (box === null) continue;
      const name = await focused(page);
      if (been.has(name)) continue;
      been.add(name);
      const clip = {
        x: Math.max(0, box.x - 6),
        y: Math.max(0, box.y - 6),
        width: Math.min(box.width + 12, 1280 - Math.max(0, box.x - 6)),
        height: Math.min(box.height + 12, 720 - Math.max(0, box.y - 6)),
      };
      assert.ok(clip.width > 0 && clip.height > 0, `${name} is off the screen`);
      const here = await page.screenshot({ clip });
      await page.evaluate(() => {
        globalThis.here = document.activeElement;
        globalThis.here.blur();
      });
      const away = await page.screenshot({ clip });
      await page.evaluate(() => globalThis.here.focus({ focusVisible: true, preventScroll: true }));
      if (here.equals(away)) unseen.push(name);
    }
    assert.deepEqual(unseen, []);
    assert.ok(been.size >= 4, [...been].join(', '));
  });
}

test('past the sections to the content by one key', async () => {
  const { page, desk, press } = await opened('#/settings');
  await until('the first stop of Tab', async (instead) => {
    await press('Shift+Tab');
    instead(await focused(page));
    return (await focused(page)).includes(ru('skip_to_main'));
  });
  await press('Enter');
  await hasFocus(desk.main);
  assert.match(page.url(), /#\/settings$/);
});
