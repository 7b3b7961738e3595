import { type ReactNode } from 'react';
import type { Collection } from '../../api/collections';
import type { Question, useAnswer } from '../../api/search';
import { useReader } from '../../i18n';
import { Button } from '../../ui/Button';
import { Empty, ProblemNotice } from '../../ui/Notice';
import { SkeletonList } from '../../ui/Skeleton';
import { ResultCard } from './ResultCard';
import styles from './Results.module.css';

interface ResultsProps {
  answer: ReturnType<typeof useAnswer>;
  collection: Collection | undefined;
  question: Question;
  tools?: ReactNode;
}

/** The answer to a question as cards, page by page. */
export function Results({ answer, collection, question, tools }: ResultsProps) {
  const { t, format } = useReader();
  const { data, error, isPending, isPlaceholderData, isFetchingNextPage, hasNextPage } = answer;
  const first = data?.pages[0];
  const hits = data?.pages.flatMap((page) => page.hits) ?? [];
  const total = first ? format.number(first.total) : '';
  const asked = question.query !== '' || question.like !== undefined;

  const summary = () => {
    if (error && !first) return '';
    if (!first || isPlaceholderData) return t.discover.looking;
    if (!asked) return t.discover.all(total, first.total);
    if (question.mode === 'text' && question.like === undefined)
      return t.discover.found(total, first.total_exact, first.total);
    return hits.length === 0 ? '' : t.discover.best(total);
  };

  return (
    <div className={styles.results}>
      <div className={styles.summary}>
        <p role="status">
          <strong>{summary()}</strong>
          {first && asked && hits.length > 0 && !isPlaceholderData && (
            <span className={styles.took}>{t.discover.took(format.number(first.took_ms, 1))}</span>
          )}
        </p>
        {tools}
      </div>
      {first?.degraded !== undefined && (
        <p className={styles.degraded}>
          {t.discover.degraded} {first.degraded}
        </p>
      )}
      {error && <ProblemNotice problem={error} onRetry={() => void answer.refetch()} />}
      {isPending && <SkeletonList count={5} lines={4} />}
      {first && hits.length === 0 && !error && (
        <Empty
          title={collection?.items === 0 ? t.discover.emptyCollection : t.discover.empty}
          help={collection?.items === 0 ? t.discover.emptyCollectionHelp : t.discover.emptyHelp}
        />
      )}
      {collection && hits.length > 0 && (
        <ol className={styles.list} aria-busy={isPlaceholderData} data-old={isPlaceholderData || undefined}>
          {hits.map((hit) => (
            <li key={hit.id}>
              <ResultCard hit={hit} collection={collection} showWhy={asked} />
            </li>
          ))}
        </ol>
      )}
      {hasNextPage && hits.length > 0 && (
        <Button
          className={styles.more}
          onPress={() => void answer.fetchNextPage()}
          isPending={isFetchingNextPage}
        >
          {isFetchingNextPage ? t.common.loadingMore : t.common.more}
        </Button>
      )}
    </div>
  );
}
