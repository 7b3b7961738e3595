import { Component, type ReactNode } from 'react';
import { useReader } from '../i18n';
import { Button } from '../ui/Button';
import { Empty } from '../ui/Notice';

function Crashed() {
  const { t } = useReader();
  return (
    <div role="alert">
      <Empty title={t.problem.crashed} help={t.problem.crashedHelp}>
        <Button look="primary" onPress={() => location.reload()}>
          {t.problem.reload}
        </Button>
      </Empty>
    </div>
  );
}

/** Keeps a broken page from taking the navigation with it. */
export class Crash extends Component<{ children: ReactNode }, { broken: boolean }> {
  override state = { broken: false };

  static getDerivedStateFromError() {
    return { broken: true };
  }

  override render() {
    return this.state.broken ? <Crashed /> : this.props.children;
  }
}
