import { useState } from 'react';
import { DropZone, FileTrigger, Form } from 'react-aria-components';
import { useNavigate } from 'react-router';
import { useImport } from '../../api/collections';
import { useReader } from '../../i18n';
import { Button } from '../../ui/Button';
import card from '../../ui/Card.module.css';
import { Field } from '../../ui/Field';
import { Icon } from '../../ui/Icon';
import { ProblemNotice } from '../../ui/Notice';
import styles from './Catalogue.module.css';

/** Brings a file in, from the reader's machine or from an address; then shows its run. */
export function Upload({ collection }: { collection: string }) {
  const { t } = useReader();
  const [url, setUrl] = useState('');
  const bring = useImport(collection);
  const navigate = useNavigate();
  const send = (source: File | string) =>
    bring.mutate(source, { onSuccess: ({ run_id }) => void navigate(`/catalogue/runs/${run_id}`) });
  return (
    <section className={card.card}>
      <h2>{t.catalogue.upload}</h2>
      <p className={card.help}>{t.catalogue.uploadHelp}</p>
      <DropZone
        className={styles.drop}
        aria-label={t.catalogue.upload}
        onDrop={(event) => {
          const file = event.items.find((item) => item.kind === 'file');
          if (file) void file.getFile().then(send);
        }}
      >
        <Icon name="upload" size={26} />
        <span>{t.catalogue.drop}</span>
        <FileTrigger
          acceptedFileTypes={['.csv', '.tsv', '.jsonl', '.ndjson', '.parquet']}
          onSelect={(files) => {
            const file = files?.[0];
            if (file) send(file);
          }}
        >
          <Button isPending={bring.isPending}>{t.catalogue.choose}</Button>
        </FileTrigger>
      </DropZone>
      <Form
        onSubmit={(event) => {
          event.preventDefault();
          send(url.trim());
        }}
      >
        <div className={styles.line}>
          <Field
            label={t.catalogue.url}
            type="url"
            placeholder="https://"
            value={url}
            onChange={setUrl}
            isRequired
          />
          <Button type="submit" isPending={bring.isPending}>
            {t.catalogue.fetch}
          </Button>
        </div>
      </Form>
      {bring.error && <ProblemNotice problem={bring.error} />}
    </section>
  );
}
