// Every screen in both themes, at the size of a desk and of a phone: what axe finds, nothing wider
// than the window, nothing cut off. E2E_SHOTS=folder keeps a picture of each.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accessibility, frames, overflow, shot, stage } from './browser.mjs';
import { atEdge, cutOff, cutTags, loose, sideways, squeezed, systemLooks } from './inspect.mjs';
import { screen } from './screen.mjs';
import { ru } from './words.mjs';
import { PASSWORD, until } from './world.mjs';

const SIZES = [
  { width: 1280, height: 720 },
  { width: 360, height: 740 },
];
const THEMES = ['light', 'dark'];

const at = stage(() => at.world.set({ desk: { language: 'ru', sounds: false, theme: 'system' } }));

/** Looks at a page as it stands in every theme and size; all that is wrong with it. */
async function looked(page, name, sizes = SIZES) {
  const wrong = [];
  for (const theme of THEMES) {
    await page.emulateMedia({ colorScheme: theme });
    for (const size of sizes) {
      await page.setViewportSize(size);
      await frames(page);
      await settled(page);
      const where = `${theme} ${size.width}`;
      await shot(page, `look-${name}-${theme}-${size.width}`);
      const wide = await overflow(page);
      if (wide > 0) wrong.push(`${where}: wider than the window by ${wide}`);
      wrong.push(...(await page.evaluate(cutOff)).map((what) => `${where}: cut off: ${what}`));
      wrong.push(...(await page.evaluate(sideways)).map((what) => `${where}: to be scrolled sideways: ${what}`));
      wrong.push(...(await page.evaluate(squeezed)).map((what) => `${where}: squeezed: ${what}`));
      wrong.push(...(await page.evaluate(cutTags)).map((what) => `${where}: a tag is cut: ${what}`));
      wrong.push(...(await page.evaluate(atEdge)).map((what) => `${where}: at the edge: ${what}`));
      wrong.push(...(await page.evaluate(systemLooks)).map((what) => `${where}: not as the other fields: ${what}`));
      wrong.push(...(await accessibility(page)).map((what) => `${where}: ${what}`));
    }
  }
  await page.setViewportSize(SIZES[0]);
  return wrong;
}

/** Colours that are still changing are measured as they never are. */
const settled = (page) =>
  until('everything to come to rest', () => page.evaluate(() => document.getAnimations().every((each) => each.playState !== 'running')));

async function opened(address, options) {
  const page = await at.open(address, options);
  return { page, desk: await screen(page, ru).ready() };
}

/** A morning: people who are expected, late, inside, out and refused, devices that are well and not. */
async function morning() {
  const { world } = at;
  const [entry, exit] = [await world.watched('Турникет 1', 'in'), await world.watched('Турникет 2', 'out')];
  const broken = await world.watched('Терминал на парковке', 'in');
  const ago = (minutes) => new Date(Date.now() - minutes * 60_000).toISOString();
  const people = [
    ['Қуанышбекова Айгерім Серікжанқызы', 'Нургалиева Асель, отдел сопровождения клиентов', 'подписание договора о поставке'],
    ['Иванов Пётр Сергеевич', 'Ким Д.', 'собеседование'],
    ['Greene Thomas', 'Ли', null],
    ['Константинопольский-Задунайский Александр Владимирович', 'Ким Д.', 'осмотр'],
    ['Орлова Мария', 'Ли', 'доставка'],
  ];
  for (const [at, [visitor, host, purpose]] of people.entries()) {
    await world.plan(visitor, { host, purpose, person_no: String(2000 + at), from: ago(90 - at) });
    await world.plan(`Гость ${at + 1}`, { host, purpose, card_no: `00123400${at}`, from: ago(40 - 8 * at) });
  }
  for (const minutes of [30, 120]) await world.plan(`Позже через ${minutes}`, { from: ago(-minutes) });
  await world.plan('Много Раз', { person_no: '3000', profile: 'multiple', from: ago(60) });
  for (const person_no of ['2000', '2001', '2002', '2003', '3000']) await entry.pass({ person_no, picture: true });
  await exit.pass({ person_no: '3000', picture: true });
  const cancelled = await world.plan('Петров Олег', { person_no: '3001' });
  await world.rpc('visit_act', { id: cancelled.id, action: 'cancel' });
  await entry.pass({ person_no: '3001' });
  await entry.refuse(6, { person_no: '2004', picture: true });
  await entry.refuse(9, { card_no: '0099887766' });
  await broken.unplug();
  await world.deviceIs('Терминал на парковке', 'offline');
  await until('all passages', async () => (await world.passages()).length === 9);
}

test('the desk with nothing on it', async () => {
  const { page, desk } = await opened('#/desk');
  await page.getByText(ru('desk_empty_devices')).waitFor();
  await desk.field.waitFor();
  assert.deepEqual(await looked(page, 'desk-empty'), []);
});

