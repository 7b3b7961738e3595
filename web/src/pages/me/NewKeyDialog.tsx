import { useState } from 'react';
import { CheckboxGroup, Form, Label, Text } from 'react-aria-components';
import { useCollections } from '../../api/collections';
import { type MadeKey, type Scope, useCreateKey } from '../../api/keys';
import { useIdentity } from '../../api/session';
import { useReader } from '../../i18n';
import { Button } from '../../ui/Button';
import { Check } from '../../ui/Choice';
import { Dialog, DialogActions } from '../../ui/Dialog';
import { Field } from '../../ui/Field';
import field from '../../ui/Field.module.css';
import { ProblemNotice } from '../../ui/Notice';

interface NewKeyDialogProps {
  onClose: () => void;
  onMade: (key: MadeKey) => void;
}

/** Members may make keys that search; administrators every kind. */
export function NewKeyDialog({ onClose, onMade }: NewKeyDialogProps) {
  const { t } = useReader();
  const { admin } = useIdentity();
  const collections = useCollections();
  const create = useCreateKey();
  const [name, setName] = useState('');
  const [scopes, setScopes] = useState<string[]>(['search']);
  const [only, setOnly] = useState<string[]>([]);
  const [days, setDays] = useState('');
  const allowed: Scope[] = admin ? ['search', 'ingest', 'admin'] : ['search'];
  return (
    <Dialog title={t.me.newKey} isOpen onClose={onClose}>
      <Form
        onSubmit={(event) => {
          event.preventDefault();
          create.mutate(
            {
              name: name.trim(),
              scopes: allowed.filter((scope) => scopes.includes(scope)),
              collections: only.length > 0 ? only : undefined,
              expires_in_days: days === '' ? undefined : Number(days),
            },
            { onSuccess: onMade },
          );
        }}
      >
        <Field label={t.me.keyName} value={name} onChange={setName} isRequired maxLength={100} autoFocus />
        <CheckboxGroup value={scopes} onChange={setScopes} isRequired className={field.group}>
          <Label className={field.label}>{t.me.scopes}</Label>
          {allowed.map((scope) => (
            <Check key={scope} value={scope}>
              {t.me.scopeNames[scope]}
            </Check>
          ))}
        </CheckboxGroup>
        <CheckboxGroup value={only} onChange={setOnly} className={field.group}>
          <Label className={field.label}>{t.me.keyCollections}</Label>
          {collections.data?.items.map((collection) => (
            <Check key={collection.name} value={collection.name}>
              {collection.name}
            </Check>
          ))}
          <Text slot="description" className={field.help}>
            {t.me.keyCollectionsHelp}
          </Text>
        </CheckboxGroup>
        <Field
          label={t.me.keyDays}
          help={t.me.keyDaysHelp}
          value={days}
          onChange={setDays}
          inputMode="numeric"
          pattern="[0-9]*"
        />
        {create.error && <ProblemNotice problem={create.error} />}
        <DialogActions>
          <Button onPress={onClose}>{t.common.cancel}</Button>
          <Button type="submit" look="primary" isPending={create.isPending}>
            {t.me.createKey}
          </Button>
        </DialogActions>
      </Form>
    </Dialog>
  );
}
