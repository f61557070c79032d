// A page whose core goes away and comes back, and who is let in to begin with.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { holding, stage } from './browser.mjs';
import { screen } from './screen.mjs';
import { en, ru } from './words.mjs';
import { http, until, ZONE } from './world.mjs';

let gate;
const at = stage(async () => {
  await at.world.set({ desk: { language: 'ru', sounds: false } });
  gate = await at.world.watched('Турникет');
});

/** What a page without its core cannot help complaining of. */
const AWAY = [
  /ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE|ERR_SOCKET_NOT_CONNECTED/,
  /WebSocket connection to .* failed/,
];

const clock = (moment) =>
  new Intl.DateTimeFormat('ru-RU', { timeZone: ZONE, hour: '2-digit', minute: '2-digit' }).format(moment);

/** The numbers of cards that the list of the doors shows, from its top. */
const cards = async (desk) => (await desk.rows('happening')).map((text) => /8800\d{4}/.exec(text)?.[0]).filter(Boolean);

test('a core that is killed: the page says since when, keeps what it knows, and comes back by itself', async () => {
  await at.world.plan('Иванов Пётр');
  const page = await at.open('#/desk');
  const desk = await screen(page, ru).ready();
  for (const number of [1, 2, 3]) await gate.pass({ card_no: `8800000${number}` });
  await desk.row('happening', '88000003').waitFor();
  await desk.row('expected', 'Иванов Пётр').waitFor();

  page.expect(...AWAY);
  const killed = Date.now();
  await at.world.kill9();
  const lost = page.getByRole('alert').filter({ hasText: /Нет связи с программой с \d\d:\d\d/ }).filter({ visible: true });
  await lost.first().waitFor();
  const [, since] = /с (\d\d:\d\d)/.exec(await lost.first().innerText());
  assert.ok([clock(killed), clock(Date.now())].includes(since), since);
  // What is known stays to be seen, and is told to be old; nothing that guards a door is green.
  assert.equal(await desk.row('expected', 'Иванов Пётр').count(), 1);
  assert.deepEqual(await cards(desk), ['88000003', '88000002', '88000001']);
  await desk.column('expected').getByText(ru('desk_as_of', { when: since })).waitFor();
  await desk.status.getByText(ru('status_devices_stale')).first().waitFor();
  assert.equal(await desk.row('expected', 'Иванов Пётр').getByRole('button').isDisabled(), true);

  // While the core was away somebody came through.
  await gate.pass({ card_no: '88000004' });
  const complaints = page.complaints.length;
  await at.world.serve();
  await desk.row('happening', '88000004').waitFor();
  await lost.first().waitFor({ state: 'detached' });
  assert.deepEqual(await cards(desk), ['88000004', '88000003', '88000002', '88000001']);
  await desk.status.getByText(ru('status_devices', { online: 1, all: 1 })).first().waitFor();
  assert.equal(page.complaints.length, complaints);

  // It is not only shown, it works again.
  await desk.row('expected', 'Иванов Пётр').getByRole('button', { name: ru('act_check_in') }).click();
  await desk.row('inside', 'Иванов Пётр').waitFor();
  assert.equal((await at.world.visit('Иванов Пётр')).status, 'checked_in');
});

test('what is typed while the core is away is kept and saved when it is back', async () => {
  const page = await at.open('#/desk');
  const desk = await screen(page, ru).ready();
  await desk.button('action_new_visit').first().click();
  const form = desk.dialog('visit_new');
  await form.getByLabel(ru('visit_new_visitor')).fill('Смирнова Анна');
  await form.getByLabel(ru('visit_new_host')).fill('Ким Д.');
  page.expect(...AWAY);
  await at.world.kill9();
  await form.getByText(ru('desk_no_actions')).waitFor();
  const save = form.getByRole('button', { name: ru('visit_new_save'), exact: true });
  await until('no saving', () => save.isDisabled());
  await at.world.serve();
  await until('saving again', () => save.isEnabled());
  assert.equal(await form.getByLabel(ru('visit_new_visitor')).inputValue(), 'Смирнова Анна');
  await save.click();
  await desk.row('expected', 'Смирнова Анна').waitFor();
  assert.equal((await at.world.visits()).filter((visit) => visit.visitor === 'Смирнова Анна').length, 1);
});

