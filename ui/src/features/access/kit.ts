const ALIKE: Record<string, string> = { O: '0', I: '1', L: '1' };

/** As the core reads it: neither case nor gaps count, nor what looks alike on paper. */
const read = (text: string): string =>
  text.toUpperCase().replaceAll(/[\s-]/g, '').replaceAll(/[OIL]/g, (sign) => ALIKE[sign] ?? sign);

/** Whether whoever typed it holds the paper. */
export function isLastGroup(typed: string, code: string): boolean {
  const last = read(code.split('-').at(-1) ?? '');
  return last !== '' && read(typed) === last;
}
