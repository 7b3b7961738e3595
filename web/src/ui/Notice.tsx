import { type ReactNode } from 'react';
import { Link, useLocation } from 'react-router';
import type { Problem } from '../api/client';
import { useReader } from '../i18n';
import { Button } from './Button';
import { Icon } from './Icon';
import styles from './Notice.module.css';

/** What went wrong, in the service's words, and what to do about it. */
export function ProblemNotice({ problem, onRetry }: { problem: Problem; onRetry?: () => void }) {
  const { t } = useReader();
  const { pathname, search } = useLocation();
  const offline = problem.code === 'offline';
  const says = offline ? t.problem.offline : problem.detail || problem.title || t.problem.heading;
  const help = offline ? t.problem.offlineHelp : t.problem.help[problem.code];
  return (
    <div role="alert" className={styles.problem}>
      <Icon name="alert" size={22} />
      <div className={styles.words}>
        <p className={styles.says}>{says}</p>
        {(help !== undefined || problem.retryAfter !== undefined) && (
          <p>
            {help} {problem.retryAfter !== undefined && t.problem.after(problem.retryAfter)}
          </p>
        )}
        {problem.requestId !== undefined && problem.status >= 500 && (
          <p className={styles.request}>{t.problem.request(problem.requestId)}</p>
        )}
        {problem.code === 'unauthorized' && (
          <Link to={`/login?next=${encodeURIComponent(pathname + search)}`}>{t.nav.login}</Link>
        )}
        {onRetry && (
          <Button size="small" onPress={onRetry}>
            {t.common.retry}
          </Button>
        )}
      </div>
    </div>
  );
}

/** Something went well, said once and quietly. */
export function Success({ children }: { children: ReactNode }) {
  return (
    <p role="status" className={styles.success}>
      <Icon name="check" size={18} />
      <span>{children}</span>
    </p>
  );
}

interface EmptyProps {
  title: string;
  help?: string;
  children?: ReactNode;
}

/** Nothing here: why, and the way on. */
export function Empty({ title, help, children }: EmptyProps) {
  return (
    <div className={styles.empty}>
      <svg aria-hidden="true" viewBox="0 0 120 64" width="120" height="64" fill="none" className={styles.sea}>
        <circle cx="60" cy="30" r="25" />
        <path d="M8 38c9-7 17-7 26 0s17 7 26 0 17-7 26 0 17 7 26 0" />
        <path d="M20 50c7-5 13-5 20 0s13 5 20 0 13-5 20 0 13 5 20 0" />
      </svg>
      <p className={styles.emptyTitle}>{title}</p>
      {help !== undefined && <p>{help}</p>}
      {children}
    </div>
  );
}
