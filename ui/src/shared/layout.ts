const LATIN = "qwertyuiop[]asdfghjkl;'zxcvbnm,.";
const RUSSIAN = 'йцукенгшщзхъфывапролджэячсмитьбю';

const other = new Map([
  ...[...LATIN].map((letter, at) => [letter, RUSSIAN.charAt(at)] as const),
  ...[...RUSSIAN].map((letter, at) => [letter, LATIN.charAt(at)] as const),
]);

export const fold = (text: string): string => text.trim().toLowerCase().replaceAll('ё', 'е');

/** The same keys in the other layout: «yfcnhjqrb» is «настройки». */
export const retyped = (text: string): string =>
  [...text.toLowerCase()].map((letter) => other.get(letter) ?? letter).join('');

const SPELT: Record<string, string> = {
  а: 'a', б: 'b', в: 'v', г: 'g', д: 'd', е: 'e', ж: 'zh', з: 'z', и: 'i', й: 'y', к: 'k', л: 'l', м: 'm', н: 'n',
  о: 'o', п: 'p', р: 'r', с: 's', т: 't', у: 'u', ф: 'f', х: 'kh', ц: 'ts', ч: 'ch', ш: 'sh', щ: 'shch', ъ: '',
  ы: 'y', ь: '', э: 'e', ю: 'yu', я: 'ya', q: 'k',
};

/** Roughly as it is spelt in Latin letters, with one letter for к and қ: «актау» and «Aqtau» meet. */
export const spelt = (text: string): string => [...fold(text)].map((letter) => SPELT[letter] ?? letter).join('');