test('a core that hangs is not taken for one that answers, and nothing is done twice', async () => {
  await at.world.plan('Орлова Мария');
  const page = await at.open('#/desk');
  const desk = await screen(page, ru).ready();
  await desk.row('expected', 'Орлова Мария').waitFor();
  at.world.pause();
  const button = desk.row('expected', 'Орлова Мария').getByRole('button', { name: ru('act_check_in') });
  await button.click();
  // It cannot be pressed again while nobody knows.
  await until('a button that waits', () => button.isDisabled());
  assert.equal(await desk.row('inside', 'Орлова Мария').count(), 0);
  at.world.resume();
  await desk.row('inside', 'Орлова Мария').waitFor();
  const { id } = await at.world.visit('Орлова Мария');
  const { facts } = await at.world.rpc('visit_detail', { id });
  assert.deepEqual(facts.map((fact) => fact.kind), ['planned', 'entered']);
});

test('an answer that comes late does not overwrite what has happened since', async () => {
  const { id } = await at.world.plan('Лебедева Ольга');
  const page = await at.open('#/desk');
  const desk = await screen(page, ru).ready();
  const button = desk.row('expected', 'Лебедева Ольга').getByRole('button', { name: ru('act_check_in') });
  await button.waitFor();
  const answers = await holding(page, 'visit_act');
  await button.click();
  await answers.held;
  await desk.row('inside', 'Лебедева Ольга').waitFor();
  // Meanwhile she leaves, and the feed tells of it.
  await at.world.rpc('visit_act', { id, action: 'check_out' });
  await desk.row('inside', 'Лебедева Ольга').waitFor({ state: 'detached' });
  await answers.release();
  assert.equal(await desk.row('inside', 'Лебедева Ольга').count(), 0);
  assert.equal((await at.world.visit('Лебедева Ольга')).status, 'checked_out');
});

test('away for too long: the page reads everything anew', async () => {
  const page = await at.open('#/desk');
  const desk = await screen(page, ru).ready();
  page.expect(...AWAY, /ERR_INTERNET_DISCONNECTED/);
  let readAnew = 0;
  page.on('request', (request) => {
    if (request.postDataJSON()?.command === 'snapshot') readAnew += 1;
  });
  // A socket that is open would go on.
  await page.context().setOffline(true);
  await at.world.kill9();
  await page.getByRole('alert').filter({ visible: true }).first().waitFor();
  await at.world.serve();
  // More than the core tells one by one.
  await gate.burst({ count: 6_000, rate: 0 });
  await gate.pass({ card_no: '88000099' });
  await until('all is written', async () => (await at.world.rpc('snapshot')).passages[0]?.card_no === '88000099');
  await at.world.plan('Поздний Гость');
  await page.context().setOffline(false);
  await desk.row('happening', '88000099').waitFor();
  await desk.row('expected', 'Поздний Гость').waitFor();
  assert.deepEqual((await cards(desk)).filter((card) => card === '88000099'), ['88000099']);
  // From there on it follows again.
  await gate.pass({ card_no: '88000100' });
  await desk.row('happening', '88000100').waitFor();
  assert.equal(readAnew, 1);
});

