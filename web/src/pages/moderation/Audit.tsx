import { useList } from '../../api/list';
import type { AuditEntry } from '../../api/moderation';
import { useReader } from '../../i18n';
import card from '../../ui/Card.module.css';
import { ListView } from '../../ui/ListView';
import { Empty } from '../../ui/Notice';

export function Audit() {
  const { t, format } = useReader();
  const list = useList<AuditEntry>(['moderation', 'audit'], '/v1/audit');
  return (
    <ListView
      list={list}
      keyOf={(entry) => entry.id}
      lines={1}
      render={(entry) => (
        <article className={card.card}>
          <p className={card.row}>
            <strong>{entry.actor}</strong>
            <span className={card.badge}>
              {(t.moderation.actions as Record<string, string>)[entry.action] ?? entry.action}
            </span>
            <span>{entry.subject}</span>
            <time className={card.help} dateTime={entry.at}>
              {format.dateTime(entry.at)}
            </time>
          </p>
          {entry.note && <p className={card.help}>{entry.note}</p>}
        </article>
      )}
      empty={<Empty title={t.moderation.noAudit} />}
    />
  );
}
