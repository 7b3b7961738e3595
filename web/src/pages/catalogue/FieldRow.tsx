import { FIELD_TYPES } from '../../api/collections';
import { useReader } from '../../i18n';
import { Button } from '../../ui/Button';
import { Check, Select } from '../../ui/Choice';
import { Field } from '../../ui/Field';
import styles from './Catalogue.module.css';
import { allowed, effective, readDefault, type Row, showDefault } from './schema';

interface FieldRowProps {
  row: Row;
  onChange: (next: Partial<Row>) => void;
  onRemove: () => void;
}

const FLAGS = ['searchable', 'filterable', 'facetable'] as const;

/** One field of a definition. */
export function FieldRow({ row, onChange, onRemove }: FieldRowProps) {
  const { t } = useReader();
  const now = effective(row);
  const may = allowed(row);
  return (
    <fieldset className={styles.field} aria-label={`${t.catalogue.field} ${row.name}`}>
      <Field
        label={t.catalogue.field}
        value={row.name}
        onChange={(name) => onChange({ name })}
        isRequired
        pattern="[A-Za-z][A-Za-z0-9_]{0,63}"
        mono
      />
      <Select
        label={t.catalogue.type}
        value={row.type}
        onChange={(type) =>
          onChange({
            type,
            searchable: undefined,
            filterable: undefined,
            facetable: undefined,
            default: undefined,
          })
        }
        options={FIELD_TYPES.map((value) => ({ value, label: value }))}
      />
      <Field
        label={t.catalogue.default}
        value={showDefault(row.default)}
        onChange={(words) => onChange({ default: readDefault(words, row.type) })}
      />
      <div className={styles.flags}>
        {FLAGS.map((flag) => (
          <Check
            key={flag}
            isSelected={now[flag]}
            isDisabled={!may[flag]}
            onChange={(on) => onChange({ [flag]: on })}
          >
            {t.catalogue[flag]}
          </Check>
        ))}
        <Check isSelected={row.required ?? false} onChange={(required) => onChange({ required })}>
          {t.catalogue.requiredField}
        </Check>
        <Button size="small" look="quiet" aria-label={t.catalogue.removeField(row.name)} onPress={onRemove}>
          {t.common.remove}
        </Button>
      </div>
    </fieldset>
  );
}
