// From a door to a person who looks elsewhere: a refusal of somebody expected becomes a
// notification, and a click on it leads to the visit.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { PASSWORD, simulator } from '../simulator.mjs';
import { desk, driven, end, run, settle, signIn, tool, until, windowManager } from './desktop.mjs';

let at, app, manager, notices, device;

before(async () => {
  manager = await windowManager();
  notices = run('dunst', []);
  await until('somebody who shows notifications', () => shown() !== undefined);
  device = await simulator('--serial-number', 'E2E-1');
  at = desk();
  const admin = settle(at);
  app = await driven(at);
  await signIn(app, admin);
  const added = await app.rpc('device_add', {
    name: 'Турникет',
    url: device.url,
    user: 'admin',
    direction: 'in',
    password: PASSWORD,
  });
  assert.equal(added.error, undefined, JSON.stringify(added.error));
  await until('the device', async () => JSON.stringify((await app.rpc('device_list')).value).includes('"online"'));
});

after(async () => {
  await app?.quit();
  await device?.end();
  if (notices) await end(notices);
  await manager?.stop();
  await at?.remove();
});

/** How many notifications are on the screen. */
function shown() {
  const count = tool('dunstctl', ['count', 'displayed']);
  return count === undefined ? undefined : Number(count);
}

function history() {
  const { data } = JSON.parse(tool('dunstctl', ['history']));
  return data.flat().map((one) => ({ title: one.summary.data, body: one.body.data }));
}

async function visit(visitor, number) {
  const now = Date.now();
  const { value, error } = await app.rpc('visit_add', {
    visitor,
    host: 'Ли',
    purpose: null,
    person_no: number,
    card_no: null,
    from: new Date(now - 60_000).toISOString(),
    until: new Date(now + 3_600_000).toISOString(),
    profile: 'single',
  });
  assert.equal(error, undefined, JSON.stringify(error));
  return value;
}

test('a refusal of somebody expected is told, and a click leads to the visit', async () => {
  const expected = await visit('Иванов Иван <Петрович> & сын', '1001');
  await app.driver.executeScript(
    `const inside = window.__TAURI_INTERNALS__;
     const handler = inside.transformCallback((event) => (document.title = 'gone to ' + event.payload));
     return inside.invoke('plugin:event|listen', { event: 'go', target: { kind: 'Any' }, handler });`,
  );
  await device.refuse(6, { person_no: '1001' });
  await until('the notification', () => shown() === 1);
  await until('where it leads', async () => {
    tool('dunstctl', ['action', '0']);
    return (await app.driver.getTitle()) === `gone to #/desk?visit=${expected.id}`;
  });
  tool('dunstctl', ['close-all']);
  const told = await until('the words', () => history().at(0));
  assert.equal(told.title, 'Не пропущен: Иванов Иван <Петрович> & сын');
  assert.match(told.body, /^Турникет: нет доступа к этой двери/);
});

test('a storm is one notification more, not a hundred', async () => {
  for (let number = 0; number < 20; number += 1) await visit(`Посетитель ${number}`, String(2000 + number));
  for (let number = 0; number < 20; number += 1) await device.refuse(6, { person_no: String(2000 + number) });
  // At most five on their own, and the sum of the others: nobody is lost.
  const alone = () => new Set(history().map((one) => one.title).filter((title) => title.includes('Посетитель'))).size;
  await until('the sum', () => {
    tool('dunstctl', ['close-all']);
    const sums = history().map((one) => Number(/^Ещё (\d+) отказ/.exec(one.body)?.[1] ?? 0));
    return alone() + Math.max(0, ...sums) === 20;
  });
  assert.ok(alone() <= 5, `${alone()}`);
});

test('what the task did can be seen', async () => {
  const { value } = await app.rpc('status');
  assert.equal(value.tasks.find((task) => task.name === 'notify.os')?.result, 'shown');
  assert.equal((await app.invoke('shell_info')).value.notifications, null);
});
