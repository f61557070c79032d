import { render, screen } from '@testing-library/svelte';
import { createRawSnippet, tick } from 'svelte';
import { describe, expect, it, vi } from 'vitest';
import { lists } from './lists.svelte';
import RowList from './RowList.svelte';

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
