// The desk as it is drawn in the real window, by the web view that the program brings: another
// engine than the browser's, with other words for dates and other gaps.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { simulator } from '../simulator.mjs';
import { en, ru } from '../words.mjs';
import { ZONE } from '../world.mjs';
import { desk, driven, settle, signIn, until, windowManager } from './desktop.mjs';
import { screen } from './screen.mjs';

/** A machine far away: what the site shows must not be in its zone. */
const ELSEWHERE = 'Pacific/Chatham';
const HOUR = 60;

// Forty letters and more, as Kazakh names may have.
const EXPECTED = 'Мұхамедиярова Гүлнәр Ерболатқызы-Қонысбай';
const INSIDE = 'Құдайбергенова Айнұр Нұрсұлтанқызы-Әубәкір';
const CANCELLED = 'Өмірзақов Жәңгірхан Бауыржанұлы-Тілеужанов';
const REFUSED = 'Тоқтарбайұлы-Сейітжаппар Ғабдолғазиз Ерғали';

let at, app, manager, page, entry, exit;
const devices = [];

before(async () => {
  manager = await windowManager();
  at = desk();
  at.env.TZ = ELSEWHERE;
  const admin = settle(at);
  app = await driven(at);
  await signIn(app, admin);
  page = screen(app);
  await page.load();
  // The system's notifications have tests of their own, and would stay on the screen for them.
  await page.set({ desk: { notify_refused: false, notify_incidents: false }, site: { zone: ZONE } });
  await morning();
});

afterEach(async () => {
  assert.deepEqual(await page.complaints(), [], 'the page complains');
  assert.doesNotMatch(app.said(), /ERROR|panicked/);
});

after(async () => {
  await app?.quit();
  for (const device of devices) await device.end();
  await manager?.stop();
  await at?.remove();
});

async function device(name, direction) {
  const started = await simulator('--kind', `turnstile-${direction}`, '--serial-number', `SN-${name}`);
  devices.push(started);
  await page.watch(name, started, direction);
  return started;
}

/** A morning: each of whom a desk may see, as doors and people have made them. */
async function morning() {
  entry = await device('Турникет 1', 'in');
  exit = await device('Турникет 2', 'out');
  const away = await device('Терминал на парковке', 'in');
  const people = [
    [EXPECTED, { person_no: '1001' }],
    ['Поздняков Олег', { person_no: '1002', from: -40 }],
    ['Вечерний Гость', { person_no: '1003', from: 2 * HOUR, until: 4 * HOUR }],
    ['Непришедший Антон', { person_no: '1004', from: -3 * HOUR, until: -2 * HOUR }],
    [INSIDE, { person_no: '1005', purpose: 'подписание договора о поставке' }],
    ['Задержалась Мария', { person_no: '1006', from: -3 * HOUR, until: -1 * HOUR }],
    ['Вчерашний Тимур', { person_no: '1007', from: -26 * HOUR }],
    ['Вышла Вернётся', { person_no: '1008', profile: 'multiple' }],
    ['Ушедший Виктор', { person_no: '1009' }],
    [CANCELLED, { person_no: '1010' }],
    [REFUSED, { person_no: '1011' }],
    ['Новый Человек', { person_no: '1012' }],
  ];
  for (const [visitor, more] of people) await page.plan(visitor, more);
  await page.ask('visit_act', { id: (await page.visit(CANCELLED)).id, action: 'cancel' });

  await entry.pass({ person_no: '1007', ago_s: 25 * 3600 });
  await entry.pass({ person_no: '1006', ago_s: 2 * 3600 });
  for (const person_no of ['1005', '1008', '1009']) await entry.pass({ person_no, picture: true });
  for (const visitor of [INSIDE, 'Вышла Вернётся', 'Ушедший Виктор']) await page.becomes(visitor, 'checked_in');
  for (const person_no of ['1008', '1009']) await exit.pass({ person_no, picture: true });
  await entry.pass({ person_no: '1010', picture: true });
  await entry.refuse(6, { person_no: '1011', picture: true });
  await entry.refuse(9, { card_no: '0099887766' });
  await away.unplug();
  await page.deviceIs('Терминал на парковке', 'offline');
}

/** How the site's clock has a moment. */
const clockOf = (moment) =>
  new Intl.DateTimeFormat('ru-RU', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone: ZONE }).format(new Date(moment));

/** The rows of a list under each of its headings. */
async function groups(label) {
  const found = {};
  let under;
  for (const { text, heading } of await page.rows(label)) {
    if (heading) found[(under = text.replace(/ \d+$/, ''))] = [];
    else (found[under] ??= []).push(text);
  }
  return found;
}

