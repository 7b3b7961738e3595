import { useSearchParams } from 'react-router';
import { useList } from '../../api/list';
import { type Person, useRandomPeople } from '../../api/people';
import { useReader } from '../../i18n';
import { Button } from '../../ui/Button';
import card from '../../ui/Card.module.css';
import { ListView } from '../../ui/ListView';
import { Empty, ProblemNotice } from '../../ui/Notice';
import { Page } from '../../ui/Page';
import { SearchBox } from '../../ui/SearchBox';
import { SkeletonList } from '../../ui/Skeleton';
import styles from './People.module.css';
import { PersonCard } from './PersonCard';

export function People() {
  const { t } = useReader();
  const [search, setSearch] = useSearchParams();
  const query = search.get('query') ?? '';
  return (
    <Page title={t.people.title} lead={t.people.lead}>
      <SearchBox
        key={query}
        label={t.people.search}
        value={query}
        onSearch={(query) => setSearch(query === '' ? {} : { query })}
      />
      {query === '' ? <Random /> : <Found query={query} />}
    </Page>
  );
}

function Random() {
  const { t } = useReader();
  const people = useRandomPeople();
  return (
    <>
      <div className={card.between}>
        <h2>{t.people.random}</h2>
        <Button size="small" onPress={() => void people.refetch()} isPending={people.isFetching}>
          {t.people.another}
        </Button>
      </div>
      {people.isPending && <SkeletonList lines={2} />}
      {people.error && <ProblemNotice problem={people.error} onRetry={() => void people.refetch()} />}
      {people.data?.items.length === 0 && <Empty title={t.people.empty} help={t.people.emptyHelp} />}
      <ul className={styles.grid}>
        {people.data?.items.map((person) => (
          <li key={person.name}>
            <PersonCard person={person} />
          </li>
        ))}
      </ul>
    </>
  );
}

function Found({ query }: { query: string }) {
  const { t } = useReader();
  const list = useList<Person>(['people', 'found'], '/v1/people', { query });
  return (
    <>
      <h2>{t.people.results}</h2>
      <ListView
        grid
        list={list}
        keyOf={(person) => person.name}
        render={(person) => <PersonCard person={person} />}
        empty={<Empty title={t.people.none} help={t.people.noneHelp} />}
      />
    </>
  );
}
