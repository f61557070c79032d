// A browser of the tests' own, and pages that bear no complaint: a warning on the console, an error
// that nobody caught, a request that failed or was refused, something that the policy forbade, each
// fails the test unless the test has said that it expects it.

import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, afterEach, before } from 'node:test';
import { chromium } from 'playwright-core';
import { Seat } from './people.mjs';
import { BOUND_MS, until, world } from './world.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Where pictures of screens go, when somebody wants to see them. */
const SHOTS = process.env.E2E_SHOTS;
/** A browser far away: what the site shows must not be in its zone. */
const ELSEWHERE = 'Pacific/Chatham';

/**
 * What each file of tests begins with: a world, a browser that was let into it, and for each test
 * pages that end with it. Tests read the fields once they run. `prepare` is what the file's world
 * has besides: hooks of a file may run at the same time, so there is one.
 */
export function stage(prepare = () => undefined) {
  const at = { world: undefined, browser: undefined, context: undefined };
  let open = [];

  before(async () => {
    at.world = world();
    await at.world.serve();
    await at.world.settle();
    at.browser = await chromium.launch({
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: ARGUMENTS,
      handleSIGINT: false,
      handleSIGTERM: false,
      handleSIGHUP: false,
    });
    at.context = await at.newContext();
    await at.signIn(at.context);
    await prepare();
  });

  afterEach(async (context) => {
    const complaints = open.flatMap((page) => page.complaints);
    if (context.passed === false) await pictured(open, `failed-${context.name.slice(0, 40)}`);
    for (const page of open) if (!page.isClosed()) await page.close();
    open = [];
    const said = at.world.said();
    if (context.passed === false || complaints.length > 0) console.error(`--- vakhtad said:\n${said}`);
    if (complaints.length > 0) throw new Error(`the page complains:\n  ${complaints.join('\n  ')}`);
    if (/ERROR|panicked/.test(said)) throw new Error('vakhtad complains');
  });

  after(async () => {
    await at.browser?.close();
    await at.world?.end();
  });

  /** Another browser, as far as cookies and what is stored are concerned. */
  at.newContext = async (options = {}) => {
    const context = await at.browser.newContext({
      viewport: { width: 1280, height: 720 },
      timezoneId: ELSEWHERE,
      reducedMotion: 'reduce',
      ...options,
    });
    context.setDefaultTimeout(BOUND_MS);
    return context;
  };

  /** Signs who the tests work as in, in a browser. */
  at.signIn = async (context, who = at.world.desk) => {
    const seat = new Seat(at.world);
    await seat.signIn(who);
    const [name, value] = seat.cookie.split('=');
    await context.addCookies([{ name, value, url: at.world.base, httpOnly: true, sameSite: 'Strict' }]);
    return seat;
  };

  /** A page at an address, or at a place of the application such as `#/settings`. */
  at.open = async (address = '', { context = at.context, size, expects = [] } = {}) => {
    const page = await context.newPage();
    guard(page, expects);
    open.push(page);
    if (size !== undefined) await page.setViewportSize(size);
    await page.goto(new URL(address, `${at.world.base}/`).href);
    return page;
  };
  return at;
}

/** Notes on the page what nobody expects of it: `complaints`. `page.expect(…)` adds to what is expected. */
function guard(page, expects) {
  const complaints = (page.complaints = []);
  const expected = [...expects];
  page.expect = (...patterns) => expected.push(...patterns);
  const complain = (what) => {
    if (!expected.some((pattern) => pattern.test(what))) complaints.push(what);
  };
  page.on('console', (message) => {
    if (!['error', 'warning', 'assert'].includes(message.type())) return;
    complain(`console ${message.type()}: ${message.text()} (${message.location().url})`);
  });
  page.on('pageerror', (error) => complain(`uncaught: ${error.stack ?? error}`));
  page.on('requestfailed', (request) => {
    const why = request.failure()?.errorText;
    // A browser cuts off what is on its way when a page is left; that is no fault of the page.
    if (page.leaving && why === 'net::ERR_ABORTED') return;
    complain(`failed: ${request.method()} ${request.url()} ${why}`);
  });
  page.on('response', (response) => {
    if (response.status() >= 400) complain(`answered: ${response.status()} ${response.url()}`);
  });
  page.on('crash', () => complain('the page crashed'));
}

