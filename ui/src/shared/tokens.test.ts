import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const css = readFileSync('src/shared/tokens.css', 'utf8');

function theme(name: string): Record<string, string> {
  const body = new RegExp(`\\[data-theme='${name}'\\] \\{([^}]*)\\}`).exec(css)?.[1] ?? '';
  return Object.fromEntries([...body.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6});/g)].map(([, key, value]) => [key, value]));
}

function luminance(colour: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

const surfaces = ['surface-0', 'surface-1', 'surface-2', 'surface-3'];
const texts = ['text-1', 'text-2', 'text-3'];
const meanings = ['ok', 'warn', 'danger', 'unknown', 'accent'];

const textPairs = [
  ...texts.flatMap((text) => [...surfaces, 'accent-soft', 'danger-soft', 'warn-soft'].map((on) => [text, on])),
  ...meanings.flatMap((meaning) => [`${meaning}-soft`, 'surface-0', 'surface-1', 'surface-2'].map((on) => [meaning, on])),
  ['accent-ink', 'accent'],
  ['danger-ink', 'danger'],
] as [string, string][];

// The edge of a field or a mark is to be seen, not read.
const markPairs = ['surface-0', 'surface-1', 'surface-2'].map((on) => ['line-strong', on] as [string, string]);

describe.each(['light', 'dark'])('the %s set', (name) => {
  const colours = theme(name);
  const of = (token: string): string => {
    const found = colours[token];
    if (found === undefined) throw new Error(`no --${token}`);
    return found;
  };

  it.each(textPairs)('%s is readable on %s', (text, on) => {
    expect(contrast(of(text), of(on))).toBeGreaterThanOrEqual(4.5);
  });

  it.each(markPairs)('%s can be seen on %s', (mark, on) => {
    expect(contrast(of(mark), of(on))).toBeGreaterThanOrEqual(3);
  });
});

it('has the same tokens in both sets', () => {
  expect(Object.keys(theme('light'))).toEqual(Object.keys(theme('dark')));
});
