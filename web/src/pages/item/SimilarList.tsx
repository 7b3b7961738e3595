import { Link } from 'react-router';
import type { Collection } from '../../api/collections';
import type { useAnswer } from '../../api/search';
import { useReader } from '../../i18n';
import { roles, showValue, titleOf } from '../../lib/fields';
import { ProblemNotice } from '../../ui/Notice';
import { SkeletonList } from '../../ui/Skeleton';
import styles from './Item.module.css';

interface SimilarListProps {
  answer: ReturnType<typeof useAnswer>;
  collection: Collection;
}

/** An item's nearest neighbours, in short. */
export function SimilarList({ answer, collection }: SimilarListProps) {
  const { t, format } = useReader();
  const { by } = roles(collection.definition);
  const hits = answer.data?.pages[0]?.hits ?? [];
  if (answer.isPending) return <SkeletonList count={3} lines={1} />;
  if (answer.error) return <ProblemNotice problem={answer.error} onRetry={() => void answer.refetch()} />;
  if (hits.length === 0) return <p>{t.item.noSimilar}</p>;
  return (
    <ul className={styles.neighbours}>
      {hits.map((hit) => (
        <li key={hit.id}>
          <Link to={`/items/${encodeURIComponent(collection.name)}/${encodeURIComponent(hit.id)}`}>
            <strong>{titleOf(collection.definition, hit.item, hit.id)}</strong>
            <span>
              {by
                .filter((field) => hit.item[field] !== undefined)
                .map((field) => showValue(field, hit.item[field], t, format))
                .join(' · ')}
            </span>
          </Link>
        </li>
      ))}
    </ul>
  );
}
