import { useReader } from '../i18n';
import styles from './Skeleton.module.css';

/** Where words will stand; keeps their room so that nothing jumps. */
export function Skeleton({ lines = 3 }: { lines?: number }) {
  return (
    <div aria-hidden="true" className={styles.card}>
      {Array.from({ length: lines }, (_, line) => (
        <span key={line} className={styles.line} />
      ))}
    </div>
  );
}

/** A list that is being loaded. */
export function SkeletonList({ count = 4, lines = 3 }: { count?: number; lines?: number }) {
  const { t } = useReader();
  return (
    <div className={styles.list} role="status">
      <span className={styles.said}>{t.common.loading}</span>
      {Array.from({ length: count }, (_, card) => (
        <Skeleton key={card} lines={lines} />
      ))}
    </div>
  );
}
