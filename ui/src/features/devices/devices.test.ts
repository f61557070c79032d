import { fireEvent, render, screen } from '@testing-library/svelte';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { live } from '../../api/live.svelte';
import type { DeviceReport, DeviceView } from '../../api/types';
import { locale } from '../../shared/i18n/locale.svelte';
import { meantUrl } from './address';
import DeviceRow from './DeviceRow.svelte';
import { Trial } from './trial.svelte';
import { driftWords, sentence } from './words';

const call = vi.hoisted(() => vi.fn());
vi.mock('../../api/client', () => ({ call }));
vi.mock('../../api/access.svelte', () => ({ access: {}, may: () => true }));

beforeEach(() => {
  locale.choose('en');
  call.mockReset();
  live.connection = { state: 'open', since: 0 };
});

const device = (more: Partial<DeviceView>): DeviceView =>
  ({
    name: 'Gate',
    url: 'http://192.168.1.64',
    user: 'admin',
    direction: 'in',
    words: '',
    notes: [],
    heard: null,
    drift_ms: null,
    model: null,
    hardware: null,
    epoch: null,
    last_serial: null,
    state: 'online',
    ...more,
  }) as DeviceView;

const show = (of: DeviceView): void => {
  const table = document.body.appendChild(document.createElement('table'));
  render(DeviceRow, { target: table, props: { device: of, wanted: false, onchange: vi.fn(), onremove: vi.fn() } });
};

it('an address is meant as http when nothing else is said', () => {
  expect(meantUrl(' 192.168.1.64/ ')).toBe('http://192.168.1.64');
  expect(meantUrl('https://door.local')).toBe('https://door.local');
  expect(meantUrl('192.168.1.64:8080')).toBe('http://192.168.1.64:8080');
  expect(meantUrl('')).toBe('');
});

it('a clock is warned of beyond half a minute, and unknown is not right', () => {
  expect(driftWords(null).tone).toBe('unknown');
  expect(driftWords(1500)).toEqual({ tone: 'plain', words: 'right' });
  expect(driftWords(-29_000)).toEqual({ tone: 'plain', words: '29 s behind' });
  expect(driftWords(31_000)).toEqual({ tone: 'warn', words: '31 s ahead' });
});

describe('a device', () => {
  it('that is not heard of is hatched, and so is every one while the core is lost', () => {
    show(device({ state: 'connecting' }));
    expect(document.querySelector('.dot.unknown.hatched')).not.toBeNull();
    document.body.innerHTML = '';
    live.connection = { state: 'lost', since: Date.now() };
    show(device({ state: 'online' }));
    expect(document.querySelector('.dot.ok')).toBeNull();
    expect(document.querySelector('.dot.unknown.hatched')).not.toBeNull();
  });

  it('that cannot be reached has a clock of which nothing is known', () => {
    show(device({ state: 'offline', since: '2026-10-14T04:00:00Z', drift_ms: 0, reason: { cause: 'unreachable', detail: 'is it on?' } }));
    expect(document.body.textContent).not.toContain('right');
    expect(screen.getByText('not known', { selector: '.words' })).toBeDefined();
    // What is said in other words than ours is quoted, and ends once.
    expect(document.body.textContent).toContain('Nothing answers at this address. Details, as they came: “is it on?”');
    document.body.innerHTML = '';
    show(device({ state: 'online', drift_ms: 0 }));
    expect(screen.getByText('right')).toBeDefined();
  });

  it('that refuses is not asked before a person agrees to spend a try', async () => {
    call.mockResolvedValue({ ok: false, tries_left: 3, reason: null } as DeviceReport);
    show(device({ state: 'refused', since: '2026-10-14T04:00:00Z', tries_left: 4, locked_for_s: null }));
    await fireEvent.click(screen.getByRole('button', { name: 'Test: Gate' }));
    expect(call).not.toHaveBeenCalled();
    await fireEvent.click(screen.getByRole('button', { name: 'Use an attempt' }));
    expect(call).toHaveBeenCalledExactlyOnceWith('device_test', { name: 'Gate' });
  });
});

it('a sentence ends once', () => {
  expect(sentence('is the port right?')).toBe('Is the port right?');
  expect(sentence('they say: “is it on?”')).toBe('They say: “is it on?”');
  expect(sentence('nothing answers')).toBe('Nothing answers.');
});

it('an answer that nobody waits for any more is ignored', async () => {
  const trial = new Trial();
  const answers: ((report: DeviceReport) => void)[] = [];
  const done = trial.run(() => new Promise((resolve) => answers.push(resolve)));
  expect(trial.running).toBe(true);
  trial.stop();
  answers[0]?.({ ok: true } as DeviceReport);
  await done;
  expect(trial.running).toBe(false);
  expect(trial.report).toBeNull();
});
