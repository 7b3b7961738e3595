import { SkeletonList } from '../ui/Skeleton';
import styles from './PageSkeleton.module.css';

/** A page that is on its way. */
export function PageSkeleton() {
  return (
    <div className={styles.page}>
      <div className={styles.title} aria-hidden="true" />
      <SkeletonList />
    </div>
  );
}
