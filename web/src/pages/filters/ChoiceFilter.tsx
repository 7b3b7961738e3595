import { useState } from 'react';
import { CheckboxGroup, Label } from 'react-aria-components';
import { type FacetCounts, type Question, useFacets } from '../../api/search';
import { useReader } from '../../i18n';
import { fieldLabel, showValue } from '../../lib/fields';
import { Button } from '../../ui/Button';
import { Check } from '../../ui/Choice';
import styles from './Filters.module.css';

const FEW = 6;

interface ChoiceFilterProps {
  field: string;
  chosen: string[];
  /** The counts while nothing is chosen here. */
  shared: FacetCounts | undefined;
  /** The question without this filter: its counts show what else could be chosen. */
  question: Question;
  limit: number;
  onChange: (values: string[]) => void;
}

/** A field's values with their counts. */
export function ChoiceFilter({ field, chosen, shared, question, limit, onChange }: ChoiceFilterProps) {
  const { t, format } = useReader();
  const [all, setAll] = useState(false);
  const own = useFacets(question, chosen.length > 0 ? [field] : [], limit);
  const facet = chosen.length > 0 ? (own.data?.[0] ?? shared) : shared;
  const counted = (facet?.values ?? []).map(({ value, count }) => ({ value: String(value), count }));
  const known = new Set(counted.map(({ value }) => value));
  const values = [
    ...chosen.filter((value) => !known.has(value)).map((value) => ({ value, count: 0 })),
    ...counted,
  ];
  const shown = all ? values : values.filter(({ value }, place) => place < FEW || chosen.includes(value));
  const label = fieldLabel(field, t);

  return (
    <CheckboxGroup className={styles.group} value={chosen} onChange={onChange}>
      <Label className={styles.label}>{label}</Label>
      {facet === undefined && <div className={styles.waiting} aria-hidden="true" />}
      {facet !== undefined && values.length === 0 && <p className={styles.none}>{t.discover.noValues}</p>}
      <div className={all ? styles.scroll : undefined}>
        {shown.map(({ value, count }) => (
          <Check key={value} value={value} className={styles.value}>
            <span className={styles.word}>{showValue(field, value, t, format)}</span>
            <span className={styles.count}>{format.number(count)}</span>
          </Check>
        ))}
      </div>
      {values.length > FEW && (
        <Button
          look="quiet"
          size="small"
          className={styles.toggle}
          onPress={() => setAll(!all)}
          aria-expanded={all}
        >
          {all ? t.discover.fewerValues : t.discover.moreValues}
        </Button>
      )}
    </CheckboxGroup>
  );
}
