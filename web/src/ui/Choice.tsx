import { type ReactNode } from 'react';
import {
  Button as AriaButton,
  CheckboxButton,
  CheckboxField,
  type CheckboxFieldProps,
  Label,
  ListBox,
  ListBoxItem,
  Popover,
  RadioButton,
  RadioField,
  RadioGroup,
  Select as AriaSelect,
  SelectValue,
  Text,
} from 'react-aria-components';
import styles from './Choice.module.css';
import field from './Field.module.css';
import { Icon } from './Icon';

export interface Option<T extends string> {
  value: T;
  label: string;
}

interface ChoiceProps<T extends string> {
  label: string;
  options: Option<T>[];
  value: T | null;
  onChange: (value: T) => void;
  hideLabel?: boolean;
  help?: string;
  name?: string;
  className?: string;
}

/** One of many, in a list that opens. */
export function Select<T extends string>(props: ChoiceProps<T>) {
  const { label, options, value, onChange, hideLabel, help, name, className } = props;
  return (
    <AriaSelect
      className={[field.group, className].filter(Boolean).join(' ')}
      name={name}
      value={value}
      onChange={(key) => {
        const chosen = options.find((option) => option.value === key);
        if (chosen) onChange(chosen.value);
      }}
    >
      <Label className={hideLabel ? field.hidden : field.label}>{label}</Label>
      <AriaButton className={styles.select}>
        <SelectValue className={styles.selected} />
        <Icon name="chevron" size={18} />
      </AriaButton>
      {help !== undefined && (
        <Text slot="description" className={field.help}>
          {help}
        </Text>
      )}
      <Popover className={styles.popover} offset={4}>
        <ListBox className={styles.list}>
          {options.map((option) => (
            <ListBoxItem
              key={option.value}
              id={option.value}
              textValue={option.label}
              className={styles.option}
            >
              {option.label}
            </ListBoxItem>
          ))}
        </ListBox>
      </Popover>
    </AriaSelect>
  );
}

/** One of a few, all in sight. */
export function Segments<T extends string>(props: ChoiceProps<T>) {
  const { label, options, value, onChange, hideLabel, className } = props;
  return (
    <RadioGroup
      className={[field.group, className].filter(Boolean).join(' ')}
      orientation="horizontal"
      value={value}
      onChange={(key) => onChange(key as T)}
    >
      <Label className={hideLabel ? field.hidden : field.label}>{label}</Label>
      <div className={styles.segments}>
        {options.map((option) => (
          <RadioField key={option.value} value={option.value}>
            <RadioButton className={styles.segment}>{option.label}</RadioButton>
          </RadioField>
        ))}
      </div>
    </RadioGroup>
  );
}

/** Yes or no. */
export function Check({
  children,
  className,
  ...props
}: Omit<CheckboxFieldProps, 'children' | 'className'> & { children?: ReactNode; className?: string }) {
  return (
    <CheckboxField {...props}>
      <CheckboxButton className={[styles.check, className].filter(Boolean).join(' ')}>
        <span className={styles.box}>
          <Icon name="check" size={14} />
        </span>
        {children}
      </CheckboxButton>
    </CheckboxField>
  );
}
