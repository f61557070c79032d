import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { NoSession, Refused, Unreachable } from '../../api/errors';
import { live } from '../../api/live.svelte';
import type { DeviceState, DeviceView, Refusal, Settings } from '../../api/types';
import { clock } from '../clock.svelte';
import { locale } from '../i18n/locale.svelte';
import { deviceWords } from './device';
import { errorWords, fieldProblem, trialDetail } from './refusal';

const since = '2026-10-14T07:04:00Z';
const device = (state: DeviceState, name = 'Терминал у входа'): DeviceView => ({ ...state, name }) as DeviceView;

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse('2026-10-14T08:00:00Z') });
  live.settings = { site: { zone_in_force: 'Asia/Almaty' } } as Settings;
  clock.tick();
  locale.choose('ru');
});
afterEach(() => {
  live.settings = null;
  locale.choose('ru');
  vi.useRealTimers();
});

describe('a device', () => {
  it('that is silent is not known, in a sentence of a person at the desk', () => {
    const words = deviceWords(device({ state: 'stream_silent', since }));
    expect(words).toMatchObject({
      tone: 'unknown',
      sentence: 'Терминал у входа молчит с 12:04',
      problem: true,
    });
  });

  it('says why, and keeps what the device itself said apart', () => {
    const words = deviceWords(
      device({ state: 'offline', since, reason: { cause: 'unreachable', detail: 'timed out after 5 s' } }),
    );
    expect(words).toMatchObject({ tone: 'unknown', why: 'нет ответа по этому адресу', detail: 'timed out after 5 s' });
  });

  it('that refused the login waits for a person', () => {
    const words = deviceWords(device({ state: 'refused', since, tries_left: 4, locked_for_s: null }));
    expect(words).toMatchObject({ tone: 'danger', why: 'осталось попыток до блокировки: 4' });
    expect(words.todo).not.toBeNull();
  });

  it('is green only when it is online', () => {
    const states: DeviceState[] = [
      { state: 'unwatched' },
      { state: 'connecting' },
      { state: 'stream_only' },
      { state: 'stream_silent', since },
    ];
    for (const state of states) expect(deviceWords(device(state)).tone).not.toBe('ok');
    expect(deviceWords(device({ state: 'online' })).tone).toBe('ok');
  });

  it('is spoken of in English too', () => {
    locale.choose('en');
    expect(deviceWords(device({ state: 'online' }, 'Gate')).sentence).toBe('Gate: online');
    expect(deviceWords(device({ state: 'stream_silent', since }, 'Gate')).sentence).toBe('Gate silent since 12:04');
  });
});

const refusal = (more: Partial<Refusal>): Refused =>
  new Refused({ code: 'invalid', field: null, problem: null, wait_s: null, by: null, message: 'English', ...more });

describe('an error', () => {
  it('is told in the language of the user, never in that of the program', () => {
    const errors = [refusal({}), refusal({ code: 'wrong_state' }), new Unreachable(), new NoSession(), new Error('x')];
    for (const words of errors.map((error) => errorWords(error))) expect(words).toMatch(/^[А-ЯЁ][^a-zA-Z]+$/);
  });

  it('stands beside its field', () => {
    expect(fieldProblem(refusal({ field: 'url', problem: 'not_http' }))).toEqual({
      field: 'url',
      words: 'Адрес должен начинаться с http:// или https://',
    });
    expect(fieldProblem(refusal({ code: 'taken', field: 'name' }))?.words).toMatch(/имя уже есть/);
    expect(fieldProblem(refusal({ code: 'taken', field: 'person_no', by: 'Ли Ян' }))).toEqual({
      field: 'person_no',
      words: 'Этот номер в это время уже у другого визита: Ли Ян. Проверьте номер.',
    });
    expect(fieldProblem(refusal({ code: 'taken', field: 'card_no', by: 'Ли Ян' }))?.words).toMatch(/карта .*Ли Ян/);
    expect(fieldProblem(refusal({ field: 'iin', problem: 'differs' }))?.words).toMatch(/записан другой/);
    expect(fieldProblem(refusal({}))).toBeNull();
    expect(fieldProblem(new Unreachable())).toBeNull();
  });

  it('of a trial keeps what was said, for whoever looks closer', () => {
    const said = refusal({ field: 'place', problem: 'unusable', message: 'place: the bucket is not there' });
    expect(fieldProblem(said)?.words).toMatch(/не работает/);
    expect(trialDetail(said)).toBe('the bucket is not there');
    expect(trialDetail(refusal({ message: 'place: x' }))).toBeNull();
    expect(trialDetail(new Unreachable())).toBeNull();
  });
});
