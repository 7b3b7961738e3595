import { useState } from 'react';
import { Form } from 'react-aria-components';
import { useNavigate } from 'react-router';
import { usePublish } from '../../api/prompts';
import type { Question } from '../../api/search';
import { useReader } from '../../i18n';
import { Button } from '../../ui/Button';
import { Dialog, DialogActions } from '../../ui/Dialog';
import { Field } from '../../ui/Field';
import { ProblemNotice } from '../../ui/Notice';
import { useToast } from '../../ui/Toast';
import { AskedWith } from '../prompts/AskedWith';

/** Publishes a question with the collection, mode and filter it was asked with. */
export function PublishDialog({ question, onClose }: { question: Question; onClose: () => void }) {
  const { t } = useReader();
  const [text, setText] = useState(question.query);
  const publish = usePublish();
  const navigate = useNavigate();
  const say = useToast();
  const { collection, mode, filter } = question;
  return (
    <Dialog title={t.discover.publishTitle} isOpen onClose={onClose}>
      <p>{t.discover.publishHelp}</p>
      <Form
        onSubmit={(event) => {
          event.preventDefault();
          publish.mutate(
            { text: text.trim(), collection, mode, filter: filter || undefined },
            {
              onSuccess: (prompt) => {
                say(t.discover.published);
                void navigate(`/prompts/${prompt.id}`);
              },
            },
          );
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
        <AskedWith collection={collection} mode={mode} filter={filter} />
        {publish.error && <ProblemNotice problem={publish.error} />}
        <DialogActions>
          <Button onPress={onClose}>{t.common.cancel}</Button>
          <Button type="submit" look="primary" isPending={publish.isPending}>
            {t.discover.publishDo}
          </Button>
        </DialogActions>
      </Form>
    </Dialog>
  );
}
