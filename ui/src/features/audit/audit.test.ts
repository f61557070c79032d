import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { AuditEntry } from '../../api/types';
import { locale } from '../../shared/i18n/locale.svelte';
import { address, parse } from '../../views/router.svelte';
import { EVERYTHING, fileName, filters, isDay, narrows, PAGE, requestOf, upsideDown, wanted } from './request';
import { byDay, isHead, keyOf } from './rows';
import { authorWord, brokenWords, fieldsOf, GROUPS, kindWord, ofWords, whatWords } from './words';

afterEach(() => locale.choose('ru'));

/** The kinds that the core writes down, out of its own source: a new one must not go without words. */
const source = readFileSync(resolve(import.meta.dirname, '../../../../src-tauri/crates/domain/src/operation.rs'), 'utf8');
const KINDS = [...source.matchAll(/pub const [A-Z_]+: &str = "([a-z_.]+)";/g)].map(([, kind]) => kind ?? '');

const entry = (change: Partial<AuditEntry>): AuditEntry => ({
  seq: 1,
  at: '2026-11-26T10:00:00Z',
  author: 'user/1',
  author_name: 'Ким Д.',
  kind: 'visit.fact',
  entity: '0197-visit-abc123',
  entity_name: null,
  fields: '{}',
  ...change,
});

const wordsOf = (kind: string, fields: object): ReturnType<typeof whatWords> =>
  whatWords(entry({ kind, fields: JSON.stringify(fields) }));
const factSaid = (kind: string, origin: string): string => {
  const { what, how } = wordsOf('visit.fact', { kind, origin });
  return `${what}, ${how ?? ''}`;
};
const dayOf = (at: string): string => at.slice(0, 10);
const entryOf = (seq: number, day: string): AuditEntry => entry({ seq, at: `${day}T10:00:00Z` });
const midnight = (day: string): string => `${day}T00:00`;

describe('filters', () => {
  const all = { group: 'people', author: 'user/Ким & Ко', entity: 'a/b?c', from: '2026-11-01', until: '2026-11-30' } as const;

  it('stand in the address and are read back', () => {
    const route = parse(address({ view: 'audit', filters: filters(all) }));
    expect(route).toMatchObject({ view: 'audit' });
    expect(wanted('filters' in route ? route.filters : {})).toEqual(all);
  });

  it('that do not narrow are not in the address', () => {
    expect(filters(EVERYTHING)).toEqual({});
    expect(narrows(EVERYTHING)).toBe(false);
    expect(narrows({ ...EVERYTHING, entity: 'x' })).toBe(true);
    expect(wanted()).toEqual(EVERYTHING);
  });

  it('that cannot be read do not narrow', () => {
    for (const kind of ['nonsense', 'toString', '__proto__', 'constructor']) expect(wanted({ kind })).toEqual(EVERYTHING);
    expect(wanted({ from: 'soon', until: '2026-02-30' })).toEqual(EVERYTHING);
    expect(isDay('0202-11-26')).toBe(false);
    expect(isDay('2028-02-29')).toBe(true);
  });

  it('ask for whole days of the site', () => {
    const want = wanted({ kind: 'visits', from: '2026-11-30', until: '2026-12-31' });
    expect(requestOf(want, 7, midnight)).toEqual({
      author: null,
      kinds: ['visit.', 'visitor.'],
      entity: null,
      from: '2026-11-30T00:00',
      until: '2027-01-01T00:00',
      before: 7,
      limit: PAGE,
    });
    expect(upsideDown(want)).toBe(false);
    expect(upsideDown({ ...want, until: '2026-11-29' })).toBe(true);
    expect(upsideDown({ ...want, until: want.from })).toBe(false);
  });

  it('name the file, which any system can keep', () => {
    expect(fileName('Корпус «А»: вход/выход', EVERYTHING, '2026-11-26')).toBe('vakhta-audit_Корпус-«А»-вход-выход_start_2026-11-26.csv');
    expect(fileName('', { ...EVERYTHING, from: '2026-11-01', until: '2026-11-02' }, '2026-11-26')).toBe('vakhta-audit_2026-11-01_2026-11-02.csv');
  });

  it('have a group for each kind, and one only', () => {
    for (const kind of KINDS) {
      const groups = Object.values(GROUPS).filter((begins) => begins.some((each) => kind.startsWith(each)));
      expect(groups, kind).toHaveLength(1);
    }
  });
});

