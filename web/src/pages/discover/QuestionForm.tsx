import { useState } from 'react';
import { Button as AriaButton, Input, Label, SearchField } from 'react-aria-components';
import type { Collection } from '../../api/collections';
import { MODES, type Mode, type Question } from '../../api/search';
import { useReader } from '../../i18n';
import { Button } from '../../ui/Button';
import { Segments, Select } from '../../ui/Choice';
import { useWide } from '../../lib/useWide';
import { Icon } from '../../ui/Icon';
import styles from './QuestionForm.module.css';

interface QuestionFormProps {
  question: Question;
  collections: Collection[];
  onAsk: (change: Partial<Question>) => void;
}

/** The question, and what is asked how. A choice asks again at once. */
export function QuestionForm({ question, collections, onAsk }: QuestionFormProps) {
  const { t } = useReader();
  const wide = useWide();
  const [words, setWords] = useState(question.query);
  const asked = () => ({ query: words.trim(), like: words.trim() === '' ? question.like : undefined });
  return (
    <form
      role="search"
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        onAsk(asked());
      }}
    >
      <SearchField className={styles.field} value={words} onChange={setWords} maxLength={2000}>
        <Label className={styles.label}>{t.discover.label}</Label>
        <span className={styles.glass}>
          <Icon name="search" size={24} />
        </span>
        <Input
          className={styles.input}
          placeholder={t.discover.placeholder}
          enterKeyHint="search"
          autoComplete="off"
        />
        <AriaButton className={styles.clear} aria-label={t.discover.clear}>
          <Icon name="close" size={20} />
        </AriaButton>
        <Button
          slot={null}
          type="submit"
          look="primary"
          aria-label={t.discover.submit}
          className={styles.submit}
        >
          {wide ? t.discover.submit : <Icon name="search" />}
        </Button>
      </SearchField>
      <div className={styles.choices}>
        {collections.length > 1 && (
          <Select
            label={t.discover.collection}
            hideLabel
            className={styles.collection}
            value={question.collection}
            onChange={(collection) => onAsk({ ...asked(), collection, filter: '', like: undefined })}
            options={collections.map(({ name }) => ({ value: name, label: name }))}
          />
        )}
        <Segments<Mode>
          label={t.discover.mode}
          hideLabel
          className={styles.mode}
          value={question.mode}
          onChange={(mode) => onAsk({ ...asked(), mode })}
          options={MODES.map((value) => ({
            value,
            label: wide ? t.discover.modes[value] : t.discover.modeShort[value],
          }))}
        />
      </div>
    </form>
  );
}
