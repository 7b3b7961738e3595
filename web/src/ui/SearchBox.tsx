import { useState } from 'react';
import { Button as AriaButton, Input, Label, SearchField } from 'react-aria-components';
import { useReader } from '../i18n';
import { Button } from './Button';
import { Icon } from './Icon';
import styles from './SearchBox.module.css';

interface SearchBoxProps {
  label: string;
  placeholder?: string;
  value: string;
  onSearch: (words: string) => void;
}

/** Words to look for; asks on Enter, and again when it is cleared. */
export function SearchBox({ label, placeholder, value, onSearch }: SearchBoxProps) {
  const { t } = useReader();
  const [words, setWords] = useState(value);
  return (
    <form
      role="search"
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        onSearch(words.trim());
      }}
    >
      <SearchField
        className={styles.field}
        value={words}
        onChange={setWords}
        onClear={() => onSearch('')}
        maxLength={200}
      >
        <Label className={styles.label}>{label}</Label>
        <Icon name="search" />
        <Input
          className={styles.input}
          placeholder={placeholder ?? label}
          enterKeyHint="search"
          autoComplete="off"
        />
        <AriaButton className={styles.clear} aria-label={t.common.clear}>
          <Icon name="close" size={18} />
        </AriaButton>
      </SearchField>
      <Button type="submit">{t.common.search}</Button>
    </form>
  );
}
