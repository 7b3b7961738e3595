import { useSyncExternalStore } from 'react';

const media = window.matchMedia('(width >= 60rem)');

function subscribe(changed: () => void) {
  media.addEventListener('change', changed);
  return () => media.removeEventListener('change', changed);
}

/** Whether there is room for a second column. */
export function useWide(): boolean {
  return useSyncExternalStore(subscribe, () => media.matches);
}
