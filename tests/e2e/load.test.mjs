// Ten thousand people who are expected, and fifty events a second. What is asserted is what is
// shown; how long it took is printed, because this machine has other things to do as well.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasFocus, stage } from './browser.mjs';
import { screen } from './screen.mjs';
import { ru } from './words.mjs';
import { until } from './world.mjs';

const EXPECTED = 10_000;
const SECONDS = 10;
const PER_SECOND = 50;
/** As many passages as a page keeps. */
const KEPT = 200;

const at = stage(async () => {
  await at.world.set({ desk: { language: 'ru', sounds: false } });
  let next = 0;
  const begin = Date.now() - 3_600_000;
  const planner = async () => {
    while (next < EXPECTED) {
      const number = next;
      next += 1;
      // Each in a place of its own in the list.
      const from = new Date(begin + number * 100).toISOString();
      await at.world.plan(name(number), { from, person_no: String(100_000 + number) });
    }
  };
  await Promise.all(Array.from({ length: 16 }, planner));
  gates = [
    await at.world.watched('Турникет 1', 'in'),
    await at.world.watched('Турникет 2', 'in'),
    await at.world.watched('Турникет 3', 'in'),
  ];
});
let gates;

const name = (number) => `Гость ${String(number).padStart(5, '0')}`;

/** The middle, and what only one in a hundred exceeds. */
function spread(times) {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (part) => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))].toFixed(0);
  return `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, most ${at(1)} ms, of ${sorted.length}`;
}

/** Notes how long it takes from each key to the end of the frame that is drawn for it. */
const watchKeys = (page) =>
  page.evaluate(() => {
    globalThis.keyTimes = [];
    addEventListener(
      'keydown',
      (event) => {
        requestAnimationFrame(() => {
          const { port1, port2 } = new MessageChannel();
          port1.onmessage = () => globalThis.keyTimes.push(performance.now() - event.timeStamp);
          port2.postMessage(null);
        });
      },
      { capture: true },
    );
  });

/** Notes the moment at which each passage is drawn first, by the number of its card. */
const watchRows = (page) =>
  page.evaluate((label) => {
    globalThis.drawnAt = {};
    globalThis.orders = 0;
    const list = document.querySelector(`[role=grid][aria-label="${label}"]`);
    new MutationObserver(() => {
      const fresh = [...list.querySelectorAll('[role=row]')]
        .map((row) => /99\d{6}/.exec(row.textContent)?.[0])
        .filter((card) => card !== undefined && !(card in globalThis.drawnAt));
      if (fresh.length === 0) return;
      for (const card of fresh) globalThis.drawnAt[card] = null;
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => {
          for (const card of fresh) globalThis.drawnAt[card] = Date.now();
        };
        port2.postMessage(null);
      });
    }).observe(list, { childList: true, subtree: true, characterData: true });
  }, ru('desk_happening'));

test('ten thousand are expected: each key goes to the right row', async () => {
  const page = await at.open('#/desk');
  const desk = await screen(page, ru).ready();
  const list = desk.list('expected');
  await list.waitFor();
  assert.equal(await list.getAttribute('aria-rowcount'), String(EXPECTED + 1));
  // Only what is in sight is in the page.
  assert.ok((await list.getByRole('row').count()) < 60);
  await page.keyboard.press('F6');
  await hasFocus(list);
  await watchKeys(page);
  const chosen = () => desk.chosen('expected').innerText();
  const chosenIs = (number) =>
    until(`${name(number)} is chosen`, async (instead) => {
      const text = await chosen();
      instead(text);
      return text.includes(name(number));
    });
  await chosenIs(0);
  for (let number = 1; number <= 60; number += 1) await page.keyboard.press('ArrowDown');
  await chosenIs(60);
  await page.keyboard.press('End');
  await chosenIs(EXPECTED - 1);
  const row = desk.chosen('expected');
  const [box, room] = [await row.boundingBox(), await list.boundingBox()];
  assert.ok(box.y >= room.y - 1 && box.y + box.height <= room.y + room.height + 1, 'the chosen row is in sight');
  for (let number = 1; number <= 20; number += 1) await page.keyboard.press('ArrowUp');
  await chosenIs(EXPECTED - 21);
  await page.keyboard.press('Home');
  await chosenIs(0);
  await page.keyboard.press('PageDown');
  await page.keyboard.press('PageUp');
  await chosenIs(0);
  await page.keyboard.press('Enter');
  await until('the first is inside', async () => (await at.world.rpc('visit_list', { after: 0, limit: 1 }))[0].status === 'checked_in');
  console.log(`key → frame, 10,000 expected, in the list: ${spread(await page.evaluate(() => globalThis.keyTimes))}`);
});

