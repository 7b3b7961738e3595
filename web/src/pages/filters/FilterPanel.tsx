import { useState } from 'react';
import type { Collection } from '../../api/collections';
import { type FacetCounts, type Question, useFacets, useSample } from '../../api/search';
import { useReader } from '../../i18n';
import { isFacetable, isFilterable } from '../../lib/fields';
import { compose, count, type Filters, NO_FILTERS, read } from '../../lib/filters';
import { Button } from '../../ui/Button';
import { Field } from '../../ui/Field';
import { ChoiceFilter } from './ChoiceFilter';
import styles from './Filters.module.css';
import { RangeFilter } from './RangeFilter';
import { bounds } from './bounds';

const SAMPLE = 50;
const VALUES = 100;

interface FilterPanelProps {
  collection: Collection;
  question: Question;
  onChange: (filter: string) => void;
  /** Whether the surroundings have a heading already. */
  headless?: boolean;
}

/** Controls made from the collection's definition; what they say becomes the filter expression. */
export function FilterPanel({ collection, question, onChange, headless = false }: FilterPanelProps) {
  const { t } = useReader();
  const { definition } = collection;
  const fields = Object.entries(definition.fields).filter(([name]) => name !== definition.id);
  const choices = fields.filter(
    ([, field]) => isFacetable(field) && isFilterable(field) && field.type !== 'float',
  );
  const choiceNames = choices.map(([name]) => name);
  const ranges = fields
    .filter(
      ([name, field]) =>
        ['float', 'integer'].includes(field.type) && isFilterable(field) && !choiceNames.includes(name),
    )
    .map(([name]) => name);
  const filters = read(question.filter);
  const bare = (name: string) =>
    ['boolean', 'integer', 'float'].includes(definition.fields[name]?.type ?? '');
  const change = (next: Filters) => onChange(compose(next, bare));

  const free = choiceNames.filter((name) => (filters.choices[name] ?? []).length === 0);
  const facets = useFacets(question, free, VALUES);
  const sample = useSample(collection.items > 0 ? collection.name : undefined, ranges, SAMPLE);

  return (
    <div className={styles.panel}>
      <div className={headless ? styles.headless : styles.head}>
        {!headless && <h2 className={styles.heading}>{t.discover.filters}</h2>}
        {count(filters) > 0 && (
          <Button look="quiet" size="small" onPress={() => change(NO_FILTERS)}>
            {t.discover.clearFilters}
          </Button>
        )}
      </div>
      {choiceNames.map((name) => (
        <ChoiceFilter
          key={name}
          field={name}
          chosen={filters.choices[name] ?? []}
          shared={
            facets.data?.find((facet) => facet.field === name) ?? (facets.isError ? none(name) : undefined)
          }
          question={{
            ...question,
            filter: compose({ ...filters, choices: { ...filters.choices, [name]: [] } }, bare),
          }}
          limit={VALUES}
          onChange={(values) => change({ ...filters, choices: { ...filters.choices, [name]: values } })}
        />
      ))}
      {ranges.map((name) => (
        <RangeFilter
          key={name}
          field={name}
          bounds={bounds(sample.data ?? [], name)}
          range={filters.ranges[name] ?? [null, null]}
          onChange={(range) => change({ ...filters, ranges: { ...filters.ranges, [name]: range } })}
        />
      ))}
      <Expression
        key={filters.extra}
        value={filters.extra}
        onApply={(extra) => change({ ...filters, extra })}
      />
    </div>
  );
}

/** A wrong filter counts nothing; waiting for it would never end. */
function none(field: string): FacetCounts {
  return { field, values: [] };
}

function Expression({ value, onApply }: { value: string; onApply: (expression: string) => void }) {
  const { t } = useReader();
  const [words, setWords] = useState(value);
  return (
    <form
      className={styles.expression}
      onSubmit={(event) => {
        event.preventDefault();
        onApply(words);
      }}
    >
      <Field
        label={t.discover.expert}
        help={t.discover.expertHelp}
        value={words}
        onChange={setWords}
        rows={2}
        mono
      />
      {words !== value && (
        <Button type="submit" size="small">
          {t.discover.apply}
        </Button>
      )}
    </form>
  );
}
