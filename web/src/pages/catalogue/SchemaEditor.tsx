import { useState } from 'react';
import { Form } from 'react-aria-components';
import { Link } from 'react-router';
import { type Collection, type Definition, useSaveCollection } from '../../api/collections';
import { useReader } from '../../i18n';
import { Button } from '../../ui/Button';
import { Segments } from '../../ui/Choice';
import { Field } from '../../ui/Field';
import { ProblemNotice, Success } from '../../ui/Notice';
import styles from './Catalogue.module.css';
import { FieldRow } from './FieldRow';
import { type Row, toFields, toRows } from './schema';

interface SchemaEditorProps {
  definition: Definition;
  isNew?: boolean;
  onSaved?: (collection: Collection) => void;
}

/** What an item of a collection looks like: as a form, or as the JSON that the API takes. */
export function SchemaEditor({ definition, isNew = false, onSaved }: SchemaEditorProps) {
  const { t } = useReader();
  const [draft, setDraft] = useState(definition);
  const [rows, setRows] = useState(() => toRows(definition));
  const [json, setJson] = useState<string | null>(null);
  const [wrong, setWrong] = useState(false);
  const save = useSaveCollection();
  const whole = (): Definition => ({ ...draft, fields: toFields(rows) });

  const show = (form: boolean) => {
    if (!form) {
      setJson(JSON.stringify(whole(), null, 2));
      return;
    }
    const read = parse(json ?? '');
    setWrong(read === null);
    if (read === null) return;
    setDraft(read);
    setRows(toRows(read));
    setJson(null);
  };

  const submit = () => {
    const read = json === null ? whole() : parse(json);
    setWrong(read === null);
    if (read === null) return;
    save.mutate({ definition: read, isNew }, { onSuccess: onSaved });
  };

  const change = (key: number, next: Partial<Row>) =>
    setRows(rows.map((row) => (row.key === key ? { ...row, ...next } : row)));

  return (
    <Form
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <Segments
        label={t.catalogue.editor}
        hideLabel
        value={json === null ? 'form' : 'json'}
        onChange={(value) => show(value === 'form')}
        options={[
          { value: 'form', label: t.catalogue.asForm },
          { value: 'json', label: t.catalogue.asJson },
        ]}
      />
      {json !== null ? (
        <Field
          label={t.catalogue.schema}
          hideLabel
          value={json}
          onChange={setJson}
          rows={18}
          mono
          isInvalid={wrong}
          help={wrong ? t.catalogue.jsonWrong : undefined}
        />
      ) : (
        <>
          <div className={styles.pair}>
            <Field
              label={t.catalogue.name}
              help={t.catalogue.nameHelp}
              value={draft.name}
              onChange={(name) => setDraft({ ...draft, name })}
              isRequired
              isReadOnly={!isNew}
              pattern="[a-z][a-z0-9_\-]{0,62}"
            />
            <Field
              label={t.catalogue.description}
              value={draft.description ?? ''}
              onChange={(description) => setDraft({ ...draft, description: description || undefined })}
            />
            <Field
              label={t.catalogue.idField}
              value={draft.id}
              onChange={(id) => setDraft({ ...draft, id })}
              isRequired
            />
            <Field
              label={t.catalogue.titleField}
              value={draft.title ?? ''}
              onChange={(title) => setDraft({ ...draft, title: title || undefined })}
            />
          </div>
          <Field
            label={t.catalogue.embedText}
            help={t.catalogue.embedHelp}
            value={draft.embed?.text ?? ''}
            onChange={(text) => setDraft({ ...draft, embed: embed(draft, text) })}
            mono
          />
          <h3>{t.catalogue.fields}</h3>
          <div className={styles.fields}>
            {rows.map((row) => (
              <FieldRow
                key={row.key}
                row={row}
                onChange={(next) => change(row.key, next)}
                onRemove={() => setRows(rows.filter((other) => other.key !== row.key))}
              />
            ))}
          </div>
          <div>
            <Button
              size="small"
              onPress={() =>
                setRows([
                  ...rows,
                  { key: Math.max(-1, ...rows.map(({ key }) => key)) + 1, name: '', type: 'text' },
                ])
              }
            >
              {t.catalogue.addField}
            </Button>
          </div>
        </>
      )}
      {save.error && <ProblemNotice problem={save.error} />}
      {save.data && (
        <Success>
          {save.data.run_id === undefined ? t.catalogue.saved : t.catalogue.savedReindex}{' '}
          {save.data.run_id !== undefined && (
            <Link to={`/catalogue/runs/${save.data.run_id}`}>{t.catalogue.openRun}</Link>
          )}
        </Success>
      )}
      <Button type="submit" look="primary" isPending={save.isPending}>
        {t.common.save}
      </Button>
    </Form>
  );
}

function embed(draft: Definition, text: string): Definition['embed'] {
  const next = { ...draft.embed, text: text || undefined };
  return Object.values(next).some((value) => value !== undefined) ? next : undefined;
}

function parse(json: string): Definition | null {
  try {
    const read = JSON.parse(json) as Definition;
    return typeof read.fields === 'object' ? read : null;
  } catch {
    return null;
  }
}
