import { useState } from 'react';
import { recall, remember } from '../lib/memory';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

function known(): Theme {
  const word = recall('theme');
  return THEMES.find((theme) => theme === word) ?? 'system';
}

function apply(theme: Theme) {
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

/** Puts the remembered theme on; called before anything is drawn. */
export function applyTheme() {
  apply(known());
}

export function useTheme() {
  const [theme, setTheme] = useState(known);
  return {
    theme,
    setTheme: (next: Theme) => {
      remember('theme', next);
      apply(next);
      setTheme(next);
    },
  };
}
