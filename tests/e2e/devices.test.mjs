// Devices: added with a test before anything is saved, changed, removed; and what is the matter
// with each, in words, and never green when it is not known.

import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { shot, stage } from './browser.mjs';
import { PAUSE_MS } from './keys.mjs';
import { screen } from './screen.mjs';
import { en, ru } from './words.mjs';
import { PASSWORD, until } from './world.mjs';

const at = stage();
const speak = (language) => at.world.set({ desk: { language, sounds: false } });
beforeEach(() => speak('en'));

/** A request that the core refuses is no surprise where the test asks for one. */
const REFUSED = [/answered: (400|404|409) .*\/rpc$/, /console error: Failed to load resource: .* (400|404|409)/];

async function opened(say = en, address = '#/devices') {
  const page = await at.open(address);
  return { page, desk: await screen(page, say).ready() };
}

const authority = (url) => new URL(url).host;
const names = async () => (await at.world.rpc('device_list')).map((device) => device.name);

test('an empty list says what to do; a device is tested before it is saved', async () => {
  const device = await at.world.device('--serial-number', 'SN-1');
  const { page, desk } = await opened();
  await page.getByText(en('device_empty')).waitFor();
  await desk.button('action_add_device').click();
  const form = desk.dialog('device_add_title');
  const probe = form.getByRole('button', { name: en('device_test'), exact: true });
  assert.equal(await probe.isDisabled(), true);
  // An address as people write it.
  await desk.typeDevice(form, { name: 'Turnstile 1', url: authority(device.url), user: 'admin', direction: 'In' });
  await form.getByText(en('device_field_url_meant', { url: device.url })).waitFor();
  await desk.typeDevice(form, { password: PASSWORD });
  await probe.click();
  await form.getByText(en('device_report_ok')).waitFor();
  const report = (await form.getByRole('status').innerText()).replace(/\s+/g, ' ');
  assert.match(report, /Model DS-K1T671M/);
  assert.match(report, /Serial number SN-1/);
  assert.match(report, /Clock right/);
  assert.match(report, /Log can be searched/);
  await shot(page, 'devices-tested');
  // Nothing is saved by a test.
  assert.deepEqual(await names(), []);
  await form.getByRole('button', { name: en('device_add'), exact: true }).click();
  await form.waitFor({ state: 'detached' });
  await desk.toast(en('device_added', { name: 'Turnstile 1' })).waitFor();
  const row = desk.device('Turnstile 1');
  await row.getByText(en('device_online')).waitFor();
  await desk.status.getByText(en('status_devices', { online: 1, all: 1 })).first().waitFor();
  const [saved] = await at.world.rpc('device_list');
  assert.deepEqual([saved.name, saved.url, saved.direction], ['Turnstile 1', device.url, 'in']);
});

test('a wrong password: why, how many tries are left, and the next try is a decision', async () => {
  const device = await at.world.device('--serial-number', 'SN-2');
  const { page, desk } = await opened();
  await desk.button('action_add_device').click();
  const form = desk.dialog('device_add_title');
  await desk.typeDevice(form, { name: 'Turnstile 2', url: device.url, user: 'admin', direction: 'Out', password: 'wrong' });
  await form.getByRole('button', { name: en('device_test'), exact: true }).click();
  await form.getByText(en('device_report_failed')).waitFor();
  await form.getByText(en('cause_refused')).waitFor();
  const { tries_left } = await device.state();
  assert.equal(tries_left, 4);
  await form.getByText(en('device_tries_left', { count: 4 })).first().waitFor();
  await form.getByText(en('device_spends_try')).waitFor();
  await shot(page, 'devices-wrong-password');
  await desk.typeDevice(form, { password: PASSWORD });
  // The words of the former answer are gone with what was typed.
  await form.getByText(en('device_report_failed')).waitFor({ state: 'detached' });
  await form.getByRole('button', { name: en('device_add'), exact: true }).click();
  await desk.device('Turnstile 2').getByText(en('device_online')).waitFor();
  assert.equal((await device.state()).refusals, 1);
});

