import { Link, useLocation } from 'react-router';
import type { Collection } from '../../api/collections';
import type { Hit } from '../../api/search';
import { useReader } from '../../i18n';
import { roles, showValue, text, titleOf } from '../../lib/fields';
import { Highlighted } from '../../lib/Highlighted';
import { ButtonLink } from '../../ui/Button';
import { Icon } from '../../ui/Icon';
import { questionPath } from '../discover/useQuestion';
import styles from './Results.module.css';

interface ResultCardProps {
  hit: Hit;
  collection: Collection;
  showWhy: boolean;
}

/** One hit: what it is, the words that matched, and which signal found it. */
export function ResultCard({ hit, collection, showWhy }: ResultCardProps) {
  const { t, format } = useReader();
  const { pathname, search } = useLocation();
  const { definition } = collection;
  const { by, prose } = roles(definition);
  const { highlights, vector, text: words } = hit.why;
  const title = titleOf(definition, hit.item, hit.id);
  const marked = (field: string) => highlights[field]?.[0];
  const passages = prose.flatMap((field) => highlights[field] ?? []);
  const lead = prose.map((field) => hit.item[field]).find((value) => typeof value === 'string');

  return (
    <article className={styles.card}>
      <h2 className={styles.title}>
        <Link
          to={`/items/${encodeURIComponent(collection.name)}/${encodeURIComponent(hit.id)}`}
          state={{ from: pathname + search }}
        >
          <Marked passage={definition.title && marked(definition.title)} otherwise={title} />
        </Link>
      </h2>
      <p className={styles.by}>
        {by
          .filter((field) => hit.item[field] !== undefined)
          .map((field) => (
            <span key={field}>
              <Marked passage={marked(field)} otherwise={showValue(field, hit.item[field], t, format)} />
            </span>
          ))}
      </p>
      {passages.length > 0 ? (
        <p className={styles.excerpt}>
          {passages.slice(0, 3).map((passage, place) => (
            <span key={place}>
              {place > 0 && ' … '}
              <Highlighted passage={passage} />
            </span>
          ))}
        </p>
      ) : (
        lead !== undefined && <p className={styles.excerpt}>{text(lead)}</p>
      )}
      <div className={styles.foot}>
        {showWhy && (
          <ul className={styles.why} aria-label={t.discover.why}>
            {vector && <li data-signal="meaning">{t.discover.byMeaning(vector.rank)}</li>}
            {words && <li data-signal="words">{t.discover.byWords(words.rank)}</li>}
          </ul>
        )}
        {collection.model !== null && (
          <ButtonLink
            look="quiet"
            size="small"
            className={styles.like}
            to={questionPath({ collection: collection.name, like: hit.id })}
          >
            <Icon name="similar" size={18} /> {t.discover.like}
            <span className={styles.hidden}>: {title}</span>
          </ButtonLink>
        )}
      </div>
    </article>
  );
}

function Marked({ passage, otherwise }: { passage: string | undefined; otherwise: string }) {
  return passage === undefined ? otherwise : <Highlighted passage={passage} />;
}
