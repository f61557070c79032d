// The page in the real window: what it may, and what it may not.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { desk, driven, settle, signIn, tool, until, windowManager } from './desktop.mjs';

let at, app, manager;

before(async () => {
  manager = await windowManager();
  at = desk();
  const admin = settle(at);
  app = await driven(at);
  await signIn(app, admin);
});

after(async () => {
  await app?.quit();
  await manager?.stop();
  await at?.remove();
});

const script = (code, ...args) => app.driver.executeAsyncScript(code, ...args);

test('the page is there, from inside the program', async () => {
  const url = await app.driver.getCurrentUrl();
  assert.match(url, /^tauri:\/\/localhost/);
  assert.notEqual(await app.driver.getTitle(), '');
  await until('a page that is done', async () => (await app.driver.executeScript('return document.readyState')) === 'complete');
});

test('a command reaches the core and comes back', async () => {
  const { value } = await app.rpc('status');
  assert.equal(value.running, true);
  await until('the database to be looked at', async () => {
    const { value } = await app.rpc('status');
    return value.tasks.find((task) => task.name === 'integrity')?.result === 'the database is whole';
  });
});

test('a refusal has a code', async () => {
  const { error } = await app.rpc('device_remove', { name: 'no such device' });
  assert.equal(error.code, 'not_found');
  assert.equal((await app.rpc('no_such_command')).error.code, 'invalid');
});

test('what belongs to the owner of the folder is not for a page', async () => {
  const request = { after: null, reader: 'notify.os', wait_ms: 0 };
  assert.equal((await app.rpc('watch', request)).error.code, 'forbidden');
});

test('events come as they happen', async (context) => {
  const snapshot = await app.rpc('snapshot');
  if (snapshot.error?.code === 'invalid') return context.skip('this core has no events yet');
  const batch = await script(
    `const [after, draft, done] = arguments;
     const inside = window.__TAURI_INTERNALS__;
     const heard = inside.transformCallback(({ message }) => {
       if (message?.items?.some((item) => item.kind === 'visit')) done(message);
     });
     inside.invoke('subscribe', { after, devices: null, channel: '__CHANNEL__:' + heard })
       .then(() => inside.invoke('rpc', { command: 'visit_add', with: draft }))
       .catch((error) => done({ error }));`,
    snapshot.value.seq,
    {
      visitor: 'Иванов Иван',
      host: 'Ли',
      purpose: null,
      person_no: null,
      card_no: null,
      from: new Date().toISOString(),
      until: new Date(Date.now() + 3_600_000).toISOString(),
      profile: 'single',
    },
  );
  assert.equal(batch.error, undefined, JSON.stringify(batch.error));
  assert.ok(batch.next > snapshot.value.seq);
});

test('a picture that is not there is no picture', async () => {
  const seen = (name) =>
    script(
      `const done = arguments[1]; const image = new Image();
       image.onload = () => done('shown'); image.onerror = () => done('missing');
       image.src = 'picture://localhost/' + arguments[0];`,
      name,
    );
  assert.equal(await seen('0'.repeat(64)), 'missing');
  assert.equal(await seen('../vakhta.sqlite3'), 'missing');
});

test('the page knows the desktop', async () => {
  const { value } = await app.invoke('shell_info');
  assert.deepEqual([value.tray, value.autostart], [false, false]);
  assert.equal((await app.invoke('set_autostart', { on: true })).error, undefined);
  assert.equal((await app.invoke('get_autostart')).value, true);
  await app.invoke('set_autostart', { on: false });
  assert.equal((await app.invoke('get_autostart')).value, false);
});

test('the page may ask for nothing that was not given', async () => {
  for (const command of ['plugin:window|close', 'plugin:window-state|save_window_state', 'plugin:autostart|enable', 'plugin:event|emit']) {
    const { error } = await app.invoke(command, { event: 'x', flags: 1 });
    assert.match(String(error), /not allowed/, command);
  }
  assert.equal(await app.driver.executeScript('return typeof window.__TAURI__'), 'undefined');
});

test('the page runs nothing but itself and speaks to nobody else', async () => {
  const inline = await script(
    `const done = arguments[0]; window.ran = false;
     const element = document.createElement('script'); element.textContent = 'window.ran = true';
     document.body.append(element); requestAnimationFrame(() => done(window.ran));`,
  );
  assert.equal(inline, false);
  const fetched = await script(
    `const done = arguments[0]; fetch('http://127.0.0.1:1/').then(() => done('sent'), (error) => done(String(error)));`,
  );
  assert.match(fetched, /TypeError/);
  const blocked = await script(
    `const done = arguments[0];
     document.addEventListener('securitypolicyviolation', (event) => done(event.effectiveDirective), { once: true });
     fetch('http://127.0.0.1:1/').catch(() => undefined);`,
  );
  assert.equal(blocked, 'connect-src');
});

test('the window goes nowhere else', async () => {
  const before = await app.driver.getCurrentUrl();
  await app.driver.executeScript(`location.href = 'http://127.0.0.1:1/';`);
  assert.equal(await app.driver.executeScript(`return window.open('http://127.0.0.1:1/') === null`), true);
  await script('const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(done));');
  assert.equal(await app.driver.getCurrentUrl(), before);
});

test('the desk is locked with the screen of the desktop', async () => {
  const saver = (active) =>
    tool('dbus-send', ['--session', '--type=signal', '/ScreenSaver', 'org.freedesktop.ScreenSaver.ActiveChanged', `boolean:${active}`]);
  const stage = async () => (await app.rpc('access')).value?.stage;
  // The tests before have taken its events from the page.
  await app.driver.navigate().refresh();
  await until('the page anew', () => app.driver.executeScript("return document.querySelector('[role=search]') !== null"));
  assert.equal(await stage(), 'signed_in');
  assert.notEqual(saver(false), undefined, 'the bus takes a signal');
  saver(true);
  await until('a locked desk', async () => (await stage()) === 'locked');
  await until('the lock on the page', async (instead) => {
    instead(await app.driver.executeScript('return document.body.innerText'));
    return app.driver.executeScript("return document.querySelector('input[type=password]') !== null");
  });
});
