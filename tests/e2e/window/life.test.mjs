// The window's life on a desktop: beginning, hiding, ending, and being killed.

import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import * as desktop from './desktop.mjs';
import { close, coreRuns, end, place, run, start, timeToEnd, tool, until, visible } from './desktop.mjs';

let at, manager;
const running = [];

before(async () => (manager = await desktop.windowManager()));
after(() => manager?.stop());
beforeEach(() => (at = desktop.desk()));
afterEach(async () => {
  for (const child of running.splice(0)) {
    child.kill('SIGKILL');
    await child.ended;
  }
  await at.remove();
});

function begin(...args) {
  const child = start(at, ...args);
  running.push(child);
  return child;
}

/** Begins, and waits until the window is seen and the core answers. */
async function opened(...args) {
  const child = begin(...args);
  const window = await until('the window', () => visible(child));
  await coreRuns(child);
  return { child, window };
}

test('a second start shows the first window and ends', async () => {
  const first = begin('--hidden');
  await coreRuns(first);
  const second = begin();
  const { code, ms } = await timeToEnd(second);
  assert.equal(code, 0, second.log);
  assert.ok(ms < 3_000, `${ms} ms`);
  await until('the first window', () => visible(first));
});

test('two data folders have two windows', async () => {
  await opened();
  const other = desktop.desk();
  const child = desktop.start(other);
  running.push(child);
  await until('the other window', () => visible(child));
  child.kill('SIGTERM');
  await child.ended;
  await other.remove();
});

test('without a tray, closing the window is the end, within two seconds', async () => {
  const { child, window } = await opened();
  close(window);
  const { code, ms } = await timeToEnd(child);
  assert.equal(code, 0, child.log);
  assert.ok(ms < 2_000, `${ms} ms`);
  assert.ok(child.log.includes('all has ended'), child.log);
});

test('with a tray, closing hides, and the program goes on', async (context) => {
  const tray = await desktop.tray();
  context.after(() => tray.stop());
  const { child, window } = await opened();
  close(window);
  await until('a hidden window', () => visible(child) === undefined);
  assert.match(desktop.status(at) ?? '', /integrity/);
  assert.equal(await timeToEnd(begin()).then((end) => end.code), 0);
  await until('the window again', () => visible(child));
  child.kill('SIGTERM');
  const { code, ms } = await timeToEnd(child);
  assert.equal(code, 0);
  assert.ok(ms < 2_000, `${ms} ms`);
});

test('the first time, a notification says where the window went, and brings it back', async (context) => {
  const tray = await desktop.tray();
  context.after(() => tray.stop());
  const notices = run('dunst', []);
  context.after(() => end(notices));
  await until('somebody who shows notifications', () => tool('dunstctl', ['count', 'displayed']) !== undefined);
  const { child, window } = await opened();
  close(window);
  await until('a notification', () => Number(tool('dunstctl', ['count', 'displayed'])) > 0);
  assert.equal(visible(child), undefined);
  await until('the window again', () => {
    tool('dunstctl', ['action', '0']);
    return visible(child);
  });
  tool('dunstctl', ['close-all']);
  close(window);
  await until('a hidden window', () => visible(child) === undefined);
  assert.equal(tool('dunstctl', ['count', 'displayed']), '0', 'said once');
});

test('a tray that goes away leaves no window behind that nobody finds', async (context) => {
  const tray = await desktop.tray();
  context.after(() => tray.stop());
  const child = begin('--hidden');
  await coreRuns(child);
  assert.equal(visible(child), undefined);
  await tray.stop();
  await until('a minimised window', () => tool('wmctrl', ['-l', '-p'])?.includes(` ${child.pid} `));
});

test('what a person did with the window outlives kill -9', async () => {
  const { child, window } = await opened();
  tool('wmctrl', ['-i', '-r', `0x${Number(window).toString(16)}`, '-e', '0,200,150,900,640']);
  const file = join(at.folder, 'window', 'place.json');
  const kept = () => (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).desk : undefined);
  await until('the place to be kept', () => kept()?.width === 900 && kept()?.height === 640);
  const before = place(window);
  child.kill('SIGKILL');
  await child.ended;
  const again = await opened();
  await until('the same place', () => {
    const now = place(again.window);
    const near = (a, b) => Math.abs(a - b) <= 40;
    return now.WIDTH === 900 && now.HEIGHT === 640 && near(now.X, before.X) && near(now.Y, before.Y);
  });
});

test('a place on a screen that is gone is not gone to', async () => {
  const { child } = await opened();
  const file = join(at.folder, 'window', 'place.json');
  child.kill('SIGTERM');
  await child.ended;
  const kept = JSON.parse(readFileSync(file, 'utf8'));
  Object.assign(kept.desk, { x: 9_000, y: 9_000, width: 5_000, height: 4_000 });
  writeFileSync(file, JSON.stringify(kept));
  const again = await opened();
  await until('a window on the screen', () => {
    const { X, Y, WIDTH, HEIGHT } = place(again.window);
    return X >= 0 && Y >= 0 && X < 1_600 && Y < 1_000 && WIDTH <= 1_600 && HEIGHT <= 1_000;
  });
});

test('a sleep is noticed', async () => {
  const { child } = await opened();
  child.kill('SIGSTOP');
  await new Promise((done) => setTimeout(done, 8_000));
  child.kill('SIGCONT');
  await until('waking', () => child.log.includes('the machine has slept'));
});

test('where a service runs, the window is its client, and takes over when it is gone', async () => {
  let service = await desktop.service(at);
  running.push(service);
  const { child } = await opened();
  assert.match(child.log, /a service holds the folder/);
  // One that is started again is waited for.
  service.kill('SIGKILL');
  await service.ended;
  service = await desktop.service(at);
  running.push(service);
  // The socket of one that is being killed may still let in whoever tries at that moment.
  await until('the service again', () => {
    const last = (words) => child.log.lastIndexOf(words);
    return last('the service went away') > 0 && last('a service holds the folder') > last('the service went away');
  });
  service.kill('SIGTERM');
  await service.ended;
  await until('the core in the window', () => child.log.includes('the core runs'));
  assert.match(desktop.status(at) ?? '', /integrity/);
});

test('a data folder that cannot be opened does not keep the window from showing', async () => {
  const { child } = await opened();
  child.kill('SIGTERM');
  await child.ended;
  writeFileSync(join(at.folder, 'secrets.sealed'), 'not what it was');
  const again = begin();
  await until('the window', () => visible(again));
  await until('the reason', () => /ERROR/.test(again.log));
});
