import type { DeskSettings } from '../api/types';

type Look = Pick<DeskSettings, 'theme' | 'density'>;

// Kept in this browser too, so that a dark desk does not flash white before the settings are read.
const KEPT = 'vakhta.look';
const dark = window.matchMedia('(prefers-color-scheme: dark)');

let look: Look = kept();

function kept(): Look {
  try {
    const found = JSON.parse(localStorage.getItem(KEPT) ?? 'null') as Partial<Look> | null;
    return { theme: found?.theme ?? 'system', density: found?.density ?? 'comfortable' };
  } catch {
    return { theme: 'system', density: 'comfortable' };
  }
}

function draw(): void {
  const { dataset } = document.documentElement;
  const system = dark.matches ? 'dark' : 'light';
  dataset['theme'] = look.theme === 'system' ? system : look.theme;
  dataset['density'] = look.density;
}

export function setLook(next: Look): void {
  look = { theme: next.theme, density: next.density };
  draw();
  try {
    localStorage.setItem(KEPT, JSON.stringify(look));
  } catch {
    // Only the flash at the next start.
  }
}

/** Draws what was kept, and follows the system from then on. */
export function startLook(): void {
  draw();
  dark.addEventListener('change', draw);
}