test('a page that hangs for a while has lost nothing when it goes on', async () => {
  const page = await at.open('#/desk');
  const desk = await screen(page, ru).ready();
  const debug = await page.context().newCDPSession(page);
  await debug.send('Debugger.enable');
  await debug.send('Debugger.pause');
  for (let number = 0; number < 30; number += 1) await gate.pass({ card_no: String(88000200 + number) });
  // A device's events are not always read in the order in which they happened, and its clock counts seconds:
  // the page shows them by when they happened, and those of one second as the core has written them.
  const newestFirst = (one, other) => Date.parse(other.at) - Date.parse(one.at) || other.row - one.row;
  const told = async () => {
    const { passages } = await at.world.rpc('snapshot');
    return passages.toSorted(newestFirst).map((each) => each.card_no).filter((card) => /^880002\d\d$/.test(card));
  };
  await until('all is written', async () => (await told()).length === 30);
  await debug.send('Debugger.resume');
  await debug.send('Debugger.disable');
  await desk.row('happening', '88000229').waitFor();
  const all = await told();
  await until('the page has what the core has, newest on top', async (instead) => {
    const seen = (await cards(desk)).filter((card) => /^880002\d\d$/.test(card));
    instead(seen);
    return seen.length > 0 && seen.every((card, at) => card === all[at]);
  });
});

test('who is not signed in is asked to, in the language of the desk', async () => {
  const context = await at.newContext();
  const page = await at.open('#/desk', { context });
  await page.getByRole('button', { name: ru('access_sign_in') }).waitFor();
  assert.equal(await page.getByRole('combobox').count(), 0);
  await context.close();
});

test('a session that ends under an open page is said, and signing in brings the page back', async () => {
  const context = await at.newContext();
  await at.signIn(context);
  const page = await at.open('#/desk', { context });
  const desk = await screen(page, ru).ready();
  await desk.section('devices').click();
  page.expect(/401/, ...AWAY);
  await context.clearCookies();
  await page.keyboard.press('Control+Shift+KeyL');
  await page.getByLabel(ru('access_login'), { exact: true }).fill(at.world.desk.login);
  await page.getByLabel(ru('access_password'), { exact: true }).fill(at.world.desk.password);
  await page.keyboard.press('Enter');
  await desk.section('devices').waitFor();
  await context.close();
});

test('the page runs nothing but itself and speaks to nobody else', async () => {
  const page = await at.open('#/desk');
  await screen(page, ru).ready();
  const ran = await page.evaluate(() => {
    const script = document.createElement('script');
    script.textContent = 'globalThis.ran = true';
    document.body.append(script);
    document.body.insertAdjacentHTML('beforeend', '<i style="color: red" onclick="globalThis.ran = true"></i>');
    document.body.lastElementChild.click();
    return globalThis.ran ?? false;
  });
  assert.equal(ran, false);
  const sent = await page.evaluate(() => fetch('http://127.0.0.1:1/').then(() => 'sent', String));
  assert.match(sent, /TypeError/);
  // Each of these is a complaint that would have failed any other test.
  const told = await until('the complaints', () => {
    const all = page.complaints.join('\n');
    return /connect-src/.test(all) && /script-src/.test(all) && /style-src/.test(all) && all;
  });
  assert.match(told, /Content Security Policy/);
  page.complaints.length = 0;
});

test("another site's page, and another site's name for this machine, get nothing", async () => {
  const cookie = (await at.context.cookies(at.world.base)).map(({ name, value }) => `${name}=${value}`).join('; ');
  const ask = (headers) =>
    http(`${at.world.base}/rpc`, {
      method: 'POST',
      headers: { cookie, 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ command: 'status', with: null }),
    }).then((answer) => answer.status);
  assert.equal(await ask({}), 200);
  assert.equal(await ask({ origin: at.world.base }), 200);
  assert.equal(await ask({ origin: 'http://evil.example' }), 403);
  assert.equal(await ask({ origin: 'null' }), 403);
  assert.equal(await ask({ origin: at.world.base.replace('127.0.0.1', 'localhost') }), 403);
  assert.equal(await ask({ host: 'evil.example' }), 421);
  assert.equal(await ask({ 'content-type': 'text/plain' }), 415);
  assert.equal(await ask({ cookie: '' }), 401);
  const page = await http(`${at.world.base}/`, { headers: { host: 'evil.example' } });
  assert.equal(page.status, 421);
});
