import { type ReactNode, useState } from 'react';
import {
  FieldError,
  Input,
  Label,
  Text,
  TextArea,
  TextField,
  type TextFieldProps,
} from 'react-aria-components';
import { useReader } from '../i18n';
import { Button } from './Button';
import { Icon } from './Icon';
import styles from './Field.module.css';

interface FieldProps extends Omit<TextFieldProps, 'className' | 'children'> {
  label: string;
  help?: ReactNode;
  placeholder?: string;
  /** More than one line. */
  rows?: number;
  mono?: boolean;
  hideLabel?: boolean;
  list?: string;
}

/** One line (or `rows` lines) of text with its label, help and error. */
export function Field({ label, help, placeholder, rows, mono, hideLabel, list, ...props }: FieldProps) {
  const [shown, setShown] = useState(false);
  const { t } = useReader();
  const secret = props.type === 'password';
  const look = [styles.input, mono && styles.mono].filter(Boolean).join(' ');
  const input =
    rows === undefined ? (
      <Input className={look} placeholder={placeholder} list={list} />
    ) : (
      <TextArea className={look} placeholder={placeholder} rows={rows} />
    );
  return (
    <TextField {...props} type={secret && shown ? 'text' : props.type} className={styles.field}>
      <Label className={hideLabel ? styles.hidden : styles.label}>{label}</Label>
      {secret ? (
        <div className={styles.secret}>
          {input}
          <Button
            look="quiet"
            size="small"
            aria-label={shown ? t.common.hidePassword : t.common.showPassword}
            onPress={() => setShown(!shown)}
            className={styles.eye}
          >
            <Icon name={shown ? 'hidden' : 'eye'} />
          </Button>
        </div>
      ) : (
        input
      )}
      {help !== undefined && (
        <Text slot="description" className={styles.help}>
          {help}
        </Text>
      )}
      <FieldError className={styles.error} />
    </TextField>
  );
}
