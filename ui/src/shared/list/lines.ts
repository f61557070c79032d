// On how many lines a name stands. It is reckoned and not measured in the page: ten thousand rows
// must have their heights before they are drawn, so that none moves once it is.

export type Measure = (text: string) => number;

/** What the page may round otherwise than the reckoning does. */
const SLACK = 2;

export function linesOf(text: string, width: number, atMost: number, measure: Measure): number {
  const space = measure(' ');
  let lines = 1;
  let used = 0;
  // A browser breaks a line after a hyphen too, where no space need be.
  for (const [, before, part] of text.matchAll(/(\s*)([^\s-]*-+|[^\s-]+)/g)) {
    if (part === undefined) continue;
    const wide = measure(part);
    const gap = used === 0 || before === '' ? 0 : space;
    if (used > 0 && used + gap + wide > width - SLACK) {
      lines += 1;
      used = wide;
    } else {
      used += gap + wide;
    }
    // A word longer than a line is broken anywhere.
    while (used > width && lines < atMost) {
      lines += 1;
      used -= width;
    }
    if (lines >= atMost) return atMost;
  }
  return lines;
}

/** Measures in a font as CSS writes it; each word once. */
export function measureIn(font: string): Measure {
  const canvas = typeof CanvasRenderingContext2D === 'undefined' ? null : document.createElement('canvas');
  const context = canvas?.getContext('2d') ?? null;
  if (context === null) return () => 0;
  context.font = font;
  const known = new Map<string, number>();
  return (text) => {
    let width = known.get(text);
    if (width === undefined) {
      width = context.measureText(text).width;
      known.set(text, width);
    }
    return width;
  };
}
