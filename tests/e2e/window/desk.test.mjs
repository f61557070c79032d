// The desk as it is drawn in the real window, by the web view that the program brings: another
// engine than the browser's, with other words for dates and other gaps.

import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { en, ru } from '../words.mjs';
import { desk, driven, end, ISAPI_SIM, run, settle, signIn, until, windowManager } from './desktop.mjs';

const SHOTS = process.env.E2E_SHOTS;
/** Forty letters, as Kazakh names may have. */
const LONG = 'Мұхамедиярова Гүлнәр Ерболатқызы-Қонысбай';

let at, app, manager, device, control;

before(async () => {
  manager = await windowManager();
  device = run(ISAPI_SIM, ['--listen', '127.0.0.1:0', '--control', '127.0.0.1:0', '--serial-number', 'E2E-2']);
  const ready = await until('the simulated device', () => /ready: (\S+) control: (\S+)/.exec(device.log));
  control = ready[2];
  at = desk();
  const admin = settle(at);
  app = await driven(at);
  await signIn(app, admin);
  await script(`globalThis.complaints = [];
    addEventListener('error', (event) => complaints.push(String(event.message)));
    addEventListener('unhandledrejection', (event) => complaints.push(String(event.reason)));
    const before = console.error;
    console.error = (...words) => { complaints.push(words.join(' ')); before(...words); };`);
  await ask('device_add', { name: 'Турникет', url: ready[1], user: 'admin', direction: 'in', password: '12345678a' });
  await until('the device', async () => JSON.stringify(await ask('device_list')).includes('"online"'));
  for (const [visitor, number] of [['Ахметова Әсел', '1'], [LONG, '2'], ['Иванов Пётр', '3'], ['Weiss, Maria', '4']]) {
    await plan(visitor, number);
  }
  await act('Иванов Пётр', 'check_in');
  await act('Weiss, Maria', 'check_in');
  await act('Weiss, Maria', 'check_out');
});

after(async () => {
  await app?.quit();
  if (device) await end(device);
  await manager?.stop();
  await at?.remove();
});

const script = (code, ...args) => app.driver.executeScript(code, ...args);

async function ask(command, request = null) {
  const { value, error } = await app.rpc(command, request);
  assert.equal(error, undefined, `${command}: ${JSON.stringify(error)}`);
  return value;
}

function plan(visitor, number) {
  const now = Date.now();
  return ask('visit_add', {
    visitor,
    host: 'Ким Д.',
    purpose: null,
    person_no: `770${number}`,
    card_no: null,
    from: new Date(now - 60_000).toISOString(),
    until: new Date(now + 3_600_000).toISOString(),
    profile: 'single',
  });
}

async function act(visitor, action) {
  const visits = await ask('visit_list', { after: 0, limit: 100 });
  await ask('visit_act', { id: visits.find((visit) => visit.visitor === visitor).id, action });
}

/** Somebody is let through at the turnstile. */
async function pass(person) {
  const answer = await fetch(`${control}/pass`, { method: 'POST', body: JSON.stringify({ person_no: person }) });
  assert.equal(answer.status, 200);
}

/** The rows of a list as they are drawn, each as its text. */
const rows = (label) =>
  script(
    `return [...document.querySelectorAll('[role=grid]')]
       .filter((grid) => grid.getAttribute('aria-label') === arguments[0])
       .flatMap((grid) => [...grid.querySelectorAll('[role=row]')])
       .filter((row) => row.getClientRects().length > 0)
       .map((row) => row.innerText);`,
    label,
  );

const rowOf = (label, text) =>
  until(`${text} in ${label}`, async () => (await rows(label)).find((row) => row.includes(text)));

const go = (hash) => script('location.hash = arguments[0];', hash);

async function look(desk_settings) {
  const { desk } = await ask('settings');
  await ask('desk_settings', { ...desk, ...desk_settings });
}

/** Two frames, and a picture for whoever wants to see one. */
async function pictured(name) {
  await app.driver.executeAsyncScript(
    'const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(done));',
  );
  if (SHOTS === undefined) return;
  mkdirSync(SHOTS, { recursive: true });
  writeFileSync(join(SHOTS, `window-${name}.png`), await app.driver.takeScreenshot(), 'base64');
}

test('who is expected and who is inside are drawn, with names of forty letters', async () => {
  await rowOf(ru('desk_expected'), 'Ахметова Әсел');
  const long = await rowOf(ru('desk_expected'), LONG.split(' ')[0]);
  assert.match(long, /Гүлнәр/);
  const inside = await rowOf(ru('desk_inside'), 'Иванов Пётр');
  // Since when, as a clock has it.
  assert.match(inside, /\d{1,2}:\d{2}/);
  await until('who has left to be gone', async () => !(await rows(ru('desk_inside'))).some((row) => row.includes('Weiss')));
});

test('a passage at the turnstile becomes a row, and who passed is inside', async () => {
  await pass('7701');
  await rowOf(ru('desk_happening'), 'Ахметова Әсел');
  await rowOf(ru('desk_inside'), 'Ахметова Әсел');
  await until('nobody is expected twice', async () => {
    return !(await rows(ru('desk_expected'))).some((row) => row.includes('Ахметова'));
  });
});

test('every screen is drawn in both themes and both languages', async () => {
  for (const [language, say] of [['en', en], ['ru', ru]]) {
    for (const theme of ['light', 'dark']) {
      await look({ language, theme });
      await go('#/desk');
      await rowOf(say('desk_inside'), 'Иванов Пётр');
      await until(theme, () => script('return document.documentElement.dataset.theme === arguments[0]', theme));
      await pictured(`desk-${language}-${theme}`);
      for (const [view, text] of [['devices', 'Турникет'], ['settings', say('settings_title')]]) {
        await go(`#/${view}`);
        await until(view, () => script('return document.querySelector("main").innerText.includes(arguments[0])', text));
        await pictured(`${view}-${language}-${theme}`);
      }
    }
  }
  await go('#/desk');
});

test('the page has complained of nothing', async () => {
  assert.deepEqual(await script('return globalThis.complaints'), []);
});
