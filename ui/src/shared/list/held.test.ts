import { describe, expect, it } from 'vitest';
import { heldBack, step } from './held';

type Row = { key: string; head?: boolean; text?: string };
const row = (key: string, text = ''): Row => ({ key, text });
const head = (key: string): Row => ({ key, head: true });
const of = { keyOf: (each: Row): string => each.key, isHead: (each: Row): boolean => each.head === true };
const keys = (rows: readonly Row[]): string[] => rows.map((each) => each.key);

describe('held rows', () => {
  it('stay where they are while new ones are counted', () => {
    const held = [row('b'), row('c')];
    const shown = heldBack(held, [row('a'), row('b'), row('b2'), row('c')], of);
    expect(keys(shown.rows)).toEqual(['b', 'c']);
    expect(shown.waiting).toBe(2);
    expect(shown.gone.size).toBe(0);
  });

  it('show what they are now', () => {
    const shown = heldBack([row('a', 'old')], [row('a', 'new')], of);
    expect(shown.rows[0]?.text).toBe('new');
    expect(shown.waiting).toBe(0);
  });

  it('keep their place when they go, and another order does not move them', () => {
    const held = [row('a'), row('b'), row('c')];
    const shown = heldBack(held, [row('c'), row('a')], of);
    expect(keys(shown.rows)).toEqual(['a', 'b', 'c']);
    expect([...shown.gone]).toEqual(['b']);
    expect(shown.waiting).toBe(0);
  });

  it('do not count headings', () => {
    const held = [head('now'), row('a')];
    const shown = heldBack(held, [head('now'), row('a'), head('later'), row('z')], of);
    expect(shown.waiting).toBe(1);
    expect(heldBack(held, [row('a')], of).gone.size).toBe(0);
  });

  it('stay quick with ten thousand', () => {
    const many = Array.from({ length: 10_000 }, (_, at) => row(String(at)));
    const more = [row('new'), ...many];
    const began = performance.now();
    for (let round = 0; round < 20; round += 1) heldBack(many, more, of);
    expect((performance.now() - began) / 20).toBeLessThan(25);
  });
});

describe('a step', () => {
  const rows = [head('x'), row('a'), head('y'), row('b'), row('c')];
  it('goes over headings and stops at the ends', () => {
    expect(step(rows, -1, 1, of.isHead)).toBe(1);
    expect(step(rows, 1, 1, of.isHead)).toBe(3);
    expect(step(rows, 3, -1, of.isHead)).toBe(1);
    expect(step(rows, 1, -1, of.isHead)).toBe(1);
    expect(step(rows, 1, 10, of.isHead)).toBe(4);
  });
});
