// Sounds that can be told from each other without looking: a refusal falls in two short tones, an
// incident rises in three. What is well makes no sound.

type Tone = { hertz: number; at: number };

const REFUSED: readonly Tone[] = [
  { hertz: 440, at: 0 },
  { hertz: 294, at: 0.16 },
];
const ATTENTION: readonly Tone[] = [
  { hertz: 523, at: 0 },
  { hertz: 659, at: 0.12 },
  { hertz: 784, at: 0.24 },
];
const LONG_S = 0.12;
const LOUD = 0.12;
/** Alarms are rationed: a turnstile that refuses a crowd is heard once in a while. */
const REST_MS = 2000;

let context: AudioContext | undefined;
let last = -Infinity;

function play(tones: readonly Tone[]): void {
  const now = performance.now();
  if (now - last < REST_MS || typeof AudioContext === 'undefined') return;
  // A browser allows no sound before the page was touched once.
  if (navigator.userActivation?.hasBeenActive === false) return;
  last = now;
  context ??= new AudioContext();
  if (context.state === 'suspended') void context.resume();
  for (const { hertz, at } of tones) {
    const begin = context.currentTime + at;
    const oscillator = new OscillatorNode(context, { type: 'triangle', frequency: hertz });
    const gain = new GainNode(context, { gain: 0 });
    gain.gain.setValueAtTime(0, begin);
    gain.gain.linearRampToValueAtTime(LOUD, begin + 0.01);
    gain.gain.linearRampToValueAtTime(0, begin + LONG_S);
    oscillator.connect(gain).connect(context.destination);
    oscillator.start(begin);
    oscillator.stop(begin + LONG_S);
  }
}

export const playRefused = (): void => play(REFUSED);
export const playAttention = (): void => play(ATTENTION);
