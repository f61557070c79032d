// A world of a test's own: a data folder, `vakhtad` on it serving its page, and devices at real
// addresses. What it started ends with it.

import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { hire, password, Seat } from './people.mjs';
import { BOUND_MS, end, http, run, said, until, VAKHTAD } from './programs.mjs';
import { PASSWORD, simulator } from './simulator.mjs';

export { BOUND_MS, http, ROOT, until } from './programs.mjs';
export { PASSWORD } from './simulator.mjs';

/** What the core answered instead of what it was asked for. */
export class Refused extends Error {
  constructor(command, status, refusal) {
    super(`${command}: ${status} ${JSON.stringify(refusal)}`);
    Object.assign(this, { status, refusal });
  }
}

// A day that ends while a test runs is a test of its own: at the site it is about noon.
const ahead = 12 - new Date().getUTCHours();
/** The site's zone; the machine's, for `vakhtad`. */
export const ZONE = `Etc/GMT${ahead > 0 ? '-' : '+'}${Math.abs(ahead)}`;

/** A fresh data folder; nothing runs on it yet. */
export function world() {
  const home = mkdtempSync(join(tmpdir(), 'vakhta-e2e-'));
  mkdirSync(join(home, 'keys'), { mode: 0o700 });
  const env = {
    HOME: home,
    VAKHTA_DATA: join(home, 'data'),
    VAKHTA_SECRETS: 'sealed',
    VAKHTA_PASSPHRASE: 'a passphrase for tests',
    VAKHTA_KEY_DIR: join(home, 'keys'),
    VAKHTA_LOG: 'warn,vakhta_runtime=info',
    VAKHTA_DEVICE_PASSWORD: PASSWORD,
    TZ: ZONE,
    LANG: 'C.UTF-8',
  };
  const devices = [];
  let child;
  let log = '';

  const self = {
    /** Where the page is; the same for the world's whole life. */
    base: undefined,

    /** The first administrator: login, password, the second factor's secret, recovery codes, a seat. */
    admin: undefined,
    /** Somebody with every role who signs in by password alone, and a seat of theirs. */
    desk: undefined,

    /** Starts `vakhtad`; the address that it says. After the first time on the same port. */
    async serve() {
      const port = self.base === undefined ? 0 : new URL(self.base).port;
      child = run(VAKHTAD, ['run', '--listen', `127.0.0.1:${port}`], env);
      const [, link] = await said(child, 'vakhtad', /^the page: (\S+)$[^]*^vakhtad runs on /m);
      self.base = new URL(link).origin;
      return link;
    },

    /** Sets the site up as an administrator of a service does, and enters who the tests work as. */
    async settle() {
      const admin = { login: 'admin', password: password(), seat: new Seat(self) };
      env.VAKHTA_PASSWORD = admin.password;
      const init = ['init', '--login', admin.login, '--name', 'Администратор', '--also', 'operator'];
      const [{ kit }] = await self.command(...init);
      env.VAKHTA_KIT_GROUP = kit.code.split('-').at(-1);
      await self.command('kit', 'confirm');
      await admin.seat.signIn(admin);
      Object.assign(admin, await admin.seat.takeUpFactor(admin.login));
      self.admin = admin;
      // The factor's code of this moment is used up: who the tests work as needs none.
      const { security } = await admin.seat.ask('settings');
      await admin.seat.ask('security_settings', { ...security, factor_roles: [], lock_after_minutes: 60 });
      const roles = ['operator', 'supervisor', 'security', 'administrator'];
      self.desk = await hire(admin.seat, 'desk', 'Стойка', roles);
    },

    /** As a power cut ends it. */
    async kill9() {
      log += child.log;
      await end(child);
      child = undefined;
    },

    /** Holds it where it is: it neither answers nor goes. */
    pause: () => child.kill('SIGSTOP'),
    resume: () => child.kill('SIGCONT'),

    /** Everything that `vakhtad` has said. */
    said: () => log + (child?.log ?? ''),

    /** A command of a person in a terminal, its answer line by line. */
    async command(...args) {
      const options = { env: { ...process.env, ...env }, timeout: BOUND_MS, maxBuffer: 64 << 20 };
      const { stdout } = await promisify(execFile)(VAKHTAD, [...args, '--json'], options);
      return stdout.split('\n').filter(Boolean).map((line) => JSON.parse(line));
    },

    /** The page's address; until somebody works here, one that lets one browser in, once. */
    async link() {
      const [answer] = await self.command('link');
      return answer.address;
    },

    /** A command over HTTP; what it gave, and the cookie that came with it. */
    async post(command, request, headers) {
      const body = JSON.stringify({ command, with: request });
      const answered = await http(`${self.base}/rpc`, { method: 'POST', headers, body });
      const answer = JSON.parse(answered.text);
      if (answered.status !== 200) throw new Refused(command, answered.status, answer.refused);
      return { value: answer.value, cookie: answered.headers['set-cookie']?.[0].split(';')[0] };
    },

    /** A command as a page gives it, by who the tests work as, at a seat of their own. */
    rpc: (command, request = null) => self.desk.seat.ask(command, request),

    /** Changes settings; what is not given stays. */
    async set({ desk = {}, site = {} }) {
      const now = await self.rpc('settings');
      const { zone_in_force: _, ...before } = now.site;
      await self.rpc('desk_settings', { ...now.desk, ...desk });
      return self.rpc('site_settings', { ...before, ...site });
    },

    /** Plans a visit. */
    plan(visitor, more = {}) {
      return self.rpc('visit_add', {
        visitor,
        host: 'Ким Д.',
        purpose: null,
        person_no: null,
        card_no: null,
        from: null,
        until: null,
        profile: 'single',
        ...more,
      });
    },

    visits: () => self.rpc('visit_list', { after: 0, limit: 5_000 }),

    /** The visit of a name, as it is now. */
    async visit(visitor) {
      return (await self.visits()).find((visit) => visit.visitor === visitor);
    },

    passages: () => self.rpc('passages', { after: 0, limit: 5_000 }),

    /** A device at an address of its own that nobody knows of yet. */
    async device(...options) {
      const device = await simulator(...options);
      devices.push(device);
      return device;
    },

    /** The same, added and online. */
    async watched(name, direction = 'in', ...options) {
      const kind = direction === 'out' ? 'turnstile-out' : 'turnstile-in';
      const device = await self.device('--kind', kind, '--serial-number', `SN-${name}`, ...options);
      await self.rpc('device_add', { name, url: device.url, user: 'admin', direction, password: PASSWORD });
      await self.deviceIs(name, 'online');
      return device;
    },

    /** Waits until a device is in a state. */
    deviceIs(name, state) {
      return until(`${name} is ${state}`, async (instead) => {
        const device = (await self.rpc('device_list')).find((each) => each.name === name);
        instead(device?.state);
        return device?.state === state ? device : undefined;
      });
    },

    /** Ends whatever runs and leaves nothing behind. */
    async end() {
      await Promise.all([...devices.map((device) => device.end()), child === undefined ? undefined : end(child)]);
      rmSync(home, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    },
  };
  return self;
}
