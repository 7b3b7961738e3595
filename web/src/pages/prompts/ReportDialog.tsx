import { useState } from 'react';
import { Form } from 'react-aria-components';
import { useReport } from '../../api/prompts';
import { useReader } from '../../i18n';
import { Button } from '../../ui/Button';
import { Dialog, DialogActions } from '../../ui/Dialog';
import { Field } from '../../ui/Field';
import { ProblemNotice } from '../../ui/Notice';
import { useToast } from '../../ui/Toast';

/** Tells the administrators about a prompt or a person; `target` is its address in the API. */
export function ReportDialog({ target, onClose }: { target: string; onClose: () => void }) {
  const { t } = useReader();
  const [reason, setReason] = useState('');
  const report = useReport();
  const say = useToast();
  return (
    <Dialog title={t.prompt.reportTitle} isOpen onClose={onClose}>
      <Form
        onSubmit={(event) => {
          event.preventDefault();
          const sent = () => {
            say(t.prompt.reported);
            onClose();
          };
          report.mutate({ target, reason: reason.trim() }, { onSuccess: sent });
        }}
      >
        <Field
          label={t.prompt.reportReason}
          value={reason}
          onChange={setReason}
          rows={3}
          maxLength={1000}
          isRequired
          autoFocus
        />
        {report.error && <ProblemNotice problem={report.error} />}
        <DialogActions>
          <Button onPress={onClose}>{t.common.cancel}</Button>
          <Button type="submit" look="primary" isPending={report.isPending}>
            {t.prompt.reportDo}
          </Button>
        </DialogActions>
      </Form>
    </Dialog>
  );
}
