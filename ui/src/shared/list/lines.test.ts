import { describe, expect, it } from 'vitest';
import { linesOf } from './lines';

/** Each letter is as wide as another. */
const measure = (text: string): number => 10 * text.length;
const lines = (text: string, width: number): number => linesOf(text, width + 2, 4, measure);

it('a line is broken at a space, and after a hyphen', () => {
  expect(lines('aaaa bbbb', 90)).toBe(1);
  expect(lines('aaaa bbbb', 80)).toBe(2);
  expect(lines('aaaa-bbbb', 80)).toBe(2);
});

it('no space is counted where there is none', () => {
  expect(lines('aaaa-bbbb', 90)).toBe(1);
  expect(lines('aa-bb-cc dd', 110)).toBe(1);
});

it('a hyphen before a space is the end of one line, and begins no empty one', () => {
  expect(lines('aaaa- bbbb', 50)).toBe(2);
  expect(lines('aaaa- bbbb', 100)).toBe(1);
});

it('a word longer than a line is broken anywhere, and no name takes more lines than it may', () => {
  expect(lines('aaaaaaaaaaaa', 50)).toBe(3);
  expect(lines('aaaaaaaaaa bbbbbbbbbb cccccccccc', 20)).toBe(4);
});

const ofThree = (text: string, width: number): number => linesOf(text, width, 3, measure);

describe('lines of a name', () => {
  it('are as many as its words need', () => {
    expect(ofThree('Ли Ян', 200)).toBe(1);
    expect(ofThree('Қуанышбекова Айгерім', 150)).toBe(2);
    expect(ofThree('Әбдірахманова-Қожабергенова Гүлжазира Өмірбекқызы', 160)).toBe(3);
  });

  it('break after a hyphen, and a word that is too long anywhere', () => {
    expect(ofThree('Аааааа-Бббббб', 90)).toBe(2);
    expect(ofThree('Аааааааааааааа', 90)).toBe(2);
  });

  it('are never more than there may be', () => {
    expect(ofThree('а б в г д е ж з', 12)).toBe(3);
  });
});
