import { useState } from 'react';
import { Form } from 'react-aria-components';
import { useCollections } from '../../api/collections';
import { type Source, useSaveSource } from '../../api/sources';
import { useReader } from '../../i18n';
import { Button } from '../../ui/Button';
import { Check, Select } from '../../ui/Choice';
import { Dialog, DialogActions } from '../../ui/Dialog';
import { Field } from '../../ui/Field';
import { ProblemNotice } from '../../ui/Notice';
import { useToast } from '../../ui/Toast';
import styles from './Catalogue.module.css';

const FORMATS = ['auto', 'csv', 'jsonl', 'parquet'];

/** Adds a source, or changes `source`. */
export function SourceDialog({ source, onClose }: { source?: Source; onClose: () => void }) {
  const { t } = useReader();
  const collections = useCollections();
  const save = useSaveSource();
  const say = useToast();
  const names = collections.data?.items.map(({ name }) => name) ?? [];
  const [name, setName] = useState(source?.name ?? '');
  const [url, setUrl] = useState(source?.url ?? '');
  const [collection, setCollection] = useState(source?.collection ?? null);
  const [pattern, setPattern] = useState(source?.pattern ?? '**');
  const [format, setFormat] = useState(source?.format ?? 'auto');
  const [schedule, setSchedule] = useState(source?.schedule ?? 'every 5m');
  const [enabled, setEnabled] = useState(source?.enabled ?? true);
  const fills = collection ?? names[0] ?? '';
  return (
    <Dialog title={source ? t.sources.editTitle(source.name) : t.sources.new} isOpen onClose={onClose}>
      <Form
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate(
            {
              isNew: source === undefined,
              source: {
                name: name.trim(),
                url: url.trim(),
                collection: fills,
                pattern,
                format,
                schedule,
                enabled,
              },
            },
            {
              onSuccess: () => {
                say(t.sources.saved);
                onClose();
              },
            },
          );
        }}
      >
        {!source && (
          <Field
            label={t.catalogue.name}
            value={name}
            onChange={setName}
            isRequired
            pattern="[a-z][a-z0-9_\-]{0,62}"
            autoFocus
          />
        )}
        <Field label={t.sources.url} help={t.sources.urlHelp} value={url} onChange={setUrl} isRequired mono />
        <div className={styles.pair}>
          <Select
            label={t.sources.collection}
            value={fills}
            onChange={setCollection}
            options={names.map((value) => ({ value, label: value }))}
          />
          <Select
            label={t.sources.format}
            value={format}
            onChange={setFormat}
            options={FORMATS.map((value) => ({ value, label: value }))}
          />
        </div>
        <div className={styles.pair}>
          <Field
            label={t.sources.pattern}
            help={t.sources.patternHelp}
            value={pattern}
            onChange={setPattern}
            isRequired
            mono
          />
          <Field
            label={t.sources.schedule}
            help={t.sources.scheduleHelp}
            value={schedule}
            onChange={setSchedule}
            isRequired
            mono
          />
        </div>
        <Check isSelected={enabled} onChange={setEnabled}>
          {t.sources.enabled}
        </Check>
        {save.error && <ProblemNotice problem={save.error} />}
        <DialogActions>
          <Button onPress={onClose}>{t.common.cancel}</Button>
          <Button type="submit" look="primary" isPending={save.isPending}>
            {t.common.save}
          </Button>
        </DialogActions>
      </Form>
    </Dialog>
  );
}
