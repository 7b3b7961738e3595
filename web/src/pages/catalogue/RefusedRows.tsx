import { type Rejection, rejectionsPath } from '../../api/collections';
import { useList } from '../../api/list';
import { useReader } from '../../i18n';
import { Button } from '../../ui/Button';
import card from '../../ui/Card.module.css';
import { Empty, ProblemNotice } from '../../ui/Notice';
import { SkeletonList } from '../../ui/Skeleton';
import { useToast } from '../../ui/Toast';
import styles from './Catalogue.module.css';

/** Hands the browser a file; the route answers CSV only to those who ask for it by header. */
async function download(path: string, name: string): Promise<void> {
  const response = await fetch(path, { headers: { accept: 'text/csv' } });
  if (!response.ok) throw new Error(response.statusText);
  const address = URL.createObjectURL(await response.blob());
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}

interface RefusedRowsProps {
  collection: string;
  run?: string;
}

/** Rows that did not become items, with file, line and reason. */
export function RefusedRows({ collection, run }: RefusedRowsProps) {
  const { t } = useReader();
  const say = useToast();
  const path = rejectionsPath(collection);
  const list = useList<Rejection>(['rejections'], path, { run_id: run });
  const rows = list.data?.pages.flatMap((page) => page.items) ?? [];
  const save = () =>
    download(run === undefined ? path : `${path}?run_id=${run}`, `${collection}-rejections.csv`).catch(() =>
      say(t.problem.heading),
    );
  return (
    <section className={card.card}>
      <header className={card.between}>
        <h2>{t.catalogue.refused}</h2>
        {rows.length > 0 && (
          <Button size="small" onPress={() => void save()}>
            {t.catalogue.download}
          </Button>
        )}
      </header>
      <p className={card.help}>{t.catalogue.refusedHelp}</p>
      {list.isPending && <SkeletonList count={2} lines={1} />}
      {list.error && <ProblemNotice problem={list.error} onRetry={() => void list.refetch()} />}
      {list.data && rows.length === 0 && (
        <Empty title={t.catalogue.noRefused} help={t.catalogue.noRefusedHelp} />
      )}
      {rows.length > 0 && (
        <div className={card.scroll} tabIndex={0} role="region" aria-label={t.catalogue.refused}>
          <table className={card.table}>
            <thead>
              <tr>
                <th scope="col">{t.catalogue.file}</th>
                <th scope="col">{t.catalogue.line}</th>
                <th scope="col">{t.catalogue.reason}</th>
                <th scope="col">{t.catalogue.row}</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={`${row.run_id}-${row.file}-${row.line}`}>
                  <td>{row.file}</td>
                  <td>{row.line}</td>
                  <td>{row.reason}</td>
                  <td>
                    <code className={styles.excerpt} title={row.excerpt}>
                      {row.excerpt}
                    </code>
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
    </section>
  );
}
