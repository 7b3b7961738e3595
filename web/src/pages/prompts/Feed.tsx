import { useSearchParams } from 'react-router';
import { useList } from '../../api/list';
import type { Prompt } from '../../api/prompts';
import { useIdentity } from '../../api/session';
import { useReader } from '../../i18n';
import { ButtonLink } from '../../ui/Button';
import { Segments } from '../../ui/Choice';
import { ListView } from '../../ui/ListView';
import { Empty } from '../../ui/Notice';
import { Page } from '../../ui/Page';
import { SkeletonList } from '../../ui/Skeleton';
import { LoginFirst } from '../auth/LoginFirst';
import { PromptCard } from './PromptCard';

type Sort = 'newest' | 'top_week';

export function Feed() {
  const { t } = useReader();
  const { user, isPending } = useIdentity();
  const [search, setSearch] = useSearchParams();
  const sort: Sort = search.get('sort') === 'top_week' ? 'top_week' : 'newest';
  const list = useList<Prompt>(['prompts', 'list', user?.name ?? ''], '/v1/feed', { sort }, user !== null);
  if (isPending) {
    return (
      <Page title={t.feed.title} lead={t.feed.lead} narrow>
        <SkeletonList />
      </Page>
    );
  }
  if (user === null) return <LoginFirst page={t.feed.title} title={t.feed.login} help={t.feed.loginHelp} />;
  return (
    <Page title={t.feed.title} lead={t.feed.lead} narrow>
      <Segments<Sort>
        label={t.prompts.sort}
        hideLabel
        value={sort}
        onChange={(sort) => setSearch(sort === 'newest' ? {} : { sort })}
        options={[
          { value: 'newest', label: t.feed.newest },
          { value: 'top_week', label: t.feed.top },
        ]}
      />
      <ListView
        list={list}
        keyOf={(prompt) => prompt.id}
        render={(prompt) => <PromptCard prompt={prompt} />}
        empty={
          <Empty title={t.feed.empty} help={t.feed.emptyHelp}>
            <ButtonLink look="primary" to="/people">
              {t.feed.find}
            </ButtonLink>
          </Empty>
        }
      />
    </Page>
  );
}
