import { useState } from 'react';
import { Label, Slider, SliderThumb, SliderTrack } from 'react-aria-components';
import { useReader } from '../../i18n';
import { fieldLabel, showValue } from '../../lib/fields';
import { Field } from '../../ui/Field';
import type { Bounds } from './bounds';
import styles from './Filters.module.css';

type Range = [number | null, number | null];

interface RangeFilterProps {
  field: string;
  /** Null while nothing is known about the field's values: then the ends are typed. */
  bounds: Bounds | null;
  range: Range;
  onChange: (range: Range) => void;
}

/** A field's lower and upper bound. */
export function RangeFilter(props: RangeFilterProps) {
  const { bounds, range } = props;
  if (bounds === null) return <TypedRange {...props} />;
  return <SlidingRange key={range.join()} {...props} bounds={bounds} />;
}

function SlidingRange({ field, bounds, range, onChange }: RangeFilterProps & { bounds: Bounds }) {
  const { t, format } = useReader();
  const low = Math.min(bounds.low, range[0] ?? bounds.low);
  const high = Math.max(bounds.high, range[1] ?? bounds.high);
  const [ends, setEnds] = useState([range[0] ?? low, range[1] ?? high]);
  const [from = low, to = high] = ends;
  const label = fieldLabel(field, t);
  const word = (value: number) => showValue(field, value, t, format);
  const said = () => {
    if (from <= low && to >= high) return t.discover.any;
    if (from <= low) return t.discover.orLess(word(to));
    if (to >= high) return t.discover.orMore(word(from));
    return `${word(from)} – ${word(to)}`;
  };
  return (
    <Slider
      className={styles.group}
      minValue={low}
      maxValue={high}
      step={bounds.step}
      value={ends}
      onChange={setEnds}
      onChangeEnd={([from = low, to = high]) => onChange([from <= low ? null : from, to >= high ? null : to])}
    >
      <div className={styles.labels}>
        <Label className={styles.label}>{label}</Label>
        <output className={styles.said}>{said()}</output>
      </div>
      <SliderTrack className={styles.track}>
        {({ state }) => (
          <>
            <span className={styles.rail} />
            <span
              className={styles.between}
              style={{
                insetInlineStart: `${state.getThumbPercent(0) * 100}%`,
                width: `${(state.getThumbPercent(1) - state.getThumbPercent(0)) * 100}%`,
              }}
            />
            <SliderThumb index={0} className={styles.thumb} aria-label={t.discover.from} />
            <SliderThumb index={1} className={styles.thumb} aria-label={t.discover.to} />
          </>
        )}
      </SliderTrack>
    </Slider>
  );
}

function TypedRange({ field, range, onChange }: RangeFilterProps) {
  const { t } = useReader();
  const number = (words: FormDataEntryValue | null) =>
    typeof words === 'string' && words.trim() !== '' && !Number.isNaN(Number(words)) ? Number(words) : null;
  return (
    <form
      className={styles.group}
      aria-label={fieldLabel(field, t)}
      onBlur={(event) => {
        const form = new FormData(event.currentTarget);
        const next: Range = [number(form.get('from')), number(form.get('to'))];
        if (next[0] !== range[0] || next[1] !== range[1]) onChange(next);
      }}
      onSubmit={(event) => event.preventDefault()}
    >
      <p className={styles.label}>{fieldLabel(field, t)}</p>
      <div className={styles.typed}>
        <Field
          label={t.discover.from}
          name="from"
          inputMode="decimal"
          defaultValue={range[0]?.toString() ?? ''}
        />
        <Field
          label={t.discover.to}
          name="to"
          inputMode="decimal"
          defaultValue={range[1]?.toString() ?? ''}
        />
      </div>
    </form>
  );
}
