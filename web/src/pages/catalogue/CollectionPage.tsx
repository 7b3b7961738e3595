import { useState } from 'react';
import { useNavigate, useParams } from 'react-router';
import { type Collection, useCollection, useReindex, useRemoveCollection } from '../../api/collections';
import { useReader } from '../../i18n';
import { Button, ButtonLink } from '../../ui/Button';
import card from '../../ui/Card.module.css';
import { Confirm } from '../../ui/Dialog';
import { Empty, ProblemNotice } from '../../ui/Notice';
import { Page } from '../../ui/Page';
import { SkeletonList } from '../../ui/Skeleton';
import { Tabs } from '../../ui/Tabs';
import { questionPath } from '../discover/useQuestion';
import { RefusedRows } from './RefusedRows';
import { RunList } from './RunList';
import { SchemaEditor } from './SchemaEditor';
import { Upload } from './Upload';

export function CollectionPage() {
  const { collection: name = '' } = useParams();
  const { t } = useReader();
  const { collection, error, isPending, refetch } = useCollection(name);
  return (
    <Page
      title={name}
      lead={collection?.description ?? undefined}
      actions={
        collection && (
          <ButtonLink size="small" to={questionPath({ collection: name })}>
            {t.catalogue.discover}
          </ButtonLink>
        )
      }
    >
      {isPending && <SkeletonList />}
      {error && <ProblemNotice problem={error} onRetry={() => void refetch()} />}
      {!isPending && !error && !collection && (
        <Empty title={t.catalogue.unknown}>
          <ButtonLink to="/catalogue">{t.catalogue.title}</ButtonLink>
        </Empty>
      )}
      {collection && (
        <>
          <Facts collection={collection} />
          <Tabs
            label={collection.name}
            tabs={[
              { id: 'upload', label: t.catalogue.upload, content: <Upload collection={name} /> },
              { id: 'schema', label: t.catalogue.schema, content: <Schema collection={collection} /> },
              { id: 'refused', label: t.catalogue.refused, content: <RefusedRows collection={name} /> },
              { id: 'runs', label: t.catalogue.runs, content: <RunList collection={name} /> },
            ]}
          />
        </>
      )}
    </Page>
  );
}

function Facts({ collection }: { collection: Collection }) {
  const { t, format } = useReader();
  const { model } = collection;
  return (
    <section className={card.card}>
      <p className={card.row}>
        <strong>{t.catalogue.items(collection.items, format.number(collection.items))}</strong>
        <span className={`${card.badge} ${collection.state === 'ready' ? card.good : card.busy}`}>
          {t.catalogue.states[collection.state]}
        </span>
        {collection.built_in && <span className={card.badge}>{t.catalogue.builtIn}</span>}
      </p>
      <dl className={card.facts}>
        <div>
          <dt>{t.catalogue.model}</dt>
          <dd>
            {model === null
              ? t.catalogue.noModel
              : t.catalogue.modelOf(model.name, format.number(model.dimensions))}
          </dd>
        </div>
        <div>
          <dt>{t.catalogue.version}</dt>
          <dd>{format.number(collection.version)}</dd>
        </div>
        <div>
          <dt>{t.catalogue.generation}</dt>
          <dd>{collection.generation}</dd>
        </div>
        <div>
          <dt>{t.catalogue.updated}</dt>
          <dd>{format.dateTime(collection.updated_at)}</dd>
        </div>
      </dl>
    </section>
  );
}

function Schema({ collection }: { collection: Collection }) {
  const { t } = useReader();
  const [asking, setAsking] = useState(false);
  const reindex = useReindex();
  const remove = useRemoveCollection();
  const navigate = useNavigate();
  return (
    <section className={card.card}>
      <p className={card.help}>{t.catalogue.schemaHelp}</p>
      <SchemaEditor key={collection.updated_at} definition={collection.definition} />
      {reindex.error && <ProblemNotice problem={reindex.error} />}
      <div className={card.row}>
        <Button
          size="small"
          isPending={reindex.isPending}
          onPress={() =>
            reindex.mutate(collection.name, {
              onSuccess: ({ run_id }) => void navigate(`/catalogue/runs/${run_id}`),
            })
          }
        >
          {t.catalogue.reindex}
        </Button>
        <Button size="small" look="danger" onPress={() => setAsking(true)}>
          {t.catalogue.delete}
        </Button>
      </div>
      <Confirm
        title={t.catalogue.deleteTitle(collection.name)}
        help={t.catalogue.deleteHelp}
        action={t.common.delete}
        isOpen={asking}
        onClose={() => setAsking(false)}
        isPending={remove.isPending}
        problem={remove.error}
        onConfirm={() => remove.mutate(collection.name, { onSuccess: () => void navigate('/catalogue') })}
      />
    </section>
  );
}
