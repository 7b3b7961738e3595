import type { Run, RunState as State } from '../../api/runs';
import { useReader } from '../../i18n';
import card from '../../ui/Card.module.css';

const LOOK: Record<State, string | undefined> = {
  queued: card.warm,
  running: card.busy,
  succeeded: card.good,
  failed: card.bad,
  cancelled: undefined,
};

export function RunState({ run }: { run: Run }) {
  const { t } = useReader();
  return (
    <span className={[card.badge, LOOK[run.state]].filter(Boolean).join(' ')}>
      {t.runs.states[run.state]}
    </span>
  );
}
