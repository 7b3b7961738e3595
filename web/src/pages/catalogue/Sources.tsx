import { useState } from 'react';
import { Link, useNavigate } from 'react-router';
import { type Source, useCrawl, useRemoveSource, useSources, useTestSource } from '../../api/sources';
import { useReader } from '../../i18n';
import { Button } from '../../ui/Button';
import card from '../../ui/Card.module.css';
import { Confirm } from '../../ui/Dialog';
import { Empty, ProblemNotice } from '../../ui/Notice';
import { Page } from '../../ui/Page';
import { SkeletonList } from '../../ui/Skeleton';
import { SourceDialog } from './SourceDialog';

export function Sources() {
  const { t } = useReader();
  const sources = useSources();
  const [making, setMaking] = useState(false);
  return (
    <Page
      title={t.sources.title}
      lead={t.sources.lead}
      actions={
        <Button look="primary" onPress={() => setMaking(true)}>
          {t.sources.new}
        </Button>
      }
    >
      {sources.isPending && <SkeletonList count={2} />}
      {sources.error && <ProblemNotice problem={sources.error} onRetry={() => void sources.refetch()} />}
      {sources.data?.items.length === 0 && <Empty title={t.sources.empty} help={t.sources.emptyHelp} />}
      {sources.data?.items.map((source) => (
        <SourceCard key={source.name} source={source} />
      ))}
      {making && <SourceDialog onClose={() => setMaking(false)} />}
    </Page>
  );
}

function SourceCard({ source }: { source: Source }) {
  const { t, format } = useReader();
  const [open, setOpen] = useState<'edit' | 'delete' | null>(null);
  const test = useTestSource();
  const crawl = useCrawl();
  const remove = useRemoveSource();
  const navigate = useNavigate();
  const problem = test.error ?? crawl.error;
  const close = () => setOpen(null);
  return (
    <article className={card.card}>
      <header className={card.between}>
        <h2>{source.name}</h2>
        {!source.enabled && <span className={`${card.badge} ${card.warm}`}>{t.sources.paused}</span>}
      </header>
      <dl className={card.facts}>
        <div>
          <dt>{t.sources.url}</dt>
          <dd>
            <code>{source.url}</code>
          </dd>
        </div>
        <div>
          <dt>{t.sources.pattern}</dt>
          <dd>
            <code>{source.pattern}</code> ({source.format})
          </dd>
        </div>
        <div>
          <dt>{t.sources.collection}</dt>
          <dd>
            <Link to={`/catalogue/${encodeURIComponent(source.collection)}`}>{source.collection}</Link>
          </dd>
        </div>
        <div>
          <dt>{t.sources.schedule}</dt>
          <dd>
            {source.schedule}
            {source.next_crawl_at !== null && ` · ${t.sources.next} ${format.ago(source.next_crawl_at)}`}
          </dd>
        </div>
        {source.crawl_run !== null && (
          <div>
            <dt>{t.sources.lastCrawl}</dt>
            <dd>
              <Link to={`/catalogue/runs/${source.crawl_run}`}>{t.catalogue.openRun}</Link>
            </dd>
          </div>
        )}
      </dl>
      {problem && <ProblemNotice problem={problem} />}
      {test.data && (
        <div role="status" className={card.help}>
          <p>
            {t.sources.tested(
              format.number(test.data.matching),
              format.number(test.data.objects),
              format.bytes(test.data.bytes),
            )}{' '}
            {test.data.more && t.sources.more}
          </p>
          <ul>
            {test.data.examples.map((example) => (
              <li key={example}>
                <code>{example}</code>
              </li>
            ))}
          </ul>
        </div>
      )}
      <div className={card.row}>
        <Button
          size="small"
          look="primary"
          isPending={crawl.isPending}
          onPress={() =>
            crawl.mutate(source.name, {
              onSuccess: ({ run_id }) => void navigate(`/catalogue/runs/${run_id}`),
            })
          }
        >
          {t.sources.crawl}
        </Button>
        <Button size="small" onPress={() => test.mutate(source.name)} isPending={test.isPending}>
          {t.sources.test}
        </Button>
        <Button size="small" onPress={() => setOpen('edit')}>
          {t.common.edit}
        </Button>
        <Button size="small" look="danger" onPress={() => setOpen('delete')}>
          {t.common.remove}
        </Button>
      </div>
      {open === 'edit' && <SourceDialog source={source} onClose={close} />}
      <Confirm
        title={t.sources.deleteTitle(source.name)}
        help={t.sources.deleteHelp}
        action={t.common.remove}
        isOpen={open === 'delete'}
        onClose={close}
        isPending={remove.isPending}
        problem={remove.error}
        onConfirm={() => remove.mutate(source.name, { onSuccess: close })}
      />
    </article>
  );
}
