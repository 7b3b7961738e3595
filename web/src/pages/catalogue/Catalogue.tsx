import { useState } from 'react';
import { Link, useNavigate } from 'react-router';
import { useCollections } from '../../api/collections';
import { useReader } from '../../i18n';
import { Button, ButtonLink } from '../../ui/Button';
import card from '../../ui/Card.module.css';
import { Dialog } from '../../ui/Dialog';
import { Empty, ProblemNotice } from '../../ui/Notice';
import { Page } from '../../ui/Page';
import { SkeletonList } from '../../ui/Skeleton';
import styles from './Catalogue.module.css';
import { RunList } from './RunList';
import { SchemaEditor } from './SchemaEditor';
import { EMPTY_DEFINITION } from './schema';

export function Catalogue() {
  const { t, format } = useReader();
  const collections = useCollections();
  const [making, setMaking] = useState(false);
  const navigate = useNavigate();
  return (
    <Page
      title={t.catalogue.title}
      actions={
        <>
          <ButtonLink to="/catalogue/sources">{t.catalogue.sources}</ButtonLink>
          <Button look="primary" onPress={() => setMaking(true)}>
            {t.catalogue.newCollection}
          </Button>
        </>
      }
    >
      <h2>{t.catalogue.collections}</h2>
      {collections.isPending && <SkeletonList count={1} />}
      {collections.error && (
        <ProblemNotice problem={collections.error} onRetry={() => void collections.refetch()} />
      )}
      {collections.data?.items.length === 0 && (
        <Empty title={t.catalogue.noCollections} help={t.catalogue.newCollectionHelp} />
      )}
      <ul className={styles.grid}>
        {collections.data?.items.map((collection) => (
          <li key={collection.name} className={card.card}>
            <h3 className={card.between}>
              <Link to={`/catalogue/${encodeURIComponent(collection.name)}`}>{collection.name}</Link>
              <span className={`${card.badge} ${collection.state === 'ready' ? card.good : card.busy}`}>
                {t.catalogue.states[collection.state]}
              </span>
            </h3>
            {collection.description !== null && <p className={card.help}>{collection.description}</p>}
            <p>{t.catalogue.items(collection.items, format.number(collection.items))}</p>
          </li>
        ))}
      </ul>
      <h2>{t.catalogue.runs}</h2>
      <RunList />
      <Dialog title={t.catalogue.newCollection} isOpen={making} onClose={() => setMaking(false)} sheet>
        <p className={card.help}>{t.catalogue.newCollectionHelp}</p>
        <SchemaEditor
          definition={EMPTY_DEFINITION}
          isNew
          onSaved={(saved) => void navigate(`/catalogue/${encodeURIComponent(saved.name)}`)}
        />
      </Dialog>
    </Page>
  );
}
