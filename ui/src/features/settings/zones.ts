import { fold, retyped, spelt } from '../../shared/layout';

export type Zone = { id: string; words: string; offset: string };

/** What cities are called today that browsers still list under an older name. */
const TODAY: Readonly<Record<string, string>> = {
  'Africa/Asmera': 'Asmara',
  'America/Godthab': 'Nuuk',
  'Asia/Calcutta': 'Kolkata',
  'Asia/Katmandu': 'Kathmandu',
  'Asia/Rangoon': 'Yangon',
  'Asia/Saigon': 'Ho Chi Minh',
  'Atlantic/Faeroe': 'Faroe',
  'Europe/Kiev': 'Kyiv',
  'Pacific/Enderbury': 'Kanton',
  'Pacific/Ponape': 'Pohnpei',
  'Pacific/Truk': 'Chuuk',
};

/** Cities of the zones around here, which are else called by their countries, or not at all by an older engine. */
const RUSSIAN: Readonly<Record<string, string>> = {
  'Asia/Almaty': 'Алматы',
  'Asia/Aqtau': 'Актау',
  'Asia/Aqtobe': 'Актобе',
  'Asia/Ashgabat': 'Ашхабад',
  'Asia/Atyrau': 'Атырау',
  'Asia/Baku': 'Баку',
  'Asia/Bishkek': 'Бишкек',
  'Asia/Dushanbe': 'Душанбе',
  'Asia/Irkutsk': 'Иркутск',
  'Asia/Kabul': 'Кабул',
  'Asia/Kamchatka': 'Петропавловск-Камчатский',
  'Asia/Krasnoyarsk': 'Красноярск',
  'Asia/Magadan': 'Магадан',
  'Asia/Novosibirsk': 'Новосибирск',
  'Asia/Omsk': 'Омск',
  'Asia/Oral': 'Уральск',
  'Asia/Qostanay': 'Костанай',
  'Asia/Qyzylorda': 'Кызылорда',
  'Asia/Samarkand': 'Самарканд',
  'Asia/Shanghai': 'Шанхай',
  'Asia/Tashkent': 'Ташкент',
  'Asia/Tbilisi': 'Тбилиси',
  'Asia/Tehran': 'Тегеран',
  'Asia/Ulaanbaatar': 'Улан-Батор',
  'Asia/Urumqi': 'Урумчи',
  'Asia/Vladivostok': 'Владивосток',
  'Asia/Yakutsk': 'Якутск',
  'Asia/Yekaterinburg': 'Екатеринбург',
  'Asia/Yerevan': 'Ереван',
  'Europe/Chisinau': 'Кишинёв',
  'Europe/Istanbul': 'Стамбул',
  'Europe/Kaliningrad': 'Калининград',
  'Europe/Kiev': 'Киев',
  'Europe/Kyiv': 'Киев',
  'Europe/Minsk': 'Минск',
  'Europe/Moscow': 'Москва',
  'Europe/Samara': 'Самара',
  'Europe/Saratov': 'Саратов',
  'Europe/Volgograd': 'Волгоград',
};

const lists = new Map<string, Zone[]>();

function part(region: string, timeZone: string, timeZoneName: 'shortGeneric' | 'longOffset'): string {
  const parts = new Intl.DateTimeFormat(region, { timeZone, timeZoneName }).formatToParts();
  return parts.find((each) => each.type === 'timeZoneName')?.value ?? '';
}

/** «Алматы», «Ташкент, Узбекистан», “Almaty”: what people call a zone. */
function called(region: string, id: string): string {
  const generic = part(region, id, 'shortGeneric');
  if (!region.startsWith('ru')) return id.includes('/') ? (TODAY[id] ?? id.slice(id.lastIndexOf('/') + 1).replaceAll('_', ' ')) : id;
  const city = RUSSIAN[id];
  if (city === undefined) return generic;
  return generic === city || !/^[А-ЯЁ]/.test(generic) ? city : `${city}, ${generic}`;
}

/** A zone in words; one that this engine does not know, as it is written. */
export function zoneOf(region: string, id: string): Zone {
  try {
    return { id, words: called(region, id), offset: part('en', id, 'longOffset').replace(/^GMT/, 'UTC') };
  } catch {
    return { id, words: id, offset: '' };
  }
}

/** «Алматы, UTC+05:00». */
export function zoneWords(region: string, id: string): string {
  const { words, offset } = zoneOf(region, id);
  return offset === '' || words.startsWith(offset) ? words : `${words}, ${offset}`;
}

/** Every zone that the system knows, with its city in the user's language. Slow the first time. */
export function zones(region: string): Zone[] {
  let found = lists.get(region);
  if (found === undefined) {
    found = Intl.supportedValuesOf('timeZone').map((id) => zoneOf(region, id));
    lists.set(region, found);
  }
  return found;
}

function within(text: string, starts: readonly string[]): boolean {
  const words = ` ${text.replaceAll(/[_/]/g, ' ')}`;
  return starts.some((each) => words.includes(` ${each}`));
}

/** Zones by the beginnings of words, in either layout: of the city's name first, then of the identifier. */
export function findZones(all: readonly Zone[], text: string, limit: number): Zone[] {
  const typed = fold(text).replaceAll(/[_/]/g, ' ');
  if (typed === '') return all.slice(0, limit);
  const wanted = [typed, fold(retyped(typed))];
  const latin = wanted.map((each) => spelt(each));
  const byName: Zone[] = [];
  const byIdentifier: Zone[] = [];
  for (const zone of all) {
    if (within(fold(`${zone.words} ${zone.offset}`), wanted)) byName.push(zone);
    else if (within(spelt(`${zone.id} ${TODAY[zone.id] ?? ''}`), latin)) byIdentifier.push(zone);
  }
  return [...byName, ...byIdentifier].slice(0, limit);
}
