// A desktop of the tests' own: a data folder, the program on it, and what a person would see.
//
// Run inside `xvfb-run` and `dbus-run-session` (`npm run window`). A window manager is started
// here, because closing, minimising and placing a window are its business.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import webdriver from 'selenium-webdriver';
import { code, password } from '../people.mjs';
import { end, run, until, VAKHTA, VAKHTAD } from '../programs.mjs';

export { end, run, until } from '../programs.mjs';

/** A window manager; stays until `stop`. */
export async function windowManager() {
  const manager = run('openbox', ['--sm-disable']);
  await until('a window manager', () => tool('wmctrl', ['-m']) !== undefined);
  return { stop: () => end(manager) };
}

/** What the tool writes; undefined when it fails. */
export function tool(program, args) {
  try {
    return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return undefined;
  }
}

/** Somebody who says that there is a tray, and takes whatever icon comes. */
export async function tray() {
  const watcher = run('dbus-test-tool', ['echo', '--name=org.kde.StatusNotifierWatcher']);
  const has = ['--session', '--print-reply=literal', '--dest=org.freedesktop.DBus', '/', 'org.freedesktop.DBus.NameHasOwner'];
  await until('a tray', () => tool('dbus-send', [...has, 'string:org.kde.StatusNotifierWatcher'])?.includes('true'));
  return { stop: () => end(watcher) };
}

/** A fresh data folder, and a home that is nobody's. */
export function desk() {
  const home = mkdtempSync(join(tmpdir(), 'vakhta-e2e-'));
  const folder = join(home, 'data');
  mkdirSync(join(home, 'keys'), { mode: 0o700 });
  const env = {
    HOME: home,
    XDG_CONFIG_HOME: join(home, 'config'),
    XDG_DATA_HOME: join(home, 'share'),
    XDG_CACHE_HOME: join(home, 'cache'),
    VAKHTA_DATA: folder,
    VAKHTA_SECRETS: 'sealed',
    VAKHTA_KEY_DIR: join(home, 'keys'),
    VAKHTA_LOG: 'info',
    LANG: 'ru_RU.UTF-8',
    NO_AT_BRIDGE: '1',
    // Written by what outlives the program for a moment.
    MESA_SHADER_CACHE_DISABLE: 'true',
  };
  // The web view's processes end a moment after the program does, and write until then.
  const removed = () => {
    try {
      rmSync(home, { recursive: true, force: true });
      return true;
    } catch {
      return false;
    }
  };
  return { home, folder, env, remove: () => until('the data folder to be left', removed) };
}

/** Sets the site up as an administrator does; who that is. Nothing runs on the folder yet. */
export function settle(desk) {
  const admin = { login: 'admin', password: password() };
  const words = ['init', '--login', admin.login, '--name', 'Администратор', '--also', 'operator,supervisor,security'];
  const env = { ...process.env, ...desk.env, VAKHTA_PASSWORD: admin.password };
  execFileSync(VAKHTAD, [...words, '--language', 'ru', '--json'], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  return admin;
}

/** Signs in for the first time, in the window; whoever it is takes up a second factor. */
export async function signIn(app, admin) {
  const ask = async (command, request) => {
    const { value, error } = await app.rpc(command, request);
    if (error !== undefined) throw new Error(`${command}: ${JSON.stringify(error)}`);
    return value;
  };
  await ask('sign_in', { login: admin.login, password: admin.password, code: null });
  const { secret } = await ask('factor_offer', { login: admin.login });
  await ask('factor_change', { secret, code: code(secret) });
  // The page has not been told; it looks anew when it is loaded.
  await app.driver.navigate().refresh();
}

/** Starts the program as a person would. */
export function start(desk, ...args) {
  return run(VAKHTA, args, desk.env);
}

/** Starts the service on the same folder. */
export async function service(desk) {
  const child = run(VAKHTAD, ['run'], desk.env);
  await until('the service', () => child.log.includes('vakhtad runs on'));
  return child;
}

/** What `vakhtad status` says, asked of whoever holds the folder. */
export function status(desk) {
  try {
    const options = { env: { ...process.env, ...desk.env }, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] };
    return execFileSync(VAKHTAD, ['status'], options);
  } catch {
    return undefined;
  }
}

/** Whether the core of the window answers; a command of its own would hold the folder itself. */
export function coreRuns(child) {
  return until('the core', () => child.log.includes('the core runs') || child.log.includes('a service holds'));
}

/** The window that a person sees, by its number; undefined when there is none to be seen. */
export function visible(child) {
  const found = tool('xdotool', ['search', '--onlyvisible', '--pid', String(child.pid), '--name', 'Вахта']);
  return found ? found.split('\n').at(-1) : undefined;
}

/** The place of a window, without its frame. */
export function place(window) {
  const text = tool('xdotool', ['getwindowgeometry', '--shell', window]) ?? '';
  return Object.fromEntries([...text.matchAll(/^(X|Y|WIDTH|HEIGHT)=(-?\d+)$/gm)].map(([, key, value]) => [key, Number(value)]));
}

/** Closes a window as its frame's button does. */
export function close(window) {
  tool('wmctrl', ['-i', '-c', `0x${Number(window).toString(16)}`]);
}

/** How long it takes the program to end, in milliseconds. */
export async function timeToEnd(child) {
  const begun = performance.now();
  const code = await child.ended;
  return { code, ms: performance.now() - begun };
}

async function freePort() {
  const server = createServer();
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

/** The program, driven through its web view. */
export async function driven(desk) {
  if (!existsSync(VAKHTA)) throw new Error(`${VAKHTA} is not built`);
  const port = await freePort();
  const env = { ...desk.env, TAURI_AUTOMATION: 'true', TAURI_WEBVIEW_AUTOMATION: 'true' };
  const server = run('WebKitWebDriver', [`--port=${port}`], env);
  const capabilities = new webdriver.Capabilities();
  capabilities.set('browserName', 'wry');
  capabilities.set('webkitgtk:browserOptions', { binary: VAKHTA, args: [] });
  const builder = new webdriver.Builder().usingServer(`http://127.0.0.1:${port}`).withCapabilities(capabilities);
  const driver = await until('the driver', () => builder.build().catch(() => undefined));
  await driver.manage().setTimeouts({ script: 30_000 });
  return {
    driver,
    /** Everything that the program has said. */
    said: () => server.log,
    /** Has the shell carry out a command; `{ value }` or `{ error }`. */
    invoke: (command, args = {}) =>
      driver.executeAsyncScript(
        `const done = arguments[2];
         window.__TAURI_INTERNALS__.invoke(arguments[0], arguments[1])
           .then((value) => done({ value }), (error) => done({ error }));`,
        command,
        args,
      ),
    rpc(command, request = null) {
      return this.invoke('rpc', { command, with: request });
    },
    async quit() {
      // The program is the driver's child, and outlives it: then it would hold the driver's output
      // open, and this process with it.
      const programs = tool('pgrep', ['-P', String(server.pid)])?.split('\n').map(Number) ?? [];
      const limit = new Promise((done) => setTimeout(done, 5_000).unref());
      await Promise.race([driver.quit().catch(() => undefined), limit]);
      await end(server);
      for (const pid of programs) if (existsSync(`/proc/${pid}`)) process.kill(pid, 'SIGKILL');
    },
  };
}