test('ten thousand are expected: a few letters find the one', async () => {
  const page = await at.open('#/desk');
  const desk = await screen(page, ru).ready();
  await watchKeys(page);
  const times = [];
  for (const number of [7_777, 9_999, 1_234]) {
    await page.keyboard.type(`гость ${String(number).padStart(5, '0')}`);
    const pressed = Date.now();
    await desk.found.first().getByText(name(number)).waitFor();
    times.push(Date.now() - pressed);
    await page.keyboard.press('Escape');
  }
  console.log(`key → frame, 10,000 expected, in the one field: ${spread(await page.evaluate(() => globalThis.keyTimes))}`);
  console.log(`last letter → found: ${spread(times)}`);
});

test('fifty events a second: none lost, none twice, in their order, and people move from list to list', async () => {
  // As high as a screen that stands upright.
  const page = await at.open('#/desk', { size: { width: 1280, height: 1600 } });
  const desk = await screen(page, ru).ready();
  // The list is there before it is watched.
  await gates[0].pass({ card_no: '99999999' });
  await desk.row('happening', '99999999').waitFor();
  await watchRows(page);
  await watchKeys(page);

  const sent = new Map();
  const entered = [];
  const passing = [];
  const begun = Date.now();
  for (let number = 0; number < SECONDS * PER_SECOND; number += 1) {
    const due = begun + (number * 1_000) / PER_SECOND;
    if (due > Date.now()) await new Promise((done) => setTimeout(done, due - Date.now()));
    const gate = gates[number % gates.length];
    if (number % 10 === 9) {
      // Every tenth is somebody who is expected.
      const guest = 100 + number;
      entered.push(name(guest));
      passing.push(gate.pass({ person_no: String(100_000 + guest) }));
    } else {
      const card = String(99_000_000 + number);
      sent.set(card, Date.now());
      passing.push(gate.pass({ card_no: card }));
    }
    // Meanwhile somebody types.
    if (number % 25 === 0) passing.push(page.keyboard.press(number % 50 === 0 ? 'KeyA' : 'Escape'));
  }
  await Promise.all(passing);
  await gates[0].pass({ card_no: '99888888' });
  await desk.row('happening', '99888888').waitFor();
  // Each turnstile tells in its own order: with its last ones all of them are there.
  for (const card of [...sent.keys()].slice(-2 * gates.length)) await desk.row('happening', card).waitFor();

  // What the core has is what the devices told.
  const all = await at.world.passages();
  const cards = all.map((passage) => passage.card_no).filter((card) => sent.has(card));
  assert.equal(cards.length, sent.size);
  assert.equal(new Set(cards).size, sent.size);

  // What is shown is what the core has: all that a page keeps, newest on top, each once.
  await page.keyboard.press('Escape');
  const list = desk.list('happening');
  assert.equal(Number(await list.getAttribute('aria-rowcount')), KEPT);
  const shown = await list.evaluate(async (list) => {
    const rows = new Map();
    const frame = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    for (let top = 0; ; top += list.clientHeight / 2) {
      list.scrollTop = top;
      await frame();
      for (const row of list.querySelectorAll('[role=row]')) rows.set(Number(row.ariaRowIndex), row.innerText.replace(/\s+/g, ' '));
      if (list.scrollTop + list.clientHeight >= list.scrollHeight - 1) break;
    }
    return [...rows].sort(([a], [b]) => a - b).map(([, text]) => text);
  });
  assert.equal(shown.length, KEPT);
  const newest = all
    // A page keeps what was written last, and shows it by when it happened.
    .toSorted((a, b) => b.row - a.row)
    .slice(0, KEPT)
    .toSorted((a, b) => Date.parse(b.at) - Date.parse(a.at) || b.row - a.row)
    .map((passage) => passage.visitor ?? passage.card_no);
  shown.forEach((text, place) => assert.ok(text.includes(newest[place]), `${place}: ${text}, not ${newest[place]}`));

  // Who came in is inside, and expected no more.
  const inside = desk.list('inside');
  await until('all who came in', async (instead) => {
    const count = Number(await inside.getAttribute('aria-rowcount'));
    instead(count);
    return count === entered.length + 1 + 1;
  });
  const { visits } = await at.world.rpc('snapshot');
  const now = new Set(visits.filter((visit) => visit.status === 'checked_in').map((visit) => visit.visitor));
  assert.deepEqual([...now].toSorted(), [name(0), ...entered].toSorted());

  const drawn = await page.evaluate(() => globalThis.drawnAt);
  const times = [...sent].filter(([card]) => drawn[card]).map(([card, moment]) => drawn[card] - moment);
  console.log(`device told → row drawn, ${PER_SECOND} events/s, 10,000 expected: ${spread(times)}; drawn ${times.length} of ${sent.size}`);
  console.log(`key → frame under ${PER_SECOND} events/s: ${spread(await page.evaluate(() => globalThis.keyTimes))}`);
});
