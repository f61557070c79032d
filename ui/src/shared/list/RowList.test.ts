import { render, screen } from '@testing-library/svelte';
import { createRawSnippet, tick } from 'svelte';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { lists } from './lists.svelte';
import { locale } from '../i18n/locale.svelte';
import RowList from './RowList.svelte';

// jsdom draws nothing: each letter is ten wide, and a place as wide as the test says.
vi.mock('./lines', async (original) => ({ ...(await original<object>()), measureIn: () => (text: string) => 10 * text.length }));
const width = { name: 0, beside: 0 };
vi.spyOn(HTMLElement.prototype, 'clientWidth', 'get').mockImplementation(function (this: HTMLElement) {
  return this.hasAttribute('data-measure') ? width.name : this.hasAttribute('data-measure-beside') ? width.beside : 0;
});

type Row = { key: string };
const rows = (...keys: string[]): Row[] => keys.map((key) => ({ key }));

// A generic component is tested with rows of any kind.
const keyOf = (row: unknown): string => (row as Row).key;

const props = (list: Row[]) => ({
  label: 'List',
  rows: list,
  keyOf,
  nameOf: keyOf,
  heightOf: () => 40,
  row: createRawSnippet<[unknown, unknown]>((row) => ({ render: () => `<span role="gridcell">${keyOf(row())}</span>` })),
});

const drawn = (): (string | null)[] => screen.getAllByRole('gridcell').map((cell) => cell.textContent);

describe('a list', () => {
  it('shows what is new at once while nobody is at it', async () => {
    const { rerender } = render(RowList, props(rows('b')));
    await rerender(props(rows('a', 'b')));
    expect(drawn()).toEqual(['a', 'b']);
  });

  it('lets new rows wait while one is chosen, and shows them when asked to', async () => {
    const { rerender } = render(RowList, props(rows('b', 'c')));
    screen.getByRole('grid').focus();
    lists.active?.move(0);
    await tick();
    await rerender(props(rows('a', 'b')));
    expect(drawn()).toEqual(['b', 'c']);
    screen.getByRole('button').click();
    await tick();
    expect(drawn()).toEqual(['a', 'b']);
  });

  it('acts on the chosen row, but not on one that has gone', async () => {
    const act = vi.fn();
    const open = vi.fn();
    const { rerender } = render(RowList, { ...props(rows('a', 'b')), act, open });
    screen.getByRole('grid').focus();
    lists.active?.move(0);
    await tick();
    lists.active?.act();
    expect(act).toHaveBeenCalledExactlyOnceWith({ key: 'a' });
    await rerender({ ...props(rows('b')), act, open });
    lists.active?.act();
    lists.active?.open();
    expect(act).toHaveBeenCalledOnce();
    expect(open).toHaveBeenCalledExactlyOnceWith({ key: 'a' });
  });
});

const measured = (more: object = {}) => ({
  ...props(rows('aaaa bbbb cccc')),
  heightOf: (_: unknown, lines: number, __: number, beside: number) => 100 * lines + beside,
  row: createRawSnippet<[unknown, unknown]>(() => ({
    render: () =>
      '<div role="gridcell"><span data-measure style="font-size: 10px; line-height: 20px"></span><span data-measure-beside style="font-size: 10px; line-height: 16px"></span></div>',
  })),
  ...more,
});
const height = (): string | undefined => screen.getByRole('gridcell').closest<HTMLElement>('[role=row]')?.style.height;

describe('a row is as high as its words need', () => {
  afterEach(() => locale.choose('ru'));


  it('also when a change of the language leaves its name less room', async () => {
    width.name = 102;
    locale.choose('ru');
    render(RowList, measured());
    await vi.waitFor(() => expect(height()).toBe('200px'));
    width.name = 62;
    locale.choose('en');
    await vi.waitFor(() => expect(height()).toBe('300px'));
  });

  it('and those beside the name, which may take more lines than it', async () => {
    width.name = 1000;
    width.beside = 92;
    render(RowList, measured({ besideOf: () => 'yesterday 11:16 door' }));
    await vi.waitFor(() => expect(height()).toBe('148px'));
  });
});
