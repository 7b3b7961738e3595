import { useState } from 'react';
import { useParams } from 'react-router';
import { path } from '../../api/client';
import { useList } from '../../api/list';
import { type Person, type Tie, usePerson, useTie } from '../../api/people';
import type { Prompt } from '../../api/prompts';
import { useIdentity } from '../../api/session';
import { useReader } from '../../i18n';
import { Avatar } from '../../ui/Avatar';
import { Button, ButtonLink } from '../../ui/Button';
import card from '../../ui/Card.module.css';
import { Confirm } from '../../ui/Dialog';
import { ListView } from '../../ui/ListView';
import { Empty, ProblemNotice } from '../../ui/Notice';
import { Page } from '../../ui/Page';
import { SkeletonList } from '../../ui/Skeleton';
import { Tabs } from '../../ui/Tabs';
import { PromptCard } from '../prompts/PromptCard';
import { ReportDialog } from '../prompts/ReportDialog';
import styles from './People.module.css';
import { FollowButton, PersonCard } from './PersonCard';

export function PersonPage() {
  const { name = '' } = useParams();
  const { t } = useReader();
  const person = usePerson(name);
  return (
    <Page title={person.data?.name ?? name} narrow>
      {person.isPending && <SkeletonList />}
      {person.error && <ProblemNotice problem={person.error} onRetry={() => void person.refetch()} />}
      {person.data && (
        <>
          <Profile person={person.data} />
          <Tabs
            label={t.people.tabs}
            tabs={[
              { id: 'prompts', label: t.people.promptsTab, content: <Published name={person.data.name} /> },
              {
                id: 'followers',
                label: t.people.followersTab,
                content: <Ties name={person.data.name} kind="followers" />,
              },
              {
                id: 'following',
                label: t.people.followingTab,
                content: <Ties name={person.data.name} kind="following" />,
              },
            ]}
          />
        </>
      )}
    </Page>
  );
}

function Profile({ person }: { person: Person }) {
  const { t, format } = useReader();
  const { user } = useIdentity();
  const [open, setOpen] = useState<'block' | 'report' | null>(null);
  const tie = useTie();
  const { you, name } = person;
  const set = (kind: Tie, on: boolean) =>
    tie.mutate({ name, tie: kind, on }, { onSuccess: () => setOpen(null) });
  const mine = user?.name === name;
  return (
    <section className={card.card}>
      <div className={styles.profile}>
        <Avatar name={name} large />
        <div className={styles.facts}>
          <p>
            {t.people.joined(format.date(person.joined_at))}{' '}
            {person.demo && <span className={card.badge}>{t.common.demo}</span>}
          </p>
          <p className={card.help}>
            {t.prompts.count(person.prompts, format.number(person.prompts))} ·{' '}
            {t.people.followers(person.followers, format.number(person.followers))} ·{' '}
            {t.people.follows(format.number(person.following))}
          </p>
        </div>
        {mine ? (
          <ButtonLink size="small" to="/me">
            {t.me.tabs}
          </ButtonLink>
        ) : (
          <FollowButton person={person} />
        )}
      </div>
      {you?.muted && <p className={card.help}>{t.people.muted}</p>}
      {you?.blocked && <p className={card.help}>{t.people.blocked}</p>}
      {tie.error && <ProblemNotice problem={tie.error} />}
      {you && !mine && (
        <div className={styles.ties}>
          <Button size="small" look="quiet" onPress={() => set('mute', !you.muted)}>
            {you.muted ? t.people.unmute : t.people.mute}
          </Button>
          <Button
            size="small"
            look="quiet"
            onPress={() => (you.blocked ? set('block', false) : setOpen('block'))}
          >
            {you.blocked ? t.people.unblock : t.people.block}
          </Button>
          <Button size="small" look="quiet" onPress={() => setOpen('report')}>
            {t.prompt.report}
          </Button>
        </div>
      )}
      <Confirm
        title={t.people.blockTitle(name)}
        help={t.people.blockHelp}
        action={t.people.block}
        isOpen={open === 'block'}
        onClose={() => setOpen(null)}
        isPending={tie.isPending}
        problem={tie.error}
        onConfirm={() => set('block', true)}
      />
      {open === 'report' && <ReportDialog target={path`/v1/people/${name}`} onClose={() => setOpen(null)} />}
    </section>
  );
}

function Published({ name }: { name: string }) {
  const { t } = useReader();
  const list = useList<Prompt>(['prompts', 'list'], path`/v1/people/${name}/prompts`);
  return (
    <ListView
      list={list}
      keyOf={(prompt) => prompt.id}
      render={(prompt) => <PromptCard prompt={prompt} />}
      empty={<Empty title={t.people.noPrompts} />}
    />
  );
}

function Ties({ name, kind }: { name: string; kind: 'followers' | 'following' }) {
  const { t } = useReader();
  const list = useList<Person>(['people', kind], `${path`/v1/people/${name}`}/${kind}`);
  return (
    <ListView
      list={list}
      keyOf={(person) => person.name}
      render={(person) => <PersonCard person={person} />}
      empty={<Empty title={kind === 'followers' ? t.people.noFollowers : t.people.noFollowing} />}
    />
  );
}