/** Loads a page anew, as a person does who does not wait for what is on its way. */
export async function reload(page) {
  page.leaving = true;
  await page.reload();
  page.leaving = false;
}

/**
 * Holds the answers to a command, though the core has carried it out: `held` is one that waits,
 * `release` lets all go.
 */
export async function holding(page, command) {
  let release;
  let caught;
  const released = new Promise((done) => (release = done));
  const held = new Promise((done) => (caught = done));
  const rpc = /\/rpc$/;
  const hold = async (route) => {
    if (route.request().postDataJSON().command !== command) return route.fallback();
    const response = await route.fetch();
    caught();
    await released;
    return route.fulfill({ response });
  };
  await page.route(rpc, hold);
  return {
    held,
    async release() {
      const answered = page.waitForResponse(rpc);
      release();
      await answered;
      await page.unroute(rpc, hold);
      await frames(page);
    },
  };
}

/** All that axe finds wrong with a page, one line each. */
export async function accessibility(page) {
  // As a debugger does, past the page's own policy, which lets no script in.
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(AXE);
  return page.evaluate(async (tags) => {
    const options = { resultTypes: ['violations'], preload: false };
    const { violations } = await globalThis.axe.run({ ...options, runOnly: tags });
    const wrong = [];
    for (const { id, help, nodes } of violations) {
      for (const { target, any } of nodes) {
        // What is cut off by the edge of what scrolls is as large as it is once it is scrolled to.
        if (id === 'target-size') {
          document.querySelector(target[0])?.scrollIntoView({ block: 'center' });
          const again = await globalThis.axe.run({ include: [target] }, { ...options, runOnly: { type: 'rule', values: [id] } });
          if (again.violations.length === 0) continue;
        }
        wrong.push(`${id}: ${help}: ${target.join(' ')} ${any[0]?.message ?? ''}`.trim());
      }
    }
    return wrong;
  }, TAGS);
}

/** Two frames: what was decided is drawn. */
export const frames = (page) =>
  page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done()))));

/** A picture of the screen, when somebody wants to see it. */
export async function shot(page, name) {
  if (SHOTS === undefined) return;
  mkdirSync(SHOTS, { recursive: true });
  await frames(page);
  await page.screenshot({ path: join(SHOTS, `${name}.png`) });
}

/** Pictures of pages as a test that failed has left them: perhaps in no state to be drawn. */
async function pictured(pages, name) {
  const seen = pages.filter((page) => !page.isClosed());
  const all = Promise.allSettled(seen.map((page, number) => shot(page, `${name}-${number}`)));
  let limit;
  await Promise.race([all, new Promise((done) => (limit = setTimeout(done, 5_000)))]);
  clearTimeout(limit);
}

/** How far the document is wider than the window; 0 is as it should be. */
export const overflow = (page) =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

/** The accessible name and role of what has the focus, for failures that say something. */
export const focused = (page) =>
  page.evaluate(() => {
    const element = document.activeElement;
    if (element === null || element === document.body) return 'body';
    const label = element.getAttribute('aria-label') ?? element.labels?.[0]?.textContent ?? element.textContent ?? '';
    return `${element.getAttribute('role') ?? element.localName}: ${label.trim().slice(0, 60)}`;
  });

/** Waits until something has the focus. */
export const hasFocus = (locator) =>
  until(`the focus on ${locator}`, async (instead) => {
    if (await locator.evaluate((element) => element === document.activeElement)) return true;
    instead(await focused(locator.page()));
    return false;
  });
