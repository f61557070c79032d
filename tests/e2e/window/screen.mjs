// The page in the window: what is drawn on it, found by what it is and what it is called; whatever
// it complains of; commands to the core behind it. Selectors are here and nowhere else.

import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { atEdge, cutOff, cutTags, loose, shortened, sideways, squeezed, systemLooks } from '../inspect.mjs';
import { PASSWORD } from '../simulator.mjs';
import { until } from './desktop.mjs';

/** Where pictures of screens go, when somebody wants to see them. */
const SHOTS = process.env.E2E_SHOTS;

/** From here on the page notes what it complains of; false as long as it is the page of before. */
function listen() {
  if (globalThis.isBefore) return false;
  const complaints = (globalThis.complaints = []);
  const note = (what) => complaints.push(what);
  addEventListener('error', (event) => note(`error: ${event.message ?? event.target.src}`), { capture: true });
  addEventListener('unhandledrejection', (event) => note(`nobody caught: ${event.reason?.stack ?? event.reason}`));
  addEventListener('securitypolicyviolation', (event) => note(`forbidden: ${event.effectiveDirective} ${event.blockedURI}`));
  for (const level of ['error', 'warn', 'assert']) {
    const say = console[level];
    console[level] = (...words) => {
      if (level !== 'assert' || !words[0]) note(`console ${level}: ${words.join(' ')}`);
      say.apply(console, words);
    };
  }
  return true;
}

/** Of each row of a list: what is written in it, and where it is. */
function rowsOf(label) {
  return [...document.querySelectorAll('[role=grid]')]
    .filter((grid) => grid.getAttribute('aria-label') === label && grid.checkVisibility())
    .flatMap((grid) => [...grid.querySelectorAll('[role=rowgroup] [role=row]')])
    .map((row) => ({
      text: row.innerText.replace(/\s+/g, ' ').trim(),
      top: row.getBoundingClientRect().top,
      heading: row.querySelector('[role=rowheader]') !== null,
      chosen: row.getAttribute('aria-selected') === 'true',
      pictures: [...row.querySelectorAll('img')].map(({ src, complete, naturalWidth }) => ({ src, complete, naturalWidth })),
    }))
    .toSorted((one, other) => one.top - other.top);
}

/** What is written in what has this role, or is this element, and this name. */
function textOf(selector, label) {
  const nameOf = (element) =>
    element.getAttribute('aria-label') ?? document.getElementById(element.getAttribute('aria-labelledby'))?.textContent;
  const found = [...document.querySelectorAll(selector)].find(
    (element) => element.checkVisibility() && (label === null || nameOf(element)?.trim() === label),
  );
  return found?.innerText.replace(/\s+/g, ' ').trim() ?? null;
}

