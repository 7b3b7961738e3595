import { useState } from 'react';
import { Link } from 'react-router';
import { useList } from '../../api/list';
import { type Run, RUN_STATES } from '../../api/runs';
import { useReader } from '../../i18n';
import { Button } from '../../ui/Button';
import card from '../../ui/Card.module.css';
import { Segments } from '../../ui/Choice';
import { Empty, ProblemNotice } from '../../ui/Notice';
import { SkeletonList } from '../../ui/Skeleton';
import styles from './Catalogue.module.css';
import { RunState } from './RunState';

interface RunListProps {
  collection?: string;
  parent?: string;
}

/** Runs, newest first. */
export function RunList({ collection, parent }: RunListProps) {
  const { t, format } = useReader();
  const [state, setState] = useState('');
  const list = useList<Run>(['runs', 'list'], '/v1/runs', { collection, parent, state, limit: 10 });
  const runs = list.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <div className={card.card}>
      {parent === undefined && (
        <Segments
          label={t.runs.filter}
          hideLabel
          value={state}
          onChange={setState}
          options={[
            { value: '', label: t.runs.all },
            ...RUN_STATES.map((value) => ({ value, label: t.runs.states[value] })),
          ]}
        />
      )}
      {list.isPending && <SkeletonList count={3} lines={1} />}
      {list.error && <ProblemNotice problem={list.error} onRetry={() => void list.refetch()} />}
      {list.data && runs.length === 0 && <Empty title={t.runs.empty} help={t.runs.emptyHelp} />}
      {runs.length > 0 && (
        <div className={card.scroll} tabIndex={0} role="region" aria-label={t.catalogue.runs}>
          <table className={card.table}>
            <thead>
              <tr>
                <th scope="col">{t.runs.what}</th>
                <th scope="col">{t.runs.state}</th>
                <th scope="col">{t.runs.counts}</th>
                <th scope="col">{t.runs.when}</th>
              </tr>
            </thead>
            <tbody>
              {runs.map((run) => (
                <tr key={run.id}>
                  <td>
                    <Link to={`/catalogue/runs/${run.id}`}>
                      {t.runs.kinds[run.kind] ?? run.kind}: {run.subject}
                    </Link>
                  </td>
                  <td>
                    <RunState run={run} />
                  </td>
                  <td>
                    {Object.entries(run.counts)
                      .filter(([, count]) => count > 0)
                      .map(([name, count]) => `${t.runs.countNames[name] ?? name} ${format.number(count)}`)
                      .join(', ')}
                  </td>
                  <td className={styles.nowrap}>
                    <time dateTime={run.created_at} title={format.dateTime(run.created_at)}>
                      {format.ago(run.created_at)}
                    </time>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {list.hasNextPage && (
        <div>
          <Button size="small" onPress={() => void list.fetchNextPage()} isPending={list.isFetchingNextPage}>
            {t.common.more}
          </Button>
        </div>
      )}
    </div>
  );
}
