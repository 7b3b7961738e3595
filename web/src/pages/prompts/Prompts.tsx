import { useSearchParams } from 'react-router';
import { useList } from '../../api/list';
import type { Prompt } from '../../api/prompts';
import { useReader } from '../../i18n';
import { ButtonLink } from '../../ui/Button';
import { Segments } from '../../ui/Choice';
import { ListView } from '../../ui/ListView';
import { Empty } from '../../ui/Notice';
import { Page } from '../../ui/Page';
import { SearchBox } from '../../ui/SearchBox';
import { PromptCard } from './PromptCard';
import styles from './Prompts.module.css';

type Sort = 'newest' | 'likes';

export function Prompts() {
  const { t } = useReader();
  const [search, setSearch] = useSearchParams();
  const query = search.get('query') ?? '';
  const sort: Sort = search.get('sort') === 'likes' ? 'likes' : 'newest';
  const list = useList<Prompt>(['prompts', 'list'], '/v1/prompts', { query, sort });
  const change = (next: { query: string; sort: Sort }) =>
    setSearch(Object.entries(next).filter(([, value]) => value !== '' && value !== 'newest'));
  return (
    <Page title={t.prompts.title} lead={t.prompts.lead} narrow>
      <div className={styles.bar}>
        <SearchBox
          key={query}
          label={t.prompts.search}
          placeholder={t.prompts.placeholder}
          value={query}
          onSearch={(query) => change({ query, sort })}
        />
        <Segments<Sort>
          label={t.prompts.sort}
          hideLabel
          value={sort}
          onChange={(sort) => change({ query, sort })}
          options={[
            { value: 'newest', label: t.prompts.newest },
            { value: 'likes', label: t.prompts.likes },
          ]}
        />
      </div>
      <ListView
        list={list}
        keyOf={(prompt) => prompt.id}
        render={(prompt) => <PromptCard prompt={prompt} />}
        empty={
          query === '' ? (
            <Empty title={t.prompts.empty} help={t.prompts.emptyHelp}>
              <ButtonLink look="primary" to="/">
                {t.prompts.toDiscover}
              </ButtonLink>
            </Empty>
          ) : (
            <Empty title={t.prompts.noneFound} help={t.prompts.noneFoundHelp} />
          )
        }
      />
    </Page>
  );
}