/** The page of a program that is driven. */
export function screen(app) {
  const script = (code, ...args) => app.driver.executeScript(code, ...args);
  const self = {
    script,

    /** Loads the page anew; from before anything is drawn on it, it notes what it complains of. */
    async load() {
      await script('globalThis.isBefore = true; location.reload();');
      await until('the page anew', () => script(listen));
      await until('a screen with its data', () => script(() => document.querySelector('[role=search]') !== null));
    },

    complaints: () => script('return globalThis.complaints'),

    /** A command as the page gives it. */
    async ask(command, request = null) {
      const { value, error } = await app.rpc(command, request);
      assert.equal(error, undefined, `${command}: ${JSON.stringify(error)}`);
      return value;
    },

    /** Plans a visit, from and until so many minutes from now. */
    plan: (visitor, { from = -1, until = 60, ...more } = {}) =>
      self.ask('visit_add', {
        visitor,
        host: 'Ким Д.',
        purpose: null,
        person_no: null,
        card_no: null,
        from: new Date(Date.now() + from * 60_000).toISOString(),
        until: new Date(Date.now() + until * 60_000).toISOString(),
        profile: 'single',
        ...more,
      }),

    /** The visit of a name, as it is now. */
    async visit(visitor) {
      return (await self.ask('visit_list', { after: 0, limit: 5_000 })).find((visit) => visit.visitor === visitor);
    },

    becomes: (visitor, status) =>
      until(`${visitor} is ${status}`, async (instead) => {
        const visit = await self.visit(visitor);
        instead(visit?.status);
        return visit?.status === status ? visit : undefined;
      }),

    /** Adds a simulated device, and waits until it is in a state. */
    async watch(name, device, direction = 'in') {
      await self.ask('device_add', { name, url: device.url, user: 'admin', direction, password: PASSWORD });
      await self.deviceIs(name, 'online');
    },

    deviceIs: (name, state) =>
      until(`${name} is ${state}`, async (instead) => {
        const device = (await self.ask('device_list')).find((each) => each.name === name);
        instead(device?.state);
        return device?.state === state;
      }),

    /** Changes settings; what is not given stays. */
    async set({ desk, site }) {
      const now = await self.ask('settings');
      const { zone_in_force: _, ...before } = now.site;
      if (desk !== undefined) await self.ask('desk_settings', { ...now.desk, ...desk });
      if (site !== undefined) await self.ask('site_settings', { ...before, ...site });
    },

    go: (address) => script('location.hash = arguments[0];', address),

    /** The rows of a list as they are drawn, from its top. */
    rows: (label) => script(rowsOf, label),

    /** A row of a list that says all of this. */
    row: (label, ...words) =>
      until(`${words.join(', ')} in «${label}»`, async (instead) => {
        const all = await self.rows(label);
        instead(all.map(({ text }) => text));
        return all.find(({ text }) => words.every((word) => text.includes(word)));
      }),

    /** Waits until no row of a list says this. */
    noRow: (label, word) =>
      until(`no ${word} in «${label}»`, async () => !(await self.rows(label)).some(({ text }) => text.includes(word))),

    /** The row that a list has chosen says this. */
    chosen: (label, word) =>
      until(`${word} is chosen in «${label}»`, async (instead) => {
        const found = (await self.rows(label)).find(({ chosen }) => chosen);
        instead(found?.text);
        return found?.text.includes(word);
      }),

    /** The one field has the focus of the keyboard, and this is in it. */
    fieldIs: (text) =>
      until(`«${text}» in the one field, which has the focus`, async (instead) => {
        const field = await script(() => {
          const found = document.querySelector('[role=search] [role=combobox]');
          return { value: found?.value, focus: document.hasFocus() && document.activeElement === found };
        });
        instead(field);
        return field.focus && field.value === text;
      }),
    /** The row beneath the one field that Enter acts upon says all of this. */
    picked: (...words) =>
      until(`${words.join(', ')} is picked`, async (instead) => {
        const text = await script(textOf, '[role=search] [role=option][aria-selected=true]', null);
        instead(text);
        return words.every((word) => text?.includes(word));
      }),

    /** The focus is on what has this name. */
    focusOn: (label) =>
      until(`the focus on «${label}»`, async (instead) => {
        const name = await script(() => {
          const { activeElement: on } = document;
          return on?.getAttribute('aria-label') ?? on?.labels?.[0]?.textContent.trim() ?? on?.localName;
        });
        instead(name);
        return name?.startsWith(label);
      }),

    /** What is typed into the field of the open form that has this label. */
    typed: (label) =>
      script(
        (wanted) =>
          [...document.querySelectorAll('dialog[open] input')].find((field) => field.labels[0]?.textContent.trim().startsWith(wanted))?.value,
        label,
      ),

    toast: (words) => self.says('[role=log]', null, words),
    panel: (label, ...words) => self.says('section.panel', label, ...words),
    dialog: (label, ...words) => self.says('dialog[open]', label, ...words),
    main: (...words) => self.says('main', null, ...words),
    status: (label) => script(textOf, 'footer', label),
    gone: (selector) => until(`no ${selector}`, () => script((what) => document.querySelector(what) === null, selector)),

    /** What is there says all of this; all that it says. */
    says: (selector, label, ...words) =>
      until(`${words.join(', ')} in ${selector} ${label ?? ''}`, async (instead) => {
        const text = await script(textOf, selector, label);
        instead(text);
        return words.every((word) => text?.includes(word)) ? text : undefined;
      }),

    /** All that moves has come to rest, and two frames: what was decided is drawn. */
    async drawn() {
      await until('everything to come to rest', () =>
        script(() => document.getAnimations().every((each) => each.playState !== 'running')),
      );
      await app.driver.executeAsyncScript(
        'const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => done()));',
      );
    },

    /** A picture, for whoever wants to see one. */
    async shot(name) {
      await self.drawn();
      if (SHOTS === undefined) return;
      mkdirSync(SHOTS, { recursive: true });
      writeFileSync(join(SHOTS, `window-${name}.png`), await app.driver.takeScreenshot(), 'base64');
    },

    /** Pictures it too; what does not fit into the window. */
    async looked(name) {
      await self.shot(name);
      const wide = await script(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      return [
        ...(wide > 0 ? [`${name}: wider than the window by ${wide}`] : []),
        ...(await script(sideways)).map((what) => `${name}: to be scrolled sideways: ${what}`),
        ...(await script(squeezed)).map((what) => `${name}: squeezed: ${what}`),
        ...(await script(atEdge)).map((what) => `${name}: at the edge: ${what}`),
        ...(await script(systemLooks)).map((what) => `${name}: not as the other fields: ${what}`),
      ];
    },

    /** Messages that do not fit their words. */
    loose: () => script(loose),

    /** What cannot be read to its end where it stands. */
    async unread() {
      await self.drawn();
      const cut = (await script(cutOff)).map((what) => `cut off: ${what}`);
      const tags = (await script(cutTags)).map((what) => `a tag is cut: ${what}`);
      return [...cut, ...tags, ...(await script(shortened)).map((what) => `shortened: ${what}`)];
    },
  };
  return self;
}
