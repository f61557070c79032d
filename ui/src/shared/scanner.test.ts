import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Scanner } from './scanner';

let clock = 0;
let scanner: Scanner;
let scans: string[];

beforeEach(() => {
  clock = 1000;
  scans = [];
  scanner = new Scanner(() => clock);
  scanner.take((text) => {
    scans.push(text);
    return true;
  });
  document.body.innerHTML = '<form><input id="a" value="Иванов"><input id="b"></form>';
});

type Key = { code: string; shift?: boolean; repeat?: boolean; ctrl?: boolean };

function press(key: Key, after: number, target: Element = document.body): KeyboardEvent {
  clock += after;
  const event = new KeyboardEvent('keydown', {
    code: key.code,
    // What a Russian layout would say: not to be looked at.
    key: 'ы',
    shiftKey: key.shift ?? false,
    ctrlKey: key.ctrl ?? false,
    repeat: key.repeat ?? false,
    bubbles: true,
    cancelable: true,
  });
  Object.defineProperty(event, 'target', { value: target });
  scanner.press(event);
  const types = !event.defaultPrevented && !/^(Enter|Shift|End)/.test(key.code);
  if (types && target instanceof HTMLInputElement) target.value += 'ы';
  return event;
}

const codes = (text: string): Key[] =>
  [...text].map((each) =>
    /\d/.test(each)
      ? { code: `Digit${each}` }
      : each === '-'
        ? { code: 'Minus' }
        : { code: `Key${each.toUpperCase()}`, shift: each !== each.toLowerCase() },
  );

function scan(text: string, gap = 8, target?: Element): KeyboardEvent {
  press({ code: 'ShiftLeft' }, 500, target);
  for (const key of codes(text)) press(key, gap, target);
  return press({ code: 'Enter' }, gap, target);
}

describe('a scan', () => {
  it('is read by physical keys, whatever the layout types', () => {
    const enter = scan('VK-0417x');
    expect(scans).toEqual(['VK-0417x']);
    expect(enter.defaultPrevented).toBe(true);
  });

  it('may be as slow as 35 ms a key, and no slower', () => {
    scan('1234', 35);
    expect(scans).toEqual(['1234']);
    scan('5678', 36);
    expect(scans).toEqual(['1234']);
  });

  it('has at least four characters', () => {
    expect(scan('123').defaultPrevented).toBe(false);
    expect(scans).toEqual([]);
  });

  it('begins anew after a pause, so that what a person typed before is not part of it', () => {
    press({ code: 'KeyA' }, 100);
    press({ code: 'KeyB' }, 100);
    scan('7788');
    expect(scans).toEqual(['7788']);
  });

  it('is not a key held down', () => {
    press({ code: 'KeyA' }, 500);
    for (let n = 0; n < 10; n += 1) press({ code: 'KeyA', repeat: true }, 30);
    press({ code: 'Enter' }, 30);
    expect(scans).toEqual([]);
  });

  it('is not a shortcut', () => {
    for (const key of codes('abcd')) press({ ...key, ctrl: true }, 5);
    press({ code: 'Enter' }, 5);
    expect(scans).toEqual([]);
  });

  it('is not an Enter that a person adds later', () => {
    for (const key of codes('1234')) press(key, 8);
    press({ code: 'Enter' }, 400);
    expect(scans).toEqual([]);
  });

  it('leaves a half-typed form as it was, and tells the form', () => {
    const field = document.querySelector<HTMLInputElement>('#a');
    if (field === null) throw new Error('no field');
    const told = vi.fn();
    field.addEventListener('input', told);
    field.setSelectionRange(2, 2);
    scan('0417', 8, field);
    expect(scans).toEqual(['0417']);
    expect(field.value).toBe('Иванов');
    expect(field.selectionStart).toBe(2);
    expect(told).toHaveBeenCalledOnce();
  });

  it('begins right after another key too, and loses nothing of what is typed', () => {
    const field = document.querySelector<HTMLInputElement>('#b');
    if (field === null) throw new Error('no field');
    press({ code: 'End' }, 500, field);
    expect(press({ code: 'Space' }, 5, field).defaultPrevented).toBe(false);
    expect(press({ code: 'KeyA' }, 5, field).defaultPrevented).toBe(false);
    expect(field.value).toBe('ыы');
  });

  it('presses no button', () => {
    press({ code: 'KeyA' }, 500);
    expect(press({ code: 'Space' }, 8).defaultPrevented).toBe(true);
  });

  it('goes to the last one who asked, and on when it was not for it', () => {
    const form = vi.fn(() => false);
    const stop = scanner.take(form);
    scan('1111');
    expect(form).toHaveBeenCalledWith('1111');
    expect(scans).toEqual(['1111']);
    stop();
    scan('2222');
    expect(form).toHaveBeenCalledOnce();
    expect(scans).toEqual(['1111', '2222']);
  });
});

it('does not take what a password manager types into a field for secrets', () => {
  document.body.innerHTML = '<input id="p" type="password"><input id="c" data-secret="">';
  for (const id of ['p', 'c']) {
    const field = document.getElementById(id);
    if (!(field instanceof HTMLInputElement)) throw new Error(id);
    const enter = scan('A1379246', 8, field);
    expect(enter.defaultPrevented).toBe(false);
    expect(field.value).not.toBe('');
  }
  expect(scans).toEqual([]);
  scan('A1379246');
  expect(scans).toEqual(['A1379246']);
});