test('who is due, late, due later, away, and has not come stands under a heading each', async () => {
  // Only what is in sight is drawn: the first look may come before the list knows how tall it is.
  for (const visitor of ['Вышла Вернётся', 'Вечерний Гость', 'Непришедший Антон']) await page.row(ru('desk_expected'), visitor);
  const drawn = await groups(ru('desk_expected'));
  const says = (group, ...visitors) => {
    const rows = drawn[ru(`desk_group_${group}`)] ?? [];
    for (const visitor of visitors) assert.ok(rows.some((text) => text.includes(visitor)), `${visitor}, ${group}: ${JSON.stringify(drawn)}`);
    assert.equal(rows.length, visitors.length, JSON.stringify(drawn));
  };
  says('now', EXPECTED, 'Поздняков Олег', REFUSED, 'Новый Человек');
  says('away', 'Вышла Вернётся');
  says('later', 'Вечерний Гость');
  says('no_show', 'Непришедший Антон');
  await page.row(ru('desk_expected'), 'Поздняков Олег', ru('desk_late_hidden'));
});

test('who is inside is drawn, since when by the clock of the site, and who came yesterday with the day', async () => {
  const inside = ru('desk_inside');
  const since = async (visitor) => clockOf((await page.visit(visitor)).inside.since);
  await page.row(inside, INSIDE, await since(INSIDE), ru('origin_short_door'));
  await page.row(inside, 'Задержалась Мария', await since('Задержалась Мария'), ru('desk_overstay'));
  await page.row(inside, 'Вчерашний Тимур', ru('day_yesterday'), await since('Вчерашний Тимур'));
  // A visit that was cancelled and entered all the same.
  await page.row(inside, CANCELLED);
  for (const visitor of ['Ушедший Виктор', 'Вышла Вернётся', EXPECTED]) await page.noRow(inside, visitor);
});

test('passages, refusals and an incident are drawn, each with what it is', async () => {
  const happening = ru('desk_happening');
  await page.row(happening, INSIDE, ru('passage_in'), 'Турникет 1');
  await page.row(happening, 'Ушедший Виктор', ru('passage_out'), 'Турникет 2');
  await page.row(happening, REFUSED, ru('passage_refused'), ru('passage_why_no_permission'));
  await page.row(happening, '0099887766', ru('passage_refused'), ru('passage_why_unknown_card'));
  await page.row(happening, CANCELLED, ru('incident_entry_on_cancelled'));
});

test('a picture from the device is drawn, out of the program itself', async () => {
  const pictured = await until('a picture in the row of the passage', async (instead) => {
    const row = await page.row(ru('desk_happening'), REFUSED, ru('passage_refused'));
    instead(row);
    return row.pictures.find(({ complete, naturalWidth }) => complete && naturalWidth > 0);
  });
  assert.match(pictured.src, /^picture:\/\/localhost\/[0-9a-f]{64}$/);
});

test('what is known of a visit, of a passage and of an incident is drawn beside the lists', async () => {
  const { id, entered, left } = await page.visit('Ушедший Виктор');
  await page.go(`#/desk?visit=${id}`);
  // The end of what is known comes from the core: it is asked for.
  const known = await page.panel(ru('visit_title'), 'Ушедший Виктор', ru('status_checked_out'), ru('visit_passages'));
  for (const moment of [entered, left]) assert.ok(known.includes(clockOf(moment)), known);
  assert.deepEqual(await page.looked('visit'), []);

  const incident = (await page.ask('incidents', { after: 0, limit: 10 })).find(({ visitor }) => visitor === CANCELLED);
  await page.go(`#/desk?incident=${incident.id}`);
  await page.panel(ru('incident_title'), CANCELLED, ru('incident_what_entry_on_cancelled'));
  assert.deepEqual(await page.looked('incident'), []);

  const passage = (await page.ask('passages', { after: 0, limit: 100 })).find(({ visitor }) => visitor === REFUSED);
  await page.go(`#/desk?passage=${passage.row}`);
  await page.panel(ru('passage_title'), REFUSED, ru('passage_why_no_permission'));
  assert.deepEqual(await page.looked('passage'), []);
  await page.go('#/desk');
  await page.gone('section.panel');
});

test('the day and the time are those of the site, in the words of each language', async () => {
  const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', timeZone: ZONE }).format(new Date());
  for (const [language, say, looks] of [
    ['en', en, /(?<week>[A-Z][a-z]{2}),? (?<day>\d{1,2}) [A-Z][a-z]{2,3} · (?<time>\d{2}:\d{2})$/],
    ['ru', ru, /(?<week>[а-я]{2}), (?<day>\d{1,2}) [а-я]{3,4}\.? · (?<time>\d{2}:\d{2})$/],
  ]) {
    await page.set({ desk: { language } });
    await until(`the time in ${language}`, async (instead) => {
      const text = await page.status(say('status_label'));
      instead(text);
      const found = looks.exec(text ?? '')?.groups;
      // A minute may end between the two clocks.
      return found?.day === day && [0, 60_000].some((ms) => clockOf(Date.now() - ms) === found.time);
    });
  }
});

