import { type ReactNode, useState } from 'react';
import { useLocation } from 'react-router';
import type { Question } from '../../api/search';
import { useIdentity } from '../../api/session';
import { useReader } from '../../i18n';
import { useWide } from '../../lib/useWide';
import { Button, ButtonLink } from '../../ui/Button';
import { Icon } from '../../ui/Icon';
import { useToast } from '../../ui/Toast';
import styles from './Discover.module.css';
import { PublishDialog } from './PublishDialog';

/** What can be done with a question and its answer: share its address, publish it. */
export function Tools({ question, children }: { question: Question; children?: ReactNode }) {
  const { t } = useReader();
  const wide = useWide();
  const { user } = useIdentity();
  const { pathname, search } = useLocation();
  const [publishing, setPublishing] = useState(false);
  const say = useToast();
  const share = async () => {
    try {
      await navigator.clipboard.writeText(window.location.href);
      say(t.discover.shared);
    } catch {
      say(t.discover.shareFailed);
    }
  };
  return (
    <div className={styles.tools}>
      {children}
      <Button size="small" aria-label={t.discover.share} onPress={() => void share()}>
        <Icon name="link" size={18} /> {wide && t.discover.share}
      </Button>
      {question.like === undefined &&
        (user === null ? (
          <ButtonLink
            size="small"
            aria-label={t.discover.publish}
            to={`/login?next=${encodeURIComponent(pathname + search)}`}
          >
            <Icon name="publish" size={18} /> {wide ? t.discover.publish : t.discover.publishDo}
          </ButtonLink>
        ) : (
          <Button size="small" aria-label={t.discover.publish} onPress={() => setPublishing(true)}>
            <Icon name="publish" size={18} /> {wide ? t.discover.publish : t.discover.publishDo}
          </Button>
        ))}
      {publishing && <PublishDialog question={question} onClose={() => setPublishing(false)} />}
    </div>
  );
}
