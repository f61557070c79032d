// Heights of rows, so that a list can be reckoned before it is drawn. Each is what the row's
// parts need: the line of a name, a target of 24 px, the spaces around them.
import type { DeskSettings } from '../../api/types';

type Density = DeskSettings['density'];

const HEAD = 28;
const ROW: Record<Density, number> = { compact: 30, comfortable: 40 };
const AIR: Record<Density, number> = { compact: 1, comfortable: 3 };
const TARGET = 24;
const PADDING = 8;
const HAIR = 1;

export const headHeight = (): number => HEAD;

/** A card: the name, beneath it a line as high as a button. */
export const cardHeight = (lines: number, lineHeight: number, density: Density): number =>
  Math.ceil(lines * lineHeight) + TARGET + PADDING + HAIR + AIR[density];

/** A row of the table: as high as the density says, higher for a name of two lines or for what is beside it. */
export const tableHeight = (lines: number, lineHeight: number, beside: number, density: Density): number =>
  Math.max(ROW[density], Math.ceil(Math.max(lines * lineHeight, beside)) + 2 * HAIR + AIR[density] / 2);
