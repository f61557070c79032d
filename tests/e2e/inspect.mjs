// What may be wrong with a page as it is drawn. Each of these runs inside the page, whatever drives it,
// and knows nothing of what is outside.

/** Words in a row of a list that are cut off without an ellipsis that says so. */
export const cutOff = () => {
  const found = new Set();
  // Where it may end: an ellipsis is drawn in a block, and not in a flex box.
  const says = ({ display, textOverflow, webkitLineClamp }) =>
    webkitLineClamp !== 'none' || (textOverflow === 'ellipsis' && !/flex|grid/.test(display));
  const isOut = (line, box) =>
    line.bottom > box.bottom + 2 || line.top < box.top - 2 || line.right > box.right + 2 || line.left < box.left - 2;
  for (const row of document.querySelectorAll('[role=row], tbody tr')) {
    if (row.getBoundingClientRect().height === 0) continue;
    const texts = document.createTreeWalker(row, NodeFilter.SHOW_TEXT);
    for (let text = texts.nextNode(); text !== null; text = texts.nextNode()) {
      if (text.data.trim() === '' || text.parentElement.closest('.hidden-text') !== null) continue;
      const range = document.createRange();
      range.selectNodeContents(text);
      const lines = [...range.getClientRects()];
      for (let box = text.parentElement; ; box = box.parentElement) {
        const style = getComputedStyle(box);
        if (says(style)) break;
        const ends = box === row || style.overflowX !== 'visible';
        if (ends && lines.some((line) => isOut(line, box.getBoundingClientRect()))) found.add(text.data.trim());
        if (box === row) break;
      }
    }
  }
  return [...found];
};

/** Names in lists that end in an ellipsis. WebKit does not say so: a copy without an end tells. */
export const shortened = () =>
  [...document.querySelectorAll('[role=row] [data-measure]')]
    .filter((name) => name.checkVisibility())
    .filter((name) => {
      const copy = name.cloneNode(true);
      Object.assign(copy.style, { position: 'absolute', visibility: 'hidden', webkitLineClamp: 'none', width: `${name.clientWidth}px` });
      name.parentElement.append(copy);
      const whole = copy.getBoundingClientRect().height;
      copy.remove();
      return whole > name.getBoundingClientRect().height + 1;
    })
    .map((name) => name.textContent);

/** Tags in rows that end in an ellipsis. */
export const cutTags = () =>
  [...document.querySelectorAll('[role=row] .tag .words, tbody tr .tag .words')]
    .filter((words) => words.checkVisibility() && words.scrollWidth > words.clientWidth)
    .map((words) => words.textContent);

/** Buttons in tables that touch the edge of their row, or stick out over it. */
export const atEdge = () =>
  [...document.querySelectorAll('tbody tr button')]
    .filter((button) => button.checkVisibility())
    .filter((button) => {
      const [own, row] = [button, button.closest('tr')].map((box) => box.getBoundingClientRect());
      return own.right > row.right - 4 || own.left < row.left + 4;
    })
    .map((button) => button.textContent.trim());

/** What is chosen from a list, and looks as the system has it. */
export const systemLooks = () =>
  [...document.querySelectorAll('select')]
    .filter((select) => select.checkVisibility() && getComputedStyle(select).appearance !== 'none')
    .map((select) => select.labels?.[0]?.textContent ?? select.className);

/** Messages that are higher than their words, or stand beneath what is seen of them. */
export const loose = () => {
  const region = document.querySelector('[role=log]').getBoundingClientRect();
  return [...document.querySelectorAll('[role=log] .toast')]
    .filter((toast) => {
      const box = toast.getBoundingClientRect();
      const end = Math.max(...[...toast.querySelectorAll('.words, button')].map((part) => part.getBoundingClientRect().bottom));
      return box.bottom - end > 16 || box.bottom > region.bottom + 1 || box.top < region.top - 1;
    })
    .map((toast) => `${toast.textContent.trim()}: ${JSON.stringify(toast.getBoundingClientRect())} in ${JSON.stringify(region)}`);
};

/** What has to be scrolled sideways to be read. */
export const sideways = () =>
  [...document.querySelectorAll('*')]
    .filter((box) => box.checkVisibility() && /auto|scroll/.test(getComputedStyle(box).overflowX) && box.scrollWidth > box.clientWidth + 1)
    .map((box) => `${box.localName}.${box.className}: ${box.scrollWidth} in ${box.clientWidth}`);

/** Lists that are shown, but too narrow for a name. */
export const squeezed = () =>
  [...document.querySelectorAll('[role=grid]')]
    .filter((list) => list.checkVisibility() && list.clientWidth < 200)
    .map((list) => `${list.ariaLabel}: ${list.clientWidth}`);
