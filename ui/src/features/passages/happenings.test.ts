import { describe, expect, it } from 'vitest';
import type { FeedItem, IncidentView, PassageView } from '../../api/types';
import { happenings } from './happenings';
import { soundOf } from './listen';

const passage = (row: number, at: string, more: Partial<PassageView> = {}): PassageView =>
  ({ row, at, verdict: 'granted', live: true, ...more }) as PassageView;
const incident = (id: string, at: string, more: Partial<IncidentView> = {}): IncidentView =>
  ({ id, at, withdrawn: null, status: 'new', late: false, ...more }) as IncidentView;

const item = (kind: string, of: unknown): FeedItem => ({ seq: 1, written: '', kind, item: of }) as FeedItem;

describe('what is happening', () => {
  it('lies newest on top, and what a passage has caused above it', () => {
    const all = happenings(
      [passage(3, '2026-10-14T04:00:03Z'), passage(2, '2026-10-14T04:00:01Z'), passage(1, '2026-10-14T04:00:01Z')],
      [incident('x', '2026-10-14T04:00:01Z')],
    );
    expect(all.map((each) => each.key)).toEqual(['passage-3', 'incident-x', 'passage-2', 'passage-1']);
  });

  it('puts what was told late where it happened', () => {
    const all = happenings([passage(9, '2026-10-13T04:00:00Z', { live: false }), passage(1, '2026-10-14T04:00:00Z')], []);
    expect(all.map((each) => each.key)).toEqual(['passage-1', 'passage-9']);
  });
});

describe('what is heard', () => {
  it('is a refusal that is news', () => {
    expect(soundOf(item('passage', passage(1, '', { verdict: 'refused' })))).toBe('refused');
    expect(soundOf(item('passage', passage(1, '', { verdict: 'refused', live: false })))).toBeNull();
    expect(soundOf(item('passage', passage(1, '')))).toBeNull();
  });

  it('is an incident, but not one that was taken back or is told late', () => {
    expect(soundOf(item('incident', incident('x', '')))).toBe('attention');
    expect(soundOf(item('incident', incident('x', '', { withdrawn: 'other' })))).toBeNull();
    expect(soundOf(item('incident', incident('x', '', { late: true })))).toBeNull();
  });
});
