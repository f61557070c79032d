import { describe, expect, test } from 'vitest';
import type { VisitorView } from '../../api/types';
import { blank, changes, maskedOf } from './identity';

const visitor: VisitorView = {
  id: 'v',
  identity: [{ kind: 'phone', masked: '•••0042' }],
  erased: false,
};

describe('what is typed of a visitor', () => {
  test('nothing typed changes nothing', () => {
    expect(changes(visitor, blank())).toEqual([]);
    expect(maskedOf(visitor, 'phone')).toBe('•••0042');
    expect(maskedOf(visitor, 'iin')).toBeNull();
  });

  test('what is typed replaces, what is ticked goes, and only what is there can go', () => {
    const typed = blank();
    typed.document.text = ' N 10203040 ';
    typed.phone.gone = true;
    typed.iin.gone = true;
    expect(changes(visitor, typed)).toEqual([
      { visitor: 'v', kind: 'document', value: 'N 10203040' },
      { visitor: 'v', kind: 'phone', value: null },
    ]);
  });

  test('what is typed wins over what is ticked', () => {
    const typed = blank();
    typed.phone = { text: '8 701 000 00 01', gone: true };
    expect(changes(visitor, typed)).toEqual([{ visitor: 'v', kind: 'phone', value: '8 701 000 00 01' }]);
  });
});
