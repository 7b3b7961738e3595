import { useState } from 'react';
import { Form } from 'react-aria-components';
import { type Prompt, useEditPrompt } from '../../api/prompts';
import { useReader } from '../../i18n';
import { Button } from '../../ui/Button';
import { Dialog, DialogActions } from '../../ui/Dialog';
import { Field } from '../../ui/Field';
import { ProblemNotice } from '../../ui/Notice';
import { useToast } from '../../ui/Toast';

export function EditDialog({ prompt, onClose }: { prompt: Prompt; onClose: () => void }) {
  const { t } = useReader();
  const [text, setText] = useState(prompt.text);
  const edit = useEditPrompt();
  const say = useToast();
  return (
    <Dialog title={t.prompt.edit} isOpen onClose={onClose}>
      <Form
        onSubmit={(event) => {
          event.preventDefault();
          const saved = () => {
            say(t.prompt.saved);
            onClose();
          };
          edit.mutate({ id: prompt.id, text: text.trim() }, { onSuccess: saved });
        }}
      >
        <Field
          label={t.prompt.text}
          value={text}
          onChange={setText}
          rows={3}
          maxLength={2000}
          isRequired
          autoFocus
        />
        {edit.error && <ProblemNotice problem={edit.error} />}
        <DialogActions>
          <Button onPress={onClose}>{t.common.cancel}</Button>
          <Button type="submit" look="primary" isPending={edit.isPending}>
            {t.common.save}
          </Button>
        </DialogActions>
      </Form>
    </Dialog>
  );
}
