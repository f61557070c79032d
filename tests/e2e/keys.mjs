// Keys as a keyboard sends them: by their place. What a layout makes of them comes along, as the
// system tells a browser, and the moment at which each was pressed.

/** Where each character of an American keyboard lies. */
export const PLACES = new Map([
  ...[...'abcdefghijklmnopqrstuvwxyz'].flatMap((letter) => {
    const code = `Key${letter.toUpperCase()}`;
    return [[letter, [code, false]], [letter.toUpperCase(), [code, true]]];
  }),
  ...[...'0123456789'].map((digit) => [digit, [`Digit${digit}`, false]]),
  ['-', ['Minus', false]],
  [';', ['Semicolon', false]],
  ["'", ['Quote', false]],
  [',', ['Comma', false]],
  ['.', ['Period', false]],
  ['/', ['Slash', false]],
  ['[', ['BracketLeft', false]],
  [']', ['BracketRight', false]],
  [' ', ['Space', false]],
]);
const LATIN = "qwertyuiop[]asdfghjkl;'zxcvbnm,./";
const RUSSIAN = 'йцукенгшщзхъфывапролджэячсмитьбю.';

/** What the Russian layout types where the American one types this. */
export function inRussian(character) {
  const at = LATIN.indexOf(character.toLowerCase());
  if (at < 0) return character;
  return character === character.toLowerCase() ? RUSSIAN[at] : RUSSIAN[at].toUpperCase();
}

/** Between two keys of a person who types fast; what comes faster is a scanner. */
export const PAUSE_MS = 60;

const SHIFT = 8;
const CTRL = 2;
const ALT = 1;

const keyCode = (code) =>
  ({ Enter: 13, Escape: 27, Minus: 189, Semicolon: 186, Quote: 222, Comma: 188, Period: 190, Slash: 191, Space: 32 })[code] ??
  code.slice(-1).charCodeAt(0);

/** A keyboard beside that of the page's own driver; `layout` is the system's: 'us' or 'ru'. */
export async function keyboard(page, layout = 'us') {
  const debug = await page.context().newCDPSession(page);
  const typed = (character) => (layout === 'ru' ? inRussian(character) : character);

  function send(code, key, text, modifiers, at) {
    const base = { code, key, modifiers, windowsVirtualKeyCode: keyCode(code), timestamp: at / 1000 };
    const down = { ...base, type: text === '' ? 'rawKeyDown' : 'keyDown', text, unmodifiedText: text };
    return [
      debug.send('Input.dispatchKeyEvent', down),
      debug.send('Input.dispatchKeyEvent', { ...base, type: 'keyUp', timestamp: (at + 1) / 1000 }),
    ];
  }

  /** A character by the place of its key, with Shift held where it takes it. */
  function character(each, at) {
    const [code, shift] = PLACES.get(each);
    const hold = (type, modifiers, when) =>
      debug.send('Input.dispatchKeyEvent', {
        type,
        modifiers,
        code: 'ShiftLeft',
        key: 'Shift',
        windowsVirtualKeyCode: 16,
        location: 1,
        timestamp: when / 1000,
      });
    return [
      ...(shift ? [hold('rawKeyDown', SHIFT, at)] : []),
      ...send(code, typed(each), typed(each), shift ? SHIFT : 0, at),
      ...(shift ? [hold('keyUp', 0, at + 2)] : []),
    ];
  }

  return {
    /** A person: a key after another, with pauses as people have. */
    async type(text) {
      for (const each of text) {
        await Promise.all(character(each, Date.now()));
        await new Promise((done) => setTimeout(done, PAUSE_MS));
      }
    },

    /** A scanner: a key every few milliseconds by its own clock, however busy this machine is, and Enter. */
    async scan(text) {
      let at = Date.now();
      const sent = [];
      for (const each of text) sent.push(...character(each, (at += 4)));
      sent.push(...send('Enter', 'Enter', '\r', 0, at + 4));
      await Promise.all(sent);
    },

    /** One key with Ctrl, by its place. */
    async ctrl(character) {
      const [code] = PLACES.get(character);
      await Promise.all(send(code, typed(character), '', CTRL, Date.now()));
    },

    async alt(character) {
      const [code] = PLACES.get(character);
      await Promise.all(send(code, typed(character), '', ALT, Date.now()));
    },
  };
}