describe('words', () => {
  it.each(['ru', 'en'] as const)('in %s stand for every kind that the core writes down', (language) => {
    locale.choose(language);
    expect(KINDS.length).toBeGreaterThan(30);
    const words = KINDS.map(kindWord);
    for (const [at, kind] of KINDS.entries()) expect(words[at], kind).not.toBe(kind);
    expect(new Set(words).size).toBe(KINDS.length);
  });

  it('are not made up for a kind that is unknown', () => {
    expect(kindWord('muster.called')).toBe('muster.called');
    expect(kindWord('toString')).toBe('toString');
    expect(whatWords(entry({ kind: 'muster.called' }))).toEqual({ what: 'muster.called', how: null });
  });

  it('tell what happened, and in short how', () => {
    locale.choose('en');
    expect(wordsOf('visit.fact', { kind: 'entered', origin: 'door' }).what).not.toBe(kindWord('visit.fact'));
    expect(wordsOf('visit.fact', { kind: 'teleported', origin: 'beam' })).toEqual({ what: 'teleported', how: 'beam' });
    expect(wordsOf('user.signed_in', { with: 'recovery code' }).how).toBe('recovery code');
    expect(wordsOf('user.refused', { what: 'command', command: 'user_add' }).how).toBe('no right, user_add');
    expect(wordsOf('user.changed', { roles: 'operator,wizard', disabled: true }).how).toBe('Operator, wizard, kept out');
    expect(wordsOf('backup.made', { places: '1', of: '2' }).how).toBe('places: 1 of 2');
    expect(wordsOf('backup.drilled', { result: 'failed' }).how).toBe('failed');
    expect(wordsOf('backup.drilled', { result: 'odd' }).how).toBe('odd');
    expect(wordsOf('monitoring.token', { what: 'removed' }).what).not.toBe(kindWord('monitoring.token'));
    expect(wordsOf('device.hold', { refused: false }).what).not.toBe(kindWord('device.hold'));
  });

  it('read as Russian where the desk, a door or the clock noted it', () => {
    locale.choose('ru');
    expect(factSaid('entered', 'desk')).toBe('Вошёл, на посту');
    expect(factSaid('cancelled', 'desk')).toBe('Отменён, на посту');
    expect(factSaid('left', 'door')).toBe('Ушёл, у двери');
    expect(factSaid('closed_automatically', 'automatic')).toBe('Закрыт автоматически, по часам');
  });

  it('survive fields that cannot be read', () => {
    for (const fields of ['', 'null', '[1]', '{"a":', '"text"']) {
      expect(fieldsOf({ fields })).toEqual({});
      expect(whatWords(entry({ fields })).what).toBe(kindWord('visit.fact'));
    }
  });

  it('name who and of what, as far as the caller may see it', () => {
    locale.choose('en');
    expect(authorWord(entry({}))).toBe('Ким Д.');
    expect(authorWord({ author: 'user/nobody', author_name: null })).toBe('Unknown person');
    expect(authorWord({ author: 'owner/root', author_name: 'root' })).toBe('Owner of the folder (root)');
    for (const author of ['rules', 'clock', 'day end', 'desk']) expect(authorWord({ author, author_name: null }), author).not.toBe(author);
    expect(authorWord({ author: '01970000-0000-7000-8000-00000000abcd', author_name: null })).toBe('Device …00abcd');
    expect(authorWord({ author: 'import/hr', author_name: null })).toBe('import/hr');
    expect(ofWords(entry({}))).toBe('Visit …abc123');
    expect(ofWords(entry({ entity_name: 'Иванов Иван' }))).toBe('Иванов Иван');
    expect(ofWords(entry({ kind: 'user.signed_in', entity: 'user/1', entity_name: 'Ким Д.' }))).toBe('');
    expect(ofWords(entry({ kind: 'backup.made', entity: 'backup/2026-11-26' }))).toBe('2026-11-26');
    expect(ofWords(entry({ kind: 'monitoring.token', entity: 'monitoring' }))).toBe('');
    expect(ofWords(entry({ kind: 'settings.changed', entity: 'security' }))).toBe('Signing in and security');
  });

  it('say where the journal is broken', () => {
    locale.choose('en');
    const place = 'desk 1, incarnation 2: ';
    expect(brokenWords(`${place}operation 4 follows 2: something between them is missing or stands twice`)).toBe(
      'Entry 2 is followed by entry 4: something between them is missing or stands twice.',
    );
    expect(brokenWords(`${place}operation 5 does not continue the one before it`)).toContain('Entry 5');
    expect(brokenWords(`${place}operation 6 was changed after it was written`)).toContain('Entry 6');
    expect(brokenWords(`${place}the content of operation 7 was changed after it was written`)).toContain('entry 7');
    expect(brokenWords('the disk is on fire')).toBe('the disk is on fire');
  });
});

describe('rows', () => {
  it('have a heading above each day', () => {
    const rows = byDay([entryOf(3, '2026-11-26'), entryOf(2, '2026-11-26'), entryOf(1, '2026-11-25')], dayOf);
    expect(rows.map(keyOf)).toEqual(['day-2026-11-26', 'seq-3', 'seq-2', 'day-2026-11-25', 'seq-1']);
    expect(rows.filter(isHead)).toHaveLength(2);
  });

  it('have keys of their own even where the clock was moved back', () => {
    const rows = byDay([entryOf(3, '2026-11-26'), entryOf(2, '2026-11-27'), entryOf(1, '2026-11-26')], dayOf);
    expect(new Set(rows.map(keyOf)).size).toBe(rows.length);
  });
});
