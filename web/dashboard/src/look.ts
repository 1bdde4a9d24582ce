// look.ts - light, dark, or as the system has it; theme.js sets it before the first paint

export type Look = 'auto' | 'light' | 'dark';
const KEY = 'labwright-look';
const NEXT: Record<Look, Look> = { auto: 'light', light: 'dark', dark: 'auto' };

export function look(): Look {
  const set = document.documentElement.dataset.theme;
  return set === 'light' || set === 'dark' ? set : 'auto';
}

export function setLook(to: Look): void {
  if (to === 'auto') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = to;
  try {
    if (to === 'auto') localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, to);
  } catch {
    // kept for this page only
  }
}

export const nextLook = (): Look => NEXT[look()];
