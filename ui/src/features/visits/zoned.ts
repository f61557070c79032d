// Times as they are said at the desk, by the wall clock of the SITE: a browser in another place has
// another clock, and the visitor comes by that of the door.

const parts = new Map<string, Intl.DateTimeFormat>();

/** What a wall clock in the zone shows, as if it were UTC. */
function wall(moment: number, zone: string): number {
  let format = parts.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-CA', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
    parts.set(zone, format);
  }
  const of = Object.fromEntries(format.formatToParts(moment).map(({ type, value }) => [type, Number(value)]));
  return Date.UTC(of['year'] ?? 0, (of['month'] ?? 1) - 1, of['day'], of['hour'], of['minute'], of['second']);
}

/** 2026-10-14 and 09:30 in a zone, as RFC 3339 in UTC. Where a clock jumps, the time after the jump. */
export function instant(day: string, time: string, zone: string): string {
  const meant = Date.parse(`${day}T${time}:00Z`);
  let found = meant;
  // Twice: near a change of the clock the first guess has the other offset.
  for (let round = 0; round < 2; round += 1) found = meant - (wall(found, zone) - found);
  return new Date(found).toISOString().replace('.000Z', 'Z');
}
