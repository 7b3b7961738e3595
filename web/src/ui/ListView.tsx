import { type ReactNode } from 'react';
import type { ListQuery } from '../api/list';
import { useReader } from '../i18n';
import { Button } from './Button';
import styles from './ListView.module.css';
import { ProblemNotice } from './Notice';
import { SkeletonList } from './Skeleton';

interface ListViewProps<T> {
  list: ListQuery<T>;
  render: (entry: T) => ReactNode;
  keyOf: (entry: T) => string | number;
  empty: ReactNode;
  /** Cards beside each other where there is room. */
  grid?: boolean;
  lines?: number;
}

/** A list of the service in every state: on its way, failed, empty, there, with more to come. */
export function ListView<T>({ list, render, keyOf, empty, grid, lines = 2 }: ListViewProps<T>) {
  const { t } = useReader();
  if (list.isPending) return <SkeletonList lines={lines} />;
  if (list.error && !list.data) {
    return <ProblemNotice problem={list.error} onRetry={() => void list.refetch()} />;
  }
  const entries = list.data.pages.flatMap((page) => page.items);
  if (entries.length === 0) return empty;
  return (
    <>
      <ul className={grid ? styles.grid : styles.list}>
        {entries.map((entry) => (
          <li key={keyOf(entry)}>{render(entry)}</li>
        ))}
      </ul>
      {list.hasNextPage && (
        <Button
          className={styles.more}
          onPress={() => void list.fetchNextPage()}
          isPending={list.isFetchingNextPage}
        >
          {list.isFetchingNextPage ? t.common.loadingMore : t.common.more}
        </Button>
      )}
      {list.error && <ProblemNotice problem={list.error} />}
    </>
  );
}
