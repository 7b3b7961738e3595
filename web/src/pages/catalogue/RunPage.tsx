import { Link, useParams } from 'react-router';
import { isOver, type LogLine, type Run, useRun, useRunAction } from '../../api/runs';
import { useReader } from '../../i18n';
import { Button } from '../../ui/Button';
import card from '../../ui/Card.module.css';
import { ProblemNotice } from '../../ui/Notice';
import { Page } from '../../ui/Page';
import { SkeletonList } from '../../ui/Skeleton';
import { RefusedRows } from './RefusedRows';
import styles from './Catalogue.module.css';
import { RunList } from './RunList';
import { RunState } from './RunState';

/** One run, followed live until it ends. */
export function RunPage() {
  const { id = '' } = useParams();
  const { t } = useReader();
  const { data: run, error, isPending, refetch, lines } = useRun(id);
  return (
    <Page title={t.runs.title(run ? (t.runs.kinds[run.kind] ?? run.kind) : '…')} lead={run?.subject}>
      {isPending && <SkeletonList />}
      {error && <ProblemNotice problem={error} onRetry={() => void refetch()} />}
      {run && (
        <>
          <Progress run={run} />
          <Facts run={run} />
          <Log lines={lines} live={!isOver(run)} />
          {run.collection !== null && (run.counts.refused ?? 0) > 0 && (
            <RefusedRows collection={run.collection} run={run.id} />
          )}
          {run.kind === 'crawl' && isOver(run) && (
            <>
              <h2>{t.runs.children}</h2>
              <RunList parent={run.id} />
            </>
          )}
        </>
      )}
    </Page>
  );
}

function Progress({ run }: { run: Run }) {
  const { t, format } = useReader();
  const cancel = useRunAction('cancel');
  const retry = useRunAction('retry');
  const over = isOver(run);
  const share = run.total ? Math.min(1, run.done / run.total) : over ? 1 : 0;
  const problem = cancel.error ?? retry.error;
  return (
    <section className={card.card} aria-label={t.runs.progress}>
      <div className={card.between}>
        <p className={card.row} role="status">
          <RunState run={run} />
          {run.total !== null && <span>{t.runs.of(format.number(run.done), format.number(run.total))}</span>}
          {!over && run.cancel_requested && <span>{t.runs.cancelling}</span>}
        </p>
        <span className={card.row}>
          {!over && !run.cancel_requested && (
            <Button
              size="small"
              look="danger"
              onPress={() => cancel.mutate(run.id)}
              isPending={cancel.isPending}
            >
              {t.runs.cancel}
            </Button>
          )}
          {(run.state === 'failed' || run.state === 'cancelled') && (
            <Button size="small" onPress={() => retry.mutate(run.id)} isPending={retry.isPending}>
              {t.runs.retry}
            </Button>
          )}
        </span>
      </div>
      <div
        className={styles.track}
        role="progressbar"
        aria-label={t.runs.progress}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(share * 100)}
      >
        <div className={styles.fill} style={{ width: `${share * 100}%` }} />
      </div>
      <dl className={styles.counts}>
        {Object.entries(run.counts).map(([name, count]) => (
          <div key={name}>
            <dt>{t.runs.countNames[name] ?? name}</dt>
            <dd>{format.number(count)}</dd>
          </div>
        ))}
      </dl>
      {run.error !== null && (
        <p role="alert" className={card.help}>
          <strong>{run.error}</strong>
        </p>
      )}
      {problem && <ProblemNotice problem={problem} />}
    </section>
  );
}

function Facts({ run }: { run: Run }) {
  const { t, format } = useReader();
  const time = (at: string | null) => (at === null ? '–' : format.dateTime(at));
  return (
    <section className={card.card}>
      <dl className={card.facts}>
        <div>
          <dt>{t.runs.created}</dt>
          <dd>{time(run.created_at)}</dd>
        </div>
        <div>
          <dt>{t.runs.started}</dt>
          <dd>{time(run.started_at)}</dd>
        </div>
        <div>
          <dt>{t.runs.finished}</dt>
          <dd>{time(run.finished_at)}</dd>
        </div>
        <div>
          <dt>{t.runs.attempts}</dt>
          <dd>{run.attempts}</dd>
        </div>
        {run.collection !== null && (
          <div>
            <dt>{t.discover.collection}</dt>
            <dd>
              <Link to={`/catalogue/${encodeURIComponent(run.collection)}`}>{run.collection}</Link>
            </dd>
          </div>
        )}
        {run.parent !== null && (
          <div>
            <dt>{t.runs.parent}</dt>
            <dd>
              <Link to={`/catalogue/runs/${run.parent}`}>{run.parent}</Link>
            </dd>
          </div>
        )}
      </dl>
    </section>
  );
}

function Log({ lines, live }: { lines: LogLine[]; live: boolean }) {
  const { t } = useReader();
  return (
    <section className={card.card}>
      <h2 className={card.row}>
        {t.runs.log} {live && <span className={`${card.badge} ${card.busy}`}>{t.runs.live}</span>}
      </h2>
      {lines.length === 0 ? (
        <p className={card.help}>{t.runs.noLog}</p>
      ) : (
        <ol className={styles.log} tabIndex={0} aria-label={t.runs.log}>
          {lines.map((line) => (
            <li key={line.seq} data-level={line.level}>
              <time dateTime={line.at}>{new Date(line.at).toLocaleTimeString()}</time>
              <span>{line.message}</span>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}