test('nobody at the address, and a name that is taken, are said where they belong', async () => {
  const { page, desk } = await opened();
  page.expect(...REFUSED);
  await desk.button('action_add_device').click();
  const form = desk.dialog('device_add_title');
  await desk.typeDevice(form, { name: 'Turnstile 1', url: '127.0.0.1:9', user: 'admin', password: 'x' });
  await form.getByRole('button', { name: en('device_test'), exact: true }).click();
  await form.getByText(en('cause_unreachable')).waitFor();
  await form.getByRole('button', { name: en('device_add'), exact: true }).click();
  const name = form.getByLabel(en('device_field_name'), { exact: true });
  await until('the name marked', async () => (await name.getAttribute('aria-invalid')) === 'true');
  await form.getByText(en('refused_taken')).waitFor();
  await until('the focus there', () => name.evaluate((field) => field === document.activeElement));
  await desk.typeDevice(form, { name: 'Turnstile 9', url: 'ftp://door' });
  await form.getByRole('button', { name: en('device_add'), exact: true }).click();
  await form.getByText(en('problem_not_http')).waitFor();
  await page.keyboard.press('Escape');
  await form.waitFor({ state: 'detached' });
  assert.deepEqual((await names()).toSorted(), ['Turnstile 1', 'Turnstile 2']);

  // What was typed is kept; the password is not left lying about.
  await desk.button('action_add_device').click();
  assert.equal(await name.inputValue(), 'Turnstile 9');
  assert.equal(await form.getByLabel(en('device_field_password'), { exact: true }).inputValue(), '');
  await desk.typeDevice(form, { name: '', url: '' });
});

test('a device is renamed and turned round; its password stays', async () => {
  const { desk } = await opened();
  await desk.deviceMenu('Turnstile 2', 'device_edit');
  const form = desk.dialog('device_edit_title', { name: 'Turnstile 2' });
  const password = form.getByLabel(en('device_field_password'), { exact: true });
  assert.equal(await password.inputValue(), '');
  await form.getByText(en('device_field_password_kept')).waitFor();
  // What is unchanged can be tested without the password.
  await form.getByRole('button', { name: en('device_test'), exact: true }).click();
  await form.getByText(en('device_report_ok')).waitFor();
  await desk.typeDevice(form, { name: 'Exit', direction: 'In and out' });
  await form.getByRole('button', { name: en('device_save'), exact: true }).click();
  await form.waitFor({ state: 'detached' });
  await desk.device('Exit').getByText(en('device_online')).waitFor();
  assert.equal(await desk.device('Turnstile 2').count(), 0);
  const saved = (await at.world.rpc('device_list')).find((device) => device.name === 'Exit');
  assert.equal(saved.direction, 'both');
});

test('removing is asked about, says what stays, and can be left alone', async () => {
  const { page, desk } = await opened();
  await desk.deviceMenu('Exit', 'device_remove');
  const sure = desk.dialog('device_remove_title', { name: 'Exit' });
  await sure.getByText(en('device_remove_stays')).waitFor();
  // Enter by mistake removes nothing.
  await page.keyboard.press('Enter');
  await sure.waitFor({ state: 'detached' });
  assert.ok((await names()).includes('Exit'));
  await desk.deviceMenu('Exit', 'device_remove');
  await sure.getByRole('button', { name: en('device_remove'), exact: true }).click();
  await desk.toast(en('device_removed', { name: 'Exit' })).waitFor();
  await desk.device('Exit').waitFor({ state: 'detached' });
  assert.deepEqual(await names(), ['Turnstile 1']);
});

test('a device that is unplugged says so and since when, everywhere, and is never green', async () => {
  await speak('ru');
  const device = await at.world.watched('Калитка', 'in', '--heartbeat', '1');
  const { page, desk } = await opened(ru);
  const row = desk.device('Калитка');
  await row.getByText('на связи').waitFor();
  const well = await desk.mark(row);
  await device.unplug();
  await row.getByText(/не отвечает с \d\d:\d\d/).waitFor();
  await row.getByText(ru('cause_unreachable')).waitFor();
  assert.notEqual(await desk.mark(row), well);
  const problem = desk.status.getByText(/Калитка не отвечает с \d\d:\d\d/).filter({ visible: true }).first();
  await problem.waitFor();
  await desk.status.getByText(ru('status_devices', { online: 1, all: 2 })).first().waitFor();
  await shot(page, 'devices-unplugged');
  // From any screen, and one click from where it is put right.
  await desk.section('desk').click();
  await desk.list('expected').or(desk.column('expected')).first().waitFor();
  await problem.click();
  await row.waitFor();
  await device.plug();
  await row.getByText('на связи').waitFor();
  assert.equal(await desk.mark(row), well);
  await problem.waitFor({ state: 'detached' });
});

