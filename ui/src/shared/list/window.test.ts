import { describe, expect, it } from 'vitest';
import { inSight, offsets, rowAt, scrollFor } from './window';

const starts = offsets([10, 20, 30, 40], (height) => height);

describe('rows of differing height', () => {
  it('begin where those before them end', () => {
    expect([...starts]).toEqual([0, 10, 30, 60, 100]);
    expect([0, 9, 10, 59, 60, 99, 500].map((y) => rowAt(starts, y))).toEqual([0, 0, 1, 2, 3, 3, 3]);
  });

  it('are drawn when they are in sight, and a few around them', () => {
    expect(inSight(starts, 12, 20, 0)).toEqual({ start: 1, end: 3 });
    expect(inSight(starts, 12, 20, 5)).toEqual({ start: 0, end: 4 });
    expect(inSight(offsets([], () => 0), 0, 100, 5)).toEqual({ start: 0, end: 0 });
  });

  it('are scrolled to no further than is needed', () => {
    const view = { top: 10, height: 50, covered: 0 };
    expect(scrollFor(starts, 1, view)).toBe(10);
    expect(scrollFor(starts, 0, view)).toBe(0);
    expect(scrollFor(starts, 3, view)).toBe(50);
    expect(scrollFor(starts, 3, { ...view, covered: 20 })).toBe(70);
  });
});
