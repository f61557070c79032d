import { describe, expect, it } from 'vitest';
import { filters, requestOf, wanted } from './request';
import { kindWord } from './words';

const instant = (day: string, days: number): string => `${day}+${days}`;

describe('what of the audit is wanted', () => {
  it('stands in the address and is read back', () => {
    const want = { group: 'people', author: 'user/1', from: '2026-11-01', until: '2026-11-30' } as const;
    expect(wanted(filters(want))).toEqual(want);
    expect(filters(wanted({ kind: 'nonsense', from: 'soon' }))).toEqual({});
  });

  it('reaches to the end of the last day', () => {
    const request = requestOf(wanted({ kind: 'visits', from: '2026-11-01', until: '2026-11-02' }), 7, instant);
    expect(request).toMatchObject({
      kinds: ['visit.', 'visitor.'],
      from: '2026-11-01+0',
      until: '2026-11-02+1',
      before: 7,
      author: null,
    });
  });

  it('is said in words, and a kind without words as it is', () => {
    expect(kindWord('user.signed_in')).not.toBe('user.signed_in');
    expect(kindWord('muster.called')).toBe('muster.called');
  });
});
