import { m } from '../../shared/i18n/words';
import type { Shortcut } from '../../shared/keys.svelte';
import { lists } from '../../shared/list/lists.svelte';
import type { ListHandle } from '../../shared/list/lists.svelte';

type Wants = {
  undo: () => void;
  /** Closes what is open and goes back to the one field. */
  leave: () => void;
};

type Run = (event: KeyboardEvent) => void | false;

const inList =
  (run: (list: ListHandle) => void): Run =>
  (event) => {
    const list = lists.active;
    return list === undefined || isControl(event.target) ? false : run(list);
  };

/** A key held down must not act upon one row after another. */
const once =
  (run: (list: ListHandle) => void): Run =>
  (event) =>
    event.repeat ? undefined : inList(run)(event);

const between = (way: 1 | -1): Run => () => (lists.active === undefined ? false : lists.go(way));

const isControl = (target: EventTarget | null): boolean =>
  target instanceof Element && target.closest('button, a, select') !== null;

/** The keys of the desk's lists. They act in the list that has the focus, and nowhere else. */
export function deskKeys({ undo, leave }: Wants): Shortcut[] {
  return [
    { code: 'ArrowDown', words: m.desk_key_move, run: inList((list) => list.move(1)) },
    { code: 'ArrowUp', words: m.desk_key_move_back, run: inList((list) => list.move(-1)) },
    { code: 'KeyJ', words: m.desk_key_move, run: inList((list) => list.move(1)) },
    { code: 'KeyK', words: m.desk_key_move_back, run: inList((list) => list.move(-1)) },
    { code: 'PageDown', words: m.desk_key_page, run: inList((list) => list.page(1)) },
    { code: 'PageUp', words: m.desk_key_page_back, run: inList((list) => list.page(-1)) },
    { code: 'Home', words: m.desk_key_first, run: inList((list) => list.toEnd('first')) },
    { code: 'End', words: m.desk_key_last, run: inList((list) => list.toEnd('last')) },
    { code: 'ArrowRight', words: m.desk_key_next_list, run: between(1) },
    { code: 'ArrowLeft', words: m.desk_key_previous_list, run: between(-1) },
    { code: 'F6', words: m.desk_key_lists, run: () => lists.go(1) },
    { code: 'Enter', words: m.desk_key_act, run: once((list) => list.act()) },
    { code: 'Enter', ctrl: true, words: m.desk_key_open, run: once((list) => list.open()) },
    { code: 'Space', words: m.desk_key_open, run: once((list) => list.open()) },
    { code: 'Delete', words: m.desk_key_cancel, run: once((list) => list.cancel()) },
    {
      code: 'KeyZ',
      ctrl: true,
      words: m.desk_key_undo,
      // What is being typed is taken back by the field itself.
      run: (event) => (event.target instanceof HTMLInputElement && event.target.value !== '' ? false : undo()),
    },
    { code: 'Escape', words: m.desk_key_leave, run: leave },
  ];
}