test('from a pass at the turnstile to the rows that are drawn', async (context) => {
  await page.row(ru('desk_expected'), 'Новый Человек');
  // The page itself notes when a row is there, however busy whoever asks it may be.
  await page.script(
    (label, visitor) => {
      globalThis.drawnAt = undefined;
      const list = document.querySelector(`[role=grid][aria-label="${label}"]`);
      const observer = new MutationObserver(() => {
        if (!list.innerText.includes(visitor)) return;
        observer.disconnect();
        requestAnimationFrame(() => requestAnimationFrame(() => (globalThis.drawnAt = Date.now())));
      });
      observer.observe(list, { childList: true, subtree: true, characterData: true });
    },
    ru('desk_happening'),
    'Новый Человек',
  );
  const passed = Date.now();
  await entry.pass({ person_no: '1012', picture: true });
  const drawn = await until('the row of the passage', () => page.script('return globalThis.drawnAt'));
  context.diagnostic(`from the pass to the row: ${drawn - passed} ms`);
  await page.row(ru('desk_happening'), 'Новый Человек', ru('passage_in'));
  await page.row(ru('desk_inside'), 'Новый Человек');
  await page.noRow(ru('desk_expected'), 'Новый Человек');
});

/** How bright the page is, from 0 to 1. */
const brightness = () =>
  page.script(() => {
    const [red, green, blue] = getComputedStyle(document.body).backgroundColor.match(/[\d.]+/g).map(Number);
    return (red + green + blue) / 3 / 255;
  });

for (const [language, say] of [['en', en], ['ru', ru]]) {
  for (const theme of ['light', 'dark']) {
    test(`every screen is drawn: ${theme}, ${language}`, async () => {
      await page.set({ desk: { language, theme } });
      await page.go('#/desk');
      await page.row(say('desk_inside'), INSIDE, say('act_check_out'));
      await page.row(say('desk_expected'), EXPECTED, say('act_check_in'));
      await page.row(say('desk_happening'), CANCELLED, say('incident_entry_on_cancelled'));
      await until(`${theme} colours`, async () => (theme === 'dark' ? (await brightness()) < 0.3 : (await brightness()) > 0.7));
      const wrong = await page.looked(`desk-${language}-${theme}`);
      for (const [address, name, ...words] of [
        ['#/devices', 'devices', 'Турникет 1', 'Терминал на парковке', say('action_add_device')],
        ['#/settings', 'settings', say('settings_theme'), say('settings_language')],
        ['#/settings/site', 'site', say('site_zone')],
        ['#/people', 'people', say('people_matrix'), 'Администратор'],
        ['#/audit', 'audit', say('audit_check'), 'Администратор'],
      ]) {
        await page.go(address);
        await page.main(...words);
        wrong.push(...(await page.looked(`${name}-${language}-${theme}`)));
      }
      assert.deepEqual(wrong, []);
    });
  }
}

// One after the other on the same desk: a change of the language or the density is measured anew.
for (const [language, say, density] of [
  ['ru', ru, 'comfortable'],
  ['en', en, 'comfortable'],
  ['en', en, 'compact'],
  ['ru', ru, 'compact'],
]) {
  test(`everything in the rows of a full desk can be read to its end: ${language}, ${density}`, async () => {
    await page.set({ desk: { language, density } });
    await page.go('#/desk');
    await page.row(say('desk_inside'), 'Вчерашний Тимур', say('day_yesterday'));
    await until(`${language}, ${density}`, () =>
      page.script((...wanted) => wanted.join() === [document.documentElement.lang, document.documentElement.dataset.density].join(), language, density),
    );
    assert.deepEqual(await page.unread(), []);
  });
}

test('a message is as high as its words', async () => {
  await page.set({ desk: { language: 'ru' } });
  await page.row(ru('desk_inside'), 'Задержалась Мария', ru('act_check_out'));
  await page.script((name) => {
    const row = [...document.querySelectorAll('[role=grid] [role=row]')].find((each) => each.textContent.includes(name) && each.querySelector('button'));
    row.querySelector('button').click();
  }, 'Задержалась Мария');
  await page.toast(ru('acted_check_out', { name: 'Задержалась Мария' }));
  await page.drawn();
  assert.deepEqual(await page.loose(), []);
});