test('the devices with nothing among them', async () => {
  const { page } = await opened('#/devices');
  await page.getByText(ru('device_empty')).waitFor();
  assert.deepEqual(await looked(page, 'devices-empty'), []);
});

test('a full desk', async () => {
  await morning();
  const { page, desk } = await opened('#/desk');
  await desk.row('happening', '0099887766').waitFor();
  assert.deepEqual(await looked(page, 'desk-full'), []);
});

for (const tab of ['inside', 'happening']) {
  test(`a full desk on a phone: ${tab}`, async () => {
    const { page, desk } = await opened(`#/desk?tab=${tab}`, { size: SIZES[1] });
    await desk.list(tab).waitFor();
    assert.deepEqual(await looked(page, `desk-${tab}`, [SIZES[1]]), []);
  });
}

test('headings stand over their columns', async () => {
  const { page, desk } = await opened('#/desk');
  await desk.row('inside', 'Greene Thomas').waitFor();
  for (const width of [1280, 1600, 1920]) {
    await page.setViewportSize({ width, height: 720 });
    await frames(page);
    const columns = await desk.list('inside').evaluate((list) => {
      const left = (element) => Math.round(element.getBoundingClientRect().left);
      const shown = (element) => element.getBoundingClientRect().width > 0;
      const row = list.querySelector('[role=rowgroup] [role=row] [role=gridcell]').closest('[role=row]');
      return {
        heads: [...list.querySelectorAll('[role=columnheader]')].filter(shown).map(left),
        cells: [...row.querySelectorAll('[role=gridcell]')].filter(shown).map(left),
      };
    });
    assert.equal(columns.heads.length, columns.cells.length);
    const apart = columns.heads.map((head, column) => Math.abs(head - columns.cells[column]));
    assert.ok(Math.max(...apart) <= 2, `${width}: ${JSON.stringify(columns)}`);
  }
});

test('what is known of a visit', async () => {
  const { id } = await at.world.visit('Қуанышбекова Айгерім Серікжанқызы');
  const { page, desk } = await opened(`#/desk?visit=${id}`);
  await desk.panel('visit_title').getByRole('list').first().waitFor();
  assert.deepEqual(await looked(page, 'visit'), []);
});

test('an incident and a passage', async () => {
  const { page, desk } = await opened('#/desk');
  await desk.row('happening', ru('incident_entry_on_cancelled')).click();
  await desk.panel('incident_title').waitFor();
  assert.deepEqual(await looked(page, 'incident'), []);
  await page.keyboard.press('Escape');
  await desk.row('happening', '0099887766').click();
  await desk.panel('passage_title').waitFor();
  assert.deepEqual(await looked(page, 'passage'), []);
});

test('the form of a new visit, with what it offers and what is wrong', async () => {
  const { page, desk } = await opened('#/desk?new=1');
  const form = desk.dialog('visit_new');
  await form.waitFor();
  assert.deepEqual(await looked(page, 'visit-new'), []);
  await desk.formField(form, 'visit_new_from').fill('25:99');
  await form.getByRole('button', { name: ru('visit_new_save'), exact: true }).click();
  await form.getByText(ru('visit_new_time_bad')).waitFor();
  await desk.formField(form, 'visit_new_visitor').pressSequentially('ива');
  await form.getByRole('option').first().waitFor();
  assert.deepEqual(await looked(page, 'visit-new-offers'), []);
});

test('the names of fields are words', async () => {
  const { page, desk } = await opened('#/desk?new=1');
  await desk.dialog('visit_new').waitFor();
  const debug = await page.context().newCDPSession(page);
  const { nodes } = await debug.send('Accessibility.getFullAXTree');
  const names = nodes.filter((node) => node.role?.value === 'textbox').map((node) => node.name.value);
  assert.ok(names.includes(`${ru('visit_new_purpose')} ${ru('field_optional')}`), names.join(', '));
});

test('the devices, with one that does not answer', async () => {
  const { page, desk } = await opened('#/devices');
  await desk.device('Терминал на парковке').getByText(/не отвечает/).waitFor();
  assert.deepEqual(await looked(page, 'devices'), []);
});

test('an edge says along all that is told of a device how it is with it', async () => {
  const { page, desk } = await opened('#/devices');
  await desk.device('Терминал на парковке').getByText(/не отвечает/).waitFor();
  const edges = await desk.device('Терминал на парковке').evaluate((rows) =>
    [...rows.rows].map((row) => getComputedStyle(row.cells[0]).borderLeftStyle),
  );
  assert.deepEqual(edges, ['dashed', 'dashed']);
});

test('the form of a device, with an answer that is no', async () => {
  const device = await at.world.device('--serial-number', 'SN-look');
  const { page, desk } = await opened('#/devices?new=1');
  const form = desk.dialog('device_add_title');
  await form.waitFor();
  assert.deepEqual(await looked(page, 'device-new'), []);
  await desk.typeDevice(form, { name: 'Новый', url: device.url, user: 'admin', password: `not ${PASSWORD}` });
  await form.getByRole('button', { name: ru('device_test'), exact: true }).click();
  await form.getByText(ru('device_report_failed')).waitFor();
  assert.deepEqual(await looked(page, 'device-refused'), []);
});

