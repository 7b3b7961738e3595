import { useState } from 'react';
import { useNavigate } from 'react-router';
import type { Collection } from '../../api/collections';
import { type Question, useAnswer, useItem } from '../../api/search';
import { useReader } from '../../i18n';
import { titleOf } from '../../lib/fields';
import { count, read } from '../../lib/filters';
import { Button } from '../../ui/Button';
import { Dialog } from '../../ui/Dialog';
import { Icon } from '../../ui/Icon';
import { Empty, ProblemNotice } from '../../ui/Notice';
import { useArrival } from '../../ui/Page';
import { SkeletonList } from '../../ui/Skeleton';
import { useWide } from '../../lib/useWide';
import { FilterPanel } from '../filters/FilterPanel';
import { Results } from '../results/Results';
import styles from './Discover.module.css';
import { Lens } from './Lens';
import { QuestionForm } from './QuestionForm';
import { Tools } from './Tools';
import { questionPath, useQuestion } from './useQuestion';

export function Discover() {
  const { t } = useReader();
  const navigate = useNavigate();
  const { question, collection, all, error, isPending, refetch } = useQuestion();
  const asked = question.query !== '' || question.like !== undefined;
  const heading = useArrival(question.query || t.discover.title);
  const answer = useAnswer(collection && question);
  const wide = useWide();
  const [filtering, setFiltering] = useState(false);
  const ask = (change: Partial<Question>) => void navigate(questionPath({ ...question, ...change }));
  const filters = count(read(question.filter));
  const panel = collection && (
    <FilterPanel
      headless={!wide}
      collection={collection}
      question={question}
      onChange={(filter) => ask({ filter })}
    />
  );

  const opener = !wide && (
    <Button size="small" onPress={() => setFiltering(true)}>
      <Icon name="filter" size={18} /> {t.discover.filtersCount(filters)}
    </Button>
  );
  const shareable = asked || filters > 0;
  const tools = shareable ? <Tools question={question}>{opener}</Tools> : opener;

  return (
    <>
      <section className={asked ? `${styles.sea} ${styles.shallow}` : styles.sea}>
        <Lens />
        <div className={styles.ask}>
          <h1 ref={heading} tabIndex={-1} className={styles.headline}>
            {t.discover.headline}
          </h1>
          {!asked && <p className={styles.lead}>{t.discover.lead}</p>}
          <QuestionForm key={question.query} question={question} collections={all ?? []} onAsk={ask} />
          {!asked && (
            <p className={styles.examples}>
              <span>{t.discover.examples}</span>
              {t.discover.exampleList.map((example) => (
                <button key={example} type="button" onClick={() => ask({ query: example })}>
                  {example}
                </button>
              ))}
            </p>
          )}
        </div>
      </section>
      <div className={styles.body}>
        {wide && (
          <aside className={styles.filters} aria-label={t.discover.filters}>
            {panel ?? <SkeletonList count={3} lines={4} />}
          </aside>
        )}
        <section className={styles.results} aria-label={t.discover.results}>
          {question.like !== undefined && (
            <LikeBar collection={collection} question={question} onClear={() => ask({ like: undefined })} />
          )}
          {error && <ProblemNotice problem={error} onRetry={() => void refetch()} />}
          {!isPending && !error && !collection && (
            <Empty title={t.discover.noCollections} help={t.discover.noCollectionsHelp} />
          )}
          {(isPending || collection) && (
            <Results answer={answer} collection={collection} question={question} tools={tools} />
          )}
        </section>
      </div>
      {!wide && (
        <Dialog title={t.discover.filters} isOpen={filtering} onClose={() => setFiltering(false)} sheet>
          {panel}
          <div className={styles.done}>
            <Button look="primary" onPress={() => setFiltering(false)}>
              {t.discover.showResults}
            </Button>
          </div>
        </Dialog>
      )}
    </>
  );
}

interface LikeBarProps {
  collection: Collection | undefined;
  question: Question;
  onClear: () => void;
}

/** Says which item's neighbours are shown. */
function LikeBar({ collection, question, onClear }: LikeBarProps) {
  const { t } = useReader();
  const item = useItem(question.collection, question.like);
  const title = collection && item.data ? titleOf(collection.definition, item.data.item, item.data.id) : '…';
  return (
    <p className={styles.like}>
      <Icon name="similar" />
      <strong>{t.discover.likeOf(title)}</strong>
      <Button look="quiet" size="small" onPress={onClear}>
        {t.discover.likeClear}
      </Button>
    </p>
  );
}
