import { flushSync } from 'svelte';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { live } from '../../api/live.svelte';
import type { VisitView } from '../../api/types';
import { forgetDrafts } from '../../shared/drafts';
import { Form } from './form.svelte';

const call = vi.hoisted(() => vi.fn());
vi.mock('../../api/client', () => ({ call }));

beforeEach(() => {
  forgetDrafts();
  flushSync();
  call.mockReset();
  live.connection = { state: 'open', since: 0 };
});

function typing(visitor: string): Form {
  const form = new Form();
  form.typed.visitor = visitor;
  flushSync();
  return form;
}
/** The page was loaded anew. */
const reloaded = (): Form => new Form();

describe('a half-typed visit', () => {
  it('is there after a reload, with what was put aside for it', () => {
    const form = typing('Li Yan');
    form.begin({ visitor: 'Ким' });
    form.typed.host = 'Лебедев';
    form.typed.many = true;
    flushSync();
    const after = reloaded();
    expect(after.typed).toMatchObject({ visitor: 'Ким', host: 'Лебедев', many: true });
    expect(after.aside).toMatchObject({ visitor: 'Li Yan' });
  });

  it('goes on after a reload with the name that it began with, as it was mended since', () => {
    const form = new Form();
    form.begin({ visitor: 'Ли' });
    form.typed.visitor = 'Ли Ян';
    flushSync();
    const after = reloaded();
    expect(after.typed.visitor).toBe('Ли Ян');
    expect(after.aside).toBeNull();
    // Asked for by its first name, it is another visit.
    after.begin({ visitor: 'Ли' });
    expect(after.typed.visitor).toBe('Ли');
    expect(after.aside).toMatchObject({ visitor: 'Ли Ян' });
  });

  it('is forgotten once it is sent', async () => {
    const form = typing('Li Yan');
    call.mockResolvedValue({ id: 'v1', visitor: 'Li Yan', actions: [], turns: null, status: 'expected' } as unknown as VisitView);
    await form.save(false);
    flushSync();
    expect(sessionStorage).toHaveLength(0);
  });

  it('is forgotten once it is cleared', () => {
    typing('Li Yan').clear();
    flushSync();
    expect(sessionStorage).toHaveLength(0);
  });

  it('is forgotten by a lock or a sign-out, in the page too', () => {
    const form = typing('Li Yan');
    form.begin({ visitor: 'Ким' });
    flushSync();
    forgetDrafts();
    expect(sessionStorage).toHaveLength(0);
    expect(form.blank).toBe(true);
    expect(form.aside).toBeNull();
    flushSync();
    expect(reloaded().blank).toBe(true);
  });

  it('is nobody’s after a shift, and what cannot be read is nothing', () => {
    typing('Li Yan');
    vi.setSystemTime(Date.now() + 13 * 60 * 60_000);
    expect(reloaded().blank).toBe(true);
    vi.useRealTimers();
    sessionStorage.setItem('vakhta.draft.new-visit', '{"at":1e99');
    expect(reloaded().blank).toBe(true);
    sessionStorage.setItem('vakhta.draft.new-visit', JSON.stringify({ at: Date.now(), draft: { typed: { visitor: 7, host: 'Ким' } } }));
    expect(reloaded().typed).toMatchObject({ visitor: '', host: 'Ким' });
  });
});
