// What is happening: passages and incidents in one list, newest on top. Pure.
import type { IncidentView, PassageView } from '../../api/types';

export type Happening =
  | { kind: 'passage'; key: string; at: string; passage: PassageView }
  | { kind: 'incident'; key: string; at: string; incident: IncidentView };

export const passageKey = (row: number): string => `passage-${row}`;
export const incidentKey = (id: string): string => `incident-${id}`;

/** As many as anybody looks through; the rest is for the journal. */
const AT_MOST = 300;

const moment = (at: string): number => Date.parse(at);

function newest(a: Happening, b: Happening): number {
  const apart = moment(b.at) - moment(a.at);
  if (apart !== 0) return apart;
  // What a passage has caused stands above it.
  if (a.kind !== b.kind) return a.kind === 'incident' ? -1 : 1;
  return a.kind === 'passage' && b.kind === 'passage' ? b.passage.row - a.passage.row : 0;
}

export function happenings(passages: readonly PassageView[], incidents: readonly IncidentView[]): Happening[] {
  const all: Happening[] = [
    ...passages.map(
      (passage): Happening => ({ kind: 'passage', key: passageKey(passage.row), at: passage.at, passage }),
    ),
    ...incidents.map(
      (incident): Happening => ({ kind: 'incident', key: incidentKey(incident.id), at: incident.at, incident }),
    ),
  ];
  return all.toSorted(newest).slice(0, AT_MOST);
}
