import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { VisitView } from '../../api/types';
import { locale } from '../../shared/i18n/locale.svelte';
import { retyped } from '../../shared/layout';
import { atWork } from '../../test-access';
import { actionsFor } from './actions';
import { Search } from './search.svelte';

const visit = (visitor: string): VisitView => ({ visitor, id: visitor }) as VisitView;

describe('the search', () => {
  let answers: Map<string, (visits: VisitView[]) => void>;
  let search: Search;

  beforeEach(() => {
    vi.useFakeTimers();
    answers = new Map();
    search = new Search((text) => new Promise((resolve) => answers.set(text, resolve)));
  });
  afterEach(() => vi.useRealTimers());

  const names = (): string[] => search.found.map((each) => each.visitor);

  async function answer(text: string, ...visitors: string[]): Promise<void> {
    answers.get(text)?.(visitors.map(visit));
    await vi.advanceTimersByTimeAsync(0);
  }

  it('asks once for what was typed quickly, within 60 ms', () => {
    search.type('и');
    search.type('ив');
    search.type('ива');
    vi.advanceTimersByTime(60);
    expect([...answers.keys()]).toEqual(['ива']);
  });

  it('drops an answer to an older text', async () => {
    search.type('ива');
    vi.advanceTimersByTime(60);
    search.type('петр');
    vi.advanceTimersByTime(60);
    await answer('петр', 'Петренко');
    await answer('ива', 'Иванов');
    expect(names()).toEqual(['Петренко']);
    expect(search.fresh).toBe(true);
  });

  it('drops an answer that comes after it was cleared', async () => {
    search.type('ива');
    vi.advanceTimersByTime(60);
    search.clear();
    await answer('ива', 'Иванов');
    expect(names()).toEqual([]);
  });

  it('acts on an early Enter only for what was typed then', async () => {
    const then = vi.fn();
    search.type('ива');
    search.onceFresh(then);
    search.type('иван');
    vi.advanceTimersByTime(60);
    await answer('иван', 'Иванов');
    expect(then).not.toHaveBeenCalled();
    search.onceFresh(then);
    expect(then).toHaveBeenCalledOnce();
  });
});

const ids = (text: string): string[] => actionsFor(text).map((action) => action.id);

describe('the actions', () => {
  beforeEach(() => {
    locale.choose('ru');
    atWork('see_visits', 'manage_visits', 'see_devices', 'see_settings');
  });

  it('are found by the beginning of a word', () => {
    expect(ids('настр')).toContain('settings');
    expect(ids('тёмн')).toContain('dark');
    expect(ids('темн')).toContain('dark');
  });

  it('are found in a forgotten layout', () => {
    expect(retyped('yfcnhjqrb')).toBe('настройки');
    expect(ids('ecnhjqcndf')).toContain('devices');
  });

  it('end with a new visit for who was not found', () => {
    expect(ids('Қуанышбекова')).toEqual(['new-for']);
    atWork('see_visits');
    expect(ids('Қуанышбекова')).toEqual([]);
  });
});