for (const section of ['appearance', 'notifications', 'application', 'site']) {
  test(`the settings: ${section}`, async () => {
    const { page } = await opened(`#/settings/${section}`);
    await page.getByRole('heading', { name: ru(`settings_${section}`), exact: true }).waitFor();
    assert.deepEqual(await looked(page, `settings-${section}`), []);
  });
}

test('the settings: backups, one of them made, and a place that is being added', async () => {
  await at.world.rpc('backup_create');
  await until('a backup', async () => (await at.world.rpc('backups')).work === null);
  const { page, desk } = await opened('#/settings/backups');
  await page.getByRole('heading', { name: ru('settings_backups'), exact: true }).waitFor();
  await page.getByText(ru('backup_not_recoverable'), { exact: true }).first().waitFor();
  assert.deepEqual(await looked(page, 'settings-backups'), []);
  await desk.button('backup_place_add').click();
  await desk.dialog('backup_add_title').waitFor();
  assert.deepEqual(await looked(page, 'backup-place'), []);
});

test('the settings: health', async () => {
  const { page } = await opened('#/settings/health');
  await page.getByRole('heading', { name: ru('settings_health'), exact: true }).waitFor();
  await page.getByText(ru('health_part_keyring')).first().waitFor();
  assert.deepEqual(await looked(page, 'settings-health'), []);
});

test('the list of keys', async () => {
  const { page, desk } = await opened('#/desk');
  await page.keyboard.press('F1');
  await desk.dialog('keys_title').waitFor();
  assert.deepEqual(await looked(page, 'help'), []);
});

test('what was found, and what was not', async () => {
  const { page, desk } = await opened('#/desk');
  await desk.field.pressSequentially('гость');
  await desk.found.filter({ hasText: 'Гость 1' }).waitFor();
  assert.deepEqual(await looked(page, 'search'), []);
  await desk.field.fill('нет такого человека');
  await page.getByText(ru('search_nobody')).waitFor();
  assert.deepEqual(await looked(page, 'search-nobody'), []);
});

test('a message, and who was acted upon last', async () => {
  const { page, desk } = await opened('#/desk');
  await desk.field.pressSequentially('Гость 2');
  await desk.picked.getByText('Гость 2').waitFor();
  await page.keyboard.press('Enter');
  await desk.toast(ru('acted_check_in', { name: 'Гость 2' })).waitFor();
  assert.deepEqual(await page.evaluate(loose), []);
  assert.deepEqual(await looked(page, 'acted'), []);
});

test('the state of things in full, on a phone', async () => {
  const { page, desk } = await opened('#/desk', { size: SIZES[1] });
  await desk.status.getByRole('button').filter({ visible: true }).first().click();
  await desk.dialog('status_sheet').waitFor();
  assert.deepEqual(await looked(page, 'status', [SIZES[1]]), []);
});

test('signing in, and the second factor', async () => {
  const context = await at.newContext();
  const page = await at.open('', { context, expects: [/403/] });
  await page.getByLabel(ru('access_login'), { exact: true }).fill(at.world.admin.login);
  await page.getByLabel(ru('access_password'), { exact: true }).fill(at.world.admin.password);
  assert.deepEqual(await looked(page, 'sign-in'), []);
  await page.keyboard.press('Enter');
  await page.getByLabel(ru('access_code'), { exact: true }).waitFor();
  assert.deepEqual(await looked(page, 'code'), []);
  await context.close();
});

test('a locked desk', async () => {
  const context = await at.newContext();
  await at.signIn(context);
  const page = await at.open('#/desk', { context });
  await screen(page, ru).ready();
  await page.keyboard.press('Control+Shift+KeyL');
  await page.getByText(ru('access_locked')).waitFor();
  assert.deepEqual(await looked(page, 'locked'), []);
  await context.close();
});

test('who works here, what they did, and what signing in demands', async () => {
  for (const [address, words] of [
    ['#/people', 'people_matrix'],
    ['#/audit', 'audit_check'],
    ['#/settings/security', 'security_factor'],
  ]) {
    const { page } = await opened(address);
    await page.getByText(ru(words)).first().waitFor();
    assert.deepEqual(await looked(page, address.replaceAll(/\W+/g, '-')), []);
  }
});

test('without the core', async () => {
  const { page, desk } = await opened('#/desk');
  await desk.row('happening', '0099887766').waitFor();
  page.expect(/ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE/, /WebSocket connection to .* failed/);
  await at.world.kill9();
  await page.getByText(ru('desk_lost_hint')).waitFor();
  assert.deepEqual(await looked(page, 'lost'), []);
  await at.world.serve();
  await page.getByText(ru('desk_lost_hint')).waitFor({ state: 'detached' });
});
