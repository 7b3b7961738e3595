import { useState } from 'react';
import { Form } from 'react-aria-components';
import { Link } from 'react-router';
import { useList } from '../../api/list';
import { type Action, ACTIONS, type Report, useResolve } from '../../api/moderation';
import { useReader } from '../../i18n';
import { Button } from '../../ui/Button';
import card from '../../ui/Card.module.css';
import { Segments, Select } from '../../ui/Choice';
import { Dialog, DialogActions } from '../../ui/Dialog';
import { Field } from '../../ui/Field';
import { ListView } from '../../ui/ListView';
import { Empty, ProblemNotice } from '../../ui/Notice';

type State = Report['state'];

export function Reports() {
  const { t } = useReader();
  const [state, setState] = useState<State>('open');
  const [deciding, setDeciding] = useState<Report | null>(null);
  const list = useList<Report>(['moderation', 'reports'], '/v1/reports', { state });
  return (
    <>
      <Segments<State>
        label={t.runs.state}
        hideLabel
        value={state}
        onChange={setState}
        options={[
          { value: 'open', label: t.moderation.open },
          { value: 'resolved', label: t.moderation.resolved },
        ]}
      />
      <ListView
        list={list}
        keyOf={(report) => report.id}
        render={(report) => <ReportCard report={report} onDecide={() => setDeciding(report)} />}
        empty={
          state === 'open' ? (
            <Empty title={t.moderation.noOpen} help={t.moderation.noOpenHelp} />
          ) : (
            <Empty title={t.moderation.noResolved} />
          )
        }
      />
      {deciding && <ResolveDialog report={deciding} onClose={() => setDeciding(null)} />}
    </>
  );
}

function ReportCard({ report, onDecide }: { report: Report; onDecide: () => void }) {
  const { t, format } = useReader();
  const { prompt, person } = report;
  return (
    <article className={card.card}>
      <p className={card.row}>
        <span className={card.badge}>{prompt ? t.moderation.aPrompt : t.moderation.aPerson}</span>
        {prompt && (
          <strong>
            {prompt.id === null ? prompt.text : <Link to={`/prompts/${prompt.id}`}>{prompt.text}</Link>}
          </strong>
        )}
        {prompt && person && <span className={card.help}>{t.prompt.by}</span>}
        {person && <Link to={`/people/${encodeURIComponent(person.name)}`}>{person.name}</Link>}
        {((!prompt && !person) || prompt?.id === null) && (
          <span className={card.help}>{t.moderation.gone}</span>
        )}
      </p>
      <p>{report.reason}</p>
      <div className={card.between}>
        <p className={card.help}>
          {t.moderation.reportedBy(report.reporter ?? t.moderation.somebody)} ·{' '}
          {format.ago(report.created_at)}
        </p>
        {report.state === 'open' ? (
          <Button size="small" look="primary" onPress={onDecide}>
            {t.moderation.resolve}
          </Button>
        ) : (
          <p className={card.help}>
            {report.action && t.moderation.actions[report.action]}{' '}
            {report.resolved_by !== null && t.moderation.decidedBy(report.resolved_by)}
            {report.note && ` · ${report.note}`}
          </p>
        )}
      </div>
    </article>
  );
}

function ResolveDialog({ report, onClose }: { report: Report; onClose: () => void }) {
  const { t } = useReader();
  const [action, setAction] = useState<Action>('dismiss');
  const [note, setNote] = useState('');
  const resolve = useResolve();
  const possible = ACTIONS.filter(
    (known) => known !== 'remove_prompt' || (report.prompt?.id ?? null) !== null,
  );
  return (
    <Dialog title={t.moderation.resolveTitle} isOpen onClose={onClose}>
      <Form
        onSubmit={(event) => {
          event.preventDefault();
          resolve.mutate({ id: report.id, action, note: note.trim() }, { onSuccess: onClose });
        }}
      >
        <Select<Action>
          label={t.moderation.decision}
          value={action}
          onChange={setAction}
          options={possible.map((value) => ({ value, label: t.moderation.actions[value] }))}
        />
        <Field label={t.moderation.note} value={note} onChange={setNote} rows={2} maxLength={1000} />
        {resolve.error && <ProblemNotice problem={resolve.error} />}
        <DialogActions>
          <Button onPress={onClose}>{t.common.cancel}</Button>
          <Button type="submit" look="primary" isPending={resolve.isPending}>
            {t.moderation.resolve}
          </Button>
        </DialogActions>
      </Form>
    </Dialog>
  );
}
