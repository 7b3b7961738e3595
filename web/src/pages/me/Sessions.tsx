import { useRevokeSession, useSessions } from '../../api/session';
import { useReader } from '../../i18n';
import { Button } from '../../ui/Button';
import card from '../../ui/Card.module.css';
import { ProblemNotice } from '../../ui/Notice';
import { SkeletonList } from '../../ui/Skeleton';
import { device } from './device';

export function Sessions() {
  const { t, format } = useReader();
  const sessions = useSessions();
  const revoke = useRevokeSession();
  const all = sessions.data?.items ?? [];
  return (
    <>
      <div className={card.between}>
        <p className={card.help}>{t.me.sessionsHelp}</p>
        {all.length > 1 && (
          <Button size="small" onPress={() => revoke.mutate(null)} isPending={revoke.isPending}>
            {t.me.endOthers}
          </Button>
        )}
      </div>
      {sessions.isPending && <SkeletonList count={2} lines={2} />}
      {sessions.error && <ProblemNotice problem={sessions.error} onRetry={() => void sessions.refetch()} />}
      {revoke.error && <ProblemNotice problem={revoke.error} />}
      {all.map((session) => (
        <article key={session.id} className={card.card}>
          <div className={card.between}>
            <div>
              <p>
                <strong>{device(session.agent) ?? t.me.unknownDevice}</strong>{' '}
                {session.current && <span className={`${card.badge} ${card.good}`}>{t.me.thisSession}</span>}
              </p>
              <p className={card.help}>
                {session.address} · {t.me.lastUsed} {format.ago(session.last_used_at)} · {t.me.created}{' '}
                {format.date(session.created_at)}
              </p>
            </div>
            {!session.current && (
              <Button size="small" onPress={() => revoke.mutate(session.id)}>
                {t.me.endSession}
              </Button>
            )}
          </div>
        </article>
      ))}
    </>
  );
}
