// A visitor from plan to exit, through real turnstiles: what the person at the desk sees of it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reload, shot, stage } from './browser.mjs';
import { screen } from './screen.mjs';
import { en, ru } from './words.mjs';
import { until, ZONE } from './world.mjs';

let entry, exit;
const at = stage(async () => {
  await at.world.set({ desk: { language: 'ru', sounds: false } });
  entry = await at.world.watched('Вход', 'in');
  exit = await at.world.watched('Выход', 'out');
});

const clock = (moment) =>
  new Intl.DateTimeFormat('ru-RU', { timeZone: ZONE, hour: '2-digit', minute: '2-digit' }).format(Date.parse(moment));

async function opened(say = ru, address = '#/desk') {
  const page = await at.open(address);
  return screen(page, say).ready();
}

test('a visitor is planned, comes in at the turnstile, and leaves at the exit', async () => {
  const desk = await opened();
  await desk.column('expected').getByText(ru('desk_empty_expected')).waitFor();
  await desk.planned({ visitor: 'Иванов Пётр Сергеевич', host: 'Ким Д.', purpose: 'договор', person: '1001' });
  await desk.toast(ru('visit_new_added', { name: 'Иванов Пётр Сергеевич' })).waitFor();
  const expected = desk.row('expected', 'Иванов Пётр Сергеевич');
  await expected.getByText('→ Ким Д. · договор').waitFor();
  await desk.column('inside').getByText(ru('desk_empty_inside')).waitFor();

  await entry.pass({ person_no: '1001', picture: true });
  const inside = desk.row('inside', 'Иванов Пётр Сергеевич');
  await inside.waitFor();
  await expected.waitFor({ state: 'detached' });
  const { entered, entered_by } = await at.world.visit('Иванов Пётр Сергеевич');
  assert.equal(entered_by, 'door');
  const cells = await inside.getByRole('gridcell').allInnerTexts();
  assert.ok(cells.some((cell) => cell.includes(clock(entered)) && cell.includes('дверь')), cells.join(' | '));

  // The passage, with the face that the turnstile saw.
  const passage = desk.row('happening', 'Иванов Пётр Сергеевич');
  await passage.waitFor();
  assert.match(await passage.innerText(), /Вход.*Иванов Пётр Сергеевич.*Вход, вход/s);
  const face = passage.getByRole('img', { name: ru('passage_picture', { name: 'Иванов Пётр Сергеевич' }) });
  await face.waitFor();
  await until('a face that is drawn', () => face.evaluate((image) => image.complete && image.naturalWidth > 0));
  await shot(desk.page, 'spine-inside');

  await exit.pass({ person_no: '1001', picture: true });
  await inside.waitFor({ state: 'detached' });
  await until('two passages', async () => (await passage.count()) === 2);
  assert.match(await passage.first().innerText(), /Выход/);
  const left = await at.world.visit('Иванов Пётр Сергеевич');
  assert.deepEqual([left.status, left.left_by], ['checked_out', 'door']);
});

test('all that is known of a visit is told with its time and by whose account', async () => {
  const { id, entered, left } = await at.world.visit('Иванов Пётр Сергеевич');
  const desk = await opened(ru, `#/desk?visit=${id}`);
  const panel = desk.panel('visit_title');
  await panel.getByRole('heading', { name: 'Иванов Пётр Сергеевич' }).waitFor();
  await panel.getByText(`ушёл ${clock(left)}, по данным двери`).waitFor();
  const facts = panel.getByRole('list').first().getByRole('listitem');
  await until('the facts', async () => (await facts.count()) === 3);
  const told = (await facts.allInnerTexts()).map((text) => text.replace(/\s+/g, ' '));
  assert.match(told[0], /Запланирован.*на посту/);
  assert.match(told[1], new RegExp(`${clock(entered)}.*Вошёл.*у двери, Вход`));
  assert.match(told[2], new RegExp(`${clock(left)}.*Ушёл.*у двери, Выход`));
  assert.equal(await panel.getByRole('img').filter({ visible: true }).count(), 3);
  await shot(desk.page, 'spine-visit');
});

test('somebody who is refused is shown as refused, with the reason in words', async () => {
  await at.world.plan('Орлова Мария', { person_no: '1002' });
  const desk = await opened();
  await entry.refuse(6, { person_no: '1002', picture: true });
  const refused = desk.row('happening', 'Орлова Мария');
  await refused.waitFor();
  assert.match(await refused.innerText(), /Отказ.*Орлова Мария.*сюда нет доступа/s);
  // Who was refused is not inside.
  assert.equal(await desk.row('inside', 'Орлова Мария').count(), 0);
  assert.equal(await desk.row('expected', 'Орлова Мария').count(), 1);

  await entry.refuse(9, { card_no: '0012345678' });
  const stranger = desk.row('happening', '0012345678');
  await stranger.waitFor();
  assert.match(await stranger.innerText(), /Отказ.*Карта 0012345678.*карта неизвестна/s);

  // The same in the other language.
  await at.world.set({ desk: { language: 'en' } });
  const english = await screen(desk.page, en).ready();
  await english.row('happening', 'Орлова Мария').waitFor();
  assert.match(await english.row('happening', 'Орлова Мария').innerText(), /Refused.*no access here/s);
  assert.match(await english.row('happening', '0012345678').innerText(), /Refused.*Card 0012345678.*the card is not known/s);
  await at.world.set({ desk: { language: 'ru' } });
});

test('somebody who comes in on a cancelled visit is an incident', async () => {
  const { id } = await at.world.plan('Петров Олег', { person_no: '1003' });
  await at.world.rpc('visit_act', { id, action: 'cancel' });
  const desk = await opened();
  await entry.pass({ person_no: '1003' });
  const incident = desk.row('happening', ru('incident_entry_on_cancelled'));
  await incident.waitFor();
  assert.match(await incident.innerText(), /Петров Олег/);
  assert.match(await incident.innerText(), /высок/);
  await incident.click();
  const panel = desk.panel('incident_title');
  await panel.getByText(ru('incident_what_entry_on_cancelled')).waitFor();
  await shot(desk.page, 'spine-incident');
  await panel.getByRole('link', { name: ru('incident_open_visit') }).click();
  await desk.panel('visit_title').getByRole('heading', { name: 'Петров Олег' }).waitFor();
  await desk.page.keyboard.press('Escape');
  await desk.panel('visit_title').waitFor({ state: 'detached' });
});

test('a pass that is used again after the exit is an incident too', async () => {
  const desk = await opened();
  await entry.pass({ person_no: '1001' });
  await desk.row('happening', ru('incident_expired_pass')).waitFor();
});

test('after a reload everything is there once, and as it was', async () => {
  const desk = await opened();
  const lists = async () => {
    const all = {};
    for (const list of ['expected', 'happening']) all[list] = await desk.rows(list);
    return all;
  };
  await desk.row('happening', 'Петров Олег').first().waitFor();
  const before = await lists();
  assert.equal(before.happening.length, (await at.world.passages()).length + 2);
  await reload(desk.page);
  await desk.row('happening', 'Петров Олег').first().waitFor();
  assert.deepEqual(await lists(), before);

  // Nor twice when the same device tells all of it once more.
  await entry.fault('replay-on-connect');
  await entry.unplug();
  await at.world.deviceIs('Вход', 'offline');
  await entry.plug();
  await at.world.deviceIs('Вход', 'online');
  await entry.pass({ card_no: '7777' });
  await desk.row('happening', '7777').waitFor();
  assert.deepEqual((await desk.rows('happening')).slice(1), before.happening);
});
