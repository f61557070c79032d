import { fold, retyped, spelt } from '../../shared/layout';

export type Zone = { id: string; words: string; offset: string };

const lists = new Map<string, Zone[]>();

function part(region: string, timeZone: string, timeZoneName: 'shortGeneric' | 'longOffset'): string {
  const parts = new Intl.DateTimeFormat(region, { timeZone, timeZoneName }).formatToParts();
  return parts.find((each) => each.type === 'timeZoneName')?.value ?? '';
}

/** Every zone that the system knows, with its city in the user's language. Slow the first time. */
export function zones(region: string): Zone[] {
  let found = lists.get(region);
  if (found === undefined) {
    found = Intl.supportedValuesOf('timeZone').map((id) => ({
      id,
      words: part(region, id, 'shortGeneric'),
      offset: part('en', id, 'longOffset'),
    }));
    lists.set(region, found);
  }
  return found;
}

function within(text: string, starts: readonly string[]): boolean {
  const words = ` ${text.replaceAll(/[_/]/g, ' ')}`;
  return starts.some((each) => words.includes(` ${each}`));
}

/** Zones by the beginnings of words: of the identifier, of the city's name, in either layout. */
export function findZones(all: readonly Zone[], text: string, limit: number): Zone[] {
  const typed = fold(text).replaceAll(/[_/]/g, ' ');
  if (typed === '') return all.slice(0, limit);
  const wanted = [typed, fold(retyped(typed))];
  const latin = wanted.map((each) => spelt(each));
  const result: Zone[] = [];
  for (const zone of all) {
    if (within(fold(`${zone.words} ${zone.offset}`), wanted) || within(spelt(zone.id), latin)) result.push(zone);
    if (result.length === limit) break;
  }
  return result;
}
