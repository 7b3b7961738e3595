import { useLocation, useNavigate, useParams } from 'react-router';
import { type Collection, useCollection } from '../../api/collections';
import { type Item, useAnswer, useItem } from '../../api/search';
import { useReader } from '../../i18n';
import { fieldLabel, roles, showValue, text, titleOf } from '../../lib/fields';
import { Button, ButtonLink } from '../../ui/Button';
import card from '../../ui/Card.module.css';
import { Icon } from '../../ui/Icon';
import { ProblemNotice } from '../../ui/Notice';
import { Page } from '../../ui/Page';
import { SkeletonList } from '../../ui/Skeleton';
import { questionPath } from '../discover/useQuestion';
import { ShareChart } from './ShareChart';
import { SimilarList } from './SimilarList';
import styles from './Item.module.css';

export function ItemPage() {
  const { collection: name = '', id = '' } = useParams();
  const { t } = useReader();
  const item = useItem(name, id);
  const { collection, error } = useCollection(name);
  const navigate = useNavigate();
  const state = useLocation().state as { from?: string } | null;
  const problem = item.error ?? error;
  const title = collection && item.data ? titleOf(collection.definition, item.data.item, id) : t.item.title;
  const { by } = collection ? roles(collection.definition) : { by: [] };
  const lead = by.map((field) => item.data?.item[field]).filter((value) => value !== undefined);
  return (
    <Page
      title={title}
      lead={lead.map(text).join(' · ')}
      actions={
        <>
          {state?.from !== undefined && (
            <Button size="small" onPress={() => void navigate(-1)}>
              <Icon name="arrow" size={18} /> {t.item.back}
            </Button>
          )}
          {collection?.model && (
            <ButtonLink size="small" to={questionPath({ collection: name, like: id })}>
              <Icon name="similar" size={18} /> {t.discover.like}
            </ButtonLink>
          )}
        </>
      }
    >
      {problem && <ProblemNotice problem={problem} onRetry={() => void item.refetch()} />}
      {item.isPending && !problem && <SkeletonList count={2} lines={6} />}
      {item.data && collection && <Shown item={item.data} collection={collection} />}
    </Page>
  );
}

function Shown({ item, collection }: { item: Item; collection: Collection }) {
  const { t, format } = useReader();
  const { prose, numbers, other } = roles(collection.definition);
  const defined = new Set([...Object.keys(collection.definition.fields), collection.definition.id]);
  const shares = numbers.filter((field) => isShare(item.item[field]));
  const plain = [...numbers.filter((field) => !shares.includes(field)), ...other];
  const undefinedFields = Object.keys(item.item).filter((field) => !defined.has(field));
  const chart = shares.length >= 3;
  const details = [...(chart ? plain : [...shares, ...plain]), ...undefinedFields];
  const question = {
    collection: collection.name,
    query: '',
    mode: 'vector' as const,
    filter: '',
    like: item.id,
  };
  const similar = useAnswer(collection.model ? question : undefined, 6);
  return (
    <div className={styles.columns}>
      <div className={styles.main}>
        {prose.map((field) => (
          <section key={field} className={card.card}>
            <h2>{fieldLabel(field, t)}</h2>
            <p className={styles.prose}>
              {showValue(field, item.item[field], t, format)
                .split('\n')
                .map((line, place) => (
                  <span key={place}>{line} </span>
                ))}
            </p>
          </section>
        ))}
        {collection.model && (
          <section className={styles.similar}>
            <h2>{t.item.similar}</h2>
            <SimilarList answer={similar} collection={collection} />
          </section>
        )}
      </div>
      <aside className={styles.side} aria-label={t.item.details}>
        {chart && (
          <section className={card.card}>
            <h2>{t.item.features}</h2>
            <ShareChart
              caption={`${t.item.features}. ${t.item.featuresHelp}`}
              shares={shares.map((field) => ({
                name: fieldLabel(field, t),
                value: Number(item.item[field]),
                said: format.fixed(Number(item.item[field]), 2),
              }))}
            />
          </section>
        )}
        <section className={card.card}>
          <h2>{t.item.details}</h2>
          <dl className={styles.details}>
            {details.map((field) => (
              <div key={field}>
                <dt>{fieldLabel(field, t)}</dt>
                <dd>{showValue(field, item.item[field], t, format)}</dd>
              </div>
            ))}
            <div>
              <dt>{collection.definition.id}</dt>
              <dd>
                <code>{item.id}</code>
              </dd>
            </div>
          </dl>
        </section>
      </aside>
    </div>
  );
}

function isShare(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && value <= 1;
}
