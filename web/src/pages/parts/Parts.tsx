import { type Part, useParts } from '../../api/parts';
import { useReader } from '../../i18n';
import { Button } from '../../ui/Button';
import card from '../../ui/Card.module.css';
import { ProblemNotice } from '../../ui/Notice';
import { Page } from '../../ui/Page';
import { SkeletonList } from '../../ui/Skeleton';
import styles from '../catalogue/Catalogue.module.css';

/** What `catalejo check` shows. */
export function Parts() {
  const { t } = useReader();
  const parts = useParts();
  const failing = parts.data?.items.filter((part) => !part.ok).length ?? 0;
  return (
    <Page
      title={t.parts.title}
      lead={t.parts.lead}
      actions={
        <Button onPress={() => void parts.refetch()} isPending={parts.isFetching}>
          {t.parts.refresh}
        </Button>
      }
    >
      {parts.isPending && <SkeletonList />}
      {parts.error && <ProblemNotice problem={parts.error} onRetry={() => void parts.refetch()} />}
      {parts.data && (
        <>
          <p role="status">
            <strong>{failing === 0 ? t.parts.allWell : t.parts.failed(failing)}</strong>
          </p>
          <ul className={styles.grid}>
            {parts.data.items.map((part) => (
              <li key={part.part} className={card.card}>
                <PartCard part={part} />
              </li>
            ))}
          </ul>
        </>
      )}
    </Page>
  );
}

function PartCard({ part }: { part: Part }) {
  const { t } = useReader();
  const away = part.optional ? t.parts.degraded : t.parts.failing;
  const look = part.ok ? card.good : part.optional ? card.warm : card.bad;
  return (
    <>
      <h2 className={card.between}>
        {t.parts.names[part.part] ?? part.part}
        <span className={`${card.badge} ${look}`}>{part.ok ? t.parts.ok : away}</span>
      </h2>
      <p>{part.message}</p>
      {part.next_step !== null && (
        <p>
          <strong>{t.parts.next}:</strong> {part.next_step}
        </p>
      )}
      <p className={card.help}>
        <code>{part.url}</code>
      </p>
    </>
  );
}
