import { useState } from 'react';
import { useLocation } from 'react-router';
import type { Question } from '../../api/search';
import { useIdentity } from '../../api/session';
import { useReader } from '../../i18n';
import { Button, ButtonLink } from '../../ui/Button';
import { Icon } from '../../ui/Icon';
import { useToast } from '../../ui/Toast';
import styles from './Discover.module.css';
import { PublishDialog } from './PublishDialog';

/** What can be done with a question and its answer: share its address, publish it. */
export function Tools({ question }: { question: Question }) {
  const { t } = useReader();
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
      <Button size="small" onPress={() => void share()}>
        <Icon name="link" size={18} /> {t.discover.share}
      </Button>
      {question.like === undefined &&
        (user === null ? (
          <ButtonLink size="small" to={`/login?next=${encodeURIComponent(pathname + search)}`}>
            <Icon name="publish" size={18} /> {t.discover.publish}
          </ButtonLink>
        ) : (
          <Button size="small" onPress={() => setPublishing(true)}>
            <Icon name="publish" size={18} /> {t.discover.publish}
          </Button>
        ))}
      {publishing && <PublishDialog question={question} onClose={() => setPublishing(false)} />}
    </div>
  );
}