test('a stream that falls silent: not known, and neither green nor red', async () => {
  await speak('ru');
  const device = await at.world.watched('Парковка', 'in', '--heartbeat', '1');
  const { page, desk } = await opened(ru);
  const row = desk.device('Парковка');
  await row.getByText('на связи').waitFor();
  const well = await desk.mark(row);
  // Its own interval has to be known first: two heartbeats.
  const beats = new Set();
  await until('a few heartbeats', async () => {
    beats.add((await at.world.rpc('device_list')).find((each) => each.name === 'Парковка').heard);
    return beats.size > 4;
  });
  await device.fault('stream-silent');
  await row.getByText(/молчит с \d\d:\d\d/).waitFor();
  const silent = await desk.mark(row);
  assert.notEqual(silent, well);
  // Hatched grey: it has no red in it either.
  const [, r, g, b] = /rgb\((\d+), (\d+), (\d+)\)/.exec(silent) ?? [];
  if (r !== undefined) assert.ok(Math.max(r, g, b) - Math.min(r, g, b) < 40, silent);
  await desk.status.getByText(/Парковка молчит с \d\d:\d\d/).filter({ visible: true }).first().waitFor();
  await shot(page, 'devices-silent');
  await device.fault('stream-silent', null);
  await row.getByText('на связи').waitFor();
});

test('a password that was changed at the device: the words, and the way to set it', async () => {
  const device = await at.world.watched('Back door', 'in');
  const { page, desk } = await opened();
  const row = desk.device('Back door');
  await row.getByText(en('device_online')).waitFor();
  await device.password('another');
  await device.unplug();
  await at.world.deviceIs('Back door', 'offline');
  await device.plug();
  await row.getByText(/refuses the login since \d\d:\d\d/).waitFor();
  await row.getByText(/attempts left before it locks: 4/i).waitFor();
  await row.getByText(en('device_refused_act')).waitFor();
  const { refusals } = await device.state();
  assert.equal(refusals, 1, 'it is not tried again by itself');
  await shot(page, 'devices-refused');
  await row.getByRole('button', { name: en('device_password_set') }).click();
  const form = page.getByRole('dialog');
  const password = form.getByLabel(en('device_field_password'), { exact: true });
  await until('the focus in the password', () => password.evaluate((field) => field === document.activeElement));
  await page.keyboard.type('another', { delay: PAUSE_MS });
  await page.keyboard.press('Enter');
  await form.waitFor({ state: 'detached' });
  await row.getByText(en('device_online')).waitFor();
  assert.equal((await device.state()).refusals, 1);
});

test('a clock that is wrong is told in words, with what to do', async () => {
  await at.world.watched('Fast', 'in', '--fault', 'clock-offset=125');
  await at.world.watched('Slow', 'in', '--fault', 'clock-offset=-45');
  const { page, desk } = await opened();
  await desk.device('Fast').getByText('2 min ahead').waitFor();
  await desk.device('Fast').getByText(en('device_drift_warn')).waitFor();
  await desk.device('Slow').getByText(/4[4-6] s behind/).waitFor();
  await desk.device('Turnstile 1').getByText('right', { exact: true }).waitFor();
  await speak('ru');
  const russian = await screen(page, ru).ready();
  await russian.device('Fast').getByText('спешат на 2 мин').waitFor();
  await russian.device('Slow').getByText(/отстают на 4[4-6] с/).waitFor();
});

test('while the core is away nothing is known of any device', async () => {
  const { page, desk } = await opened();
  const row = desk.device('Turnstile 1');
  await row.getByText(en('device_online')).waitFor();
  const well = await desk.mark(row);
  page.expect(/ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE/, /WebSocket connection to .* failed/);
  await at.world.kill9();
  await row.getByText(/State as of \d\d:\d\d: not known now/).waitFor();
  assert.notEqual(await desk.mark(row), well);
  assert.equal(await desk.button('action_add_device').isDisabled(), true);
  await at.world.serve();
  await until('green again', async () => (await desk.mark(row)) === well);
});
