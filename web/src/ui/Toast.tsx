import { createContext, type ReactNode, use, useCallback, useEffect, useState } from 'react';
import { Icon } from './Icon';
import styles from './Toast.module.css';

const SHOWN_MS = 5000;

const Context = createContext<(words: string) => void>(() => undefined);

/** Says in passing that something happened; also to screen readers. */
export function ToastProvider({ children }: { children: ReactNode }) {
  const [note, setNote] = useState<{ words: string; at: number } | null>(null);
  const say = useCallback((words: string) => setNote({ words, at: Date.now() }), []);
  useEffect(() => {
    if (note === null) return;
    const timer = setTimeout(() => setNote(null), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [note]);
  return (
    <Context value={say}>
      {children}
      <div role="status" aria-live="polite" className={styles.region}>
        {note && (
          <p key={note.at} className={styles.toast}>
            <Icon name="check" size={18} />
            {note.words}
          </p>
        )}
      </div>
    </Context>
  );
}

export function useToast() {
  return use(Context);
}
