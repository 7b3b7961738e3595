import { Link, useLocation, useNavigate } from 'react-router';
import { type Prompt, useLike } from '../../api/prompts';
import { useIdentity } from '../../api/session';
import { useReader } from '../../i18n';
import { Button } from '../../ui/Button';
import { Icon } from '../../ui/Icon';
import { Avatar } from '../../ui/Avatar';
import { useToast } from '../../ui/Toast';
import { AskedWith } from './AskedWith';
import styles from './Prompts.module.css';

function personPath(name: string): string {
  return `/people/${encodeURIComponent(name)}`;
}

/** Who published a prompt, when, and whose it was first; `own` leaves out who. */
export function Byline({ prompt, own = false }: { prompt: Prompt; own?: boolean }) {
  const { t, format } = useReader();
  return (
    <p className={styles.byline}>
      {!own && (
        <Link to={personPath(prompt.author)} className={styles.author}>
          {prompt.author}
        </Link>
      )}
      <time dateTime={prompt.created_at} title={format.dateTime(prompt.created_at)}>
        {format.ago(prompt.created_at)}
      </time>
      {prompt.demo && <span>{t.common.demo}</span>}
      {prompt.edited_at !== null && <span>{t.prompt.edited}</span>}
      {prompt.original !== null && (
        <span>
          {t.prompt.republished} <Link to={`/prompts/${prompt.original.id}`}>{prompt.original.author}</Link>
        </span>
      )}
    </p>
  );
}

/** The heart with its count. Whoever is not logged in is led there and back. */
export function LikeButton({ prompt }: { prompt: Prompt }) {
  const { t, format } = useReader();
  const { user } = useIdentity();
  const like = useLike();
  const say = useToast();
  const navigate = useNavigate();
  const { pathname, search } = useLocation();
  const press = () => {
    if (user === null) {
      void navigate(`/login?next=${encodeURIComponent(pathname + search)}`);
      return;
    }
    like.mutate(prompt, {
      onSuccess: ({ liked }) => {
        if (liked) say(t.prompt.likeDone);
      },
      onError: (problem) => say(problem.detail || t.problem.heading),
    });
  };
  return (
    <Button
      size="small"
      className={prompt.liked ? styles.liked : styles.heart}
      aria-pressed={prompt.liked}
      aria-label={`${t.prompt.like}: ${t.prompt.likes(prompt.likes, format.number(prompt.likes))}`}
      onPress={press}
    >
      <Icon name="heart" size={18} filled={prompt.liked} />
      {format.number(prompt.likes)}
    </Button>
  );
}

/** A prompt in a list. */
export function PromptCard({ prompt }: { prompt: Prompt }) {
  return (
    <article className={styles.card}>
      <Avatar name={prompt.author} />
      <div className={styles.body}>
        <Byline prompt={prompt} />
        <h2 className={styles.text}>
          <Link to={`/prompts/${prompt.id}`}>{prompt.text}</Link>
        </h2>
        <AskedWith {...prompt} />
      </div>
      <div className={styles.like}>
        <LikeButton prompt={prompt} />
      </div>
    </article>
  );
}
