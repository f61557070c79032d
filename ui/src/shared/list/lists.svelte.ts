// The lists that a screen shows, so that keys go to the one with the focus and from one to the next.

export type ListHandle = {
  element: HTMLElement;
  /** Chooses another row; 0 chooses one if none is chosen. */
  move: (by: number) => void;
  toEnd: (end: 'first' | 'last') => void;
  page: (way: 1 | -1) => void;
  act: () => void;
  open: () => void;
  cancel: () => void;
  leave: () => void;
};

class Lists {
  readonly #all = new Set<ListHandle>();

  add(list: ListHandle): () => void {
    this.#all.add(list);
    return () => this.#all.delete(list);
  }

  /** The list that has the focus. */
  get active(): ListHandle | undefined {
    return [...this.#all].find((list) => list.element.contains(document.activeElement));
  }

  /** Goes to the next list, or to the previous one; from elsewhere to the first. */
  go(way: 1 | -1): void {
    const seen = [...this.#all]
      .filter((list) => list.element.offsetParent !== null)
      .toSorted((a, b) =>
        a.element.compareDocumentPosition(b.element) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1,
      );
    const active = this.active;
    const at = active === undefined ? -1 : seen.indexOf(active);
    const next = at < 0 ? 0 : at + way;
    seen[next]?.element.focus();
  }
}

export const lists = new Lists();
