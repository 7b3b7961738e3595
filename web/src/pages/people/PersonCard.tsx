import { Link, useLocation } from 'react-router';
import { type Person, useTie } from '../../api/people';
import { useIdentity } from '../../api/session';
import { useReader } from '../../i18n';
import { Avatar } from '../../ui/Avatar';
import { Button, ButtonLink } from '../../ui/Button';
import { useToast } from '../../ui/Toast';
import card from '../../ui/Card.module.css';
import styles from './People.module.css';

/** Follows, or stops following. */
export function FollowButton({ person }: { person: Person }) {
  const { t } = useReader();
  const { user } = useIdentity();
  const { pathname, search } = useLocation();
  const tie = useTie();
  const say = useToast();
  if (user?.name === person.name) return <span className={card.badge}>{t.people.you}</span>;
  if (user === null) {
    return (
      <ButtonLink
        size="small"
        aria-label={t.people.followName(person.name)}
        to={`/login?next=${encodeURIComponent(pathname + search)}`}
      >
        {t.people.follow}
      </ButtonLink>
    );
  }
  const follows = person.you?.follows ?? false;
  return (
    <Button
      size="small"
      look={follows ? 'plain' : 'primary'}
      isPending={tie.isPending}
      aria-pressed={follows}
      aria-label={follows ? t.people.unfollow(person.name) : t.people.followName(person.name)}
      onPress={() =>
        tie.mutate(
          { name: person.name, tie: 'follow', on: !follows },
          { onError: (problem) => say(problem.detail || t.problem.heading) },
        )
      }
    >
      {follows ? t.people.following : t.people.follow}
    </Button>
  );
}

export function PersonCard({ person }: { person: Person }) {
  const { t, format } = useReader();
  return (
    <article className={styles.card}>
      <Avatar name={person.name} />
      <div className={styles.who}>
        <h2 className={styles.name}>
          <Link to={`/people/${encodeURIComponent(person.name)}`}>{person.name}</Link>
          {person.demo && <span className={card.badge}>{t.common.demo}</span>}
        </h2>
        <p className={card.help}>
          {t.prompts.count(person.prompts, format.number(person.prompts))} ·{' '}
          {t.people.followers(person.followers, format.number(person.followers))}
        </p>
      </div>
      <FollowButton person={person} />
    </article>
  );
}
