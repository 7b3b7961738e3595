import { Link } from 'react-router';
import { useList } from '../../api/list';
import type { Prompt } from '../../api/prompts';
import { useReader } from '../../i18n';
import { ButtonLink } from '../../ui/Button';
import card from '../../ui/Card.module.css';
import { ListView } from '../../ui/ListView';
import { Empty } from '../../ui/Notice';
import { AskedWith } from '../prompts/AskedWith';
import { Byline } from '../prompts/PromptCard';
import { PromptActions } from '../prompts/PromptPage';
import styles from '../prompts/Prompts.module.css';

/** What the reader published, to be changed or taken away. */
export function MyPrompts({ name }: { name: string }) {
  const { t, format } = useReader();
  const list = useList<Prompt>(['prompts', 'list'], '/v1/prompts', { author: name });
  return (
    <ListView
      list={list}
      keyOf={(prompt) => prompt.id}
      render={(prompt) => (
        <article className={card.card}>
          <div>
            <h2 className={styles.text}>
              <Link to={`/prompts/${prompt.id}`}>{prompt.text}</Link>
            </h2>
            <Byline prompt={prompt} own />
          </div>
          <AskedWith {...prompt} />
          <div className={card.between}>
            <span className={card.help}>{t.prompt.likes(prompt.likes, format.number(prompt.likes))}</span>
            <span className={card.row}>
              <PromptActions prompt={prompt} />
            </span>
          </div>
        </article>
      )}
      empty={
        <Empty title={t.me.noPrompts} help={t.prompts.emptyHelp}>
          <ButtonLink look="primary" to="/">
            {t.prompts.toDiscover}
          </ButtonLink>
        </Empty>
      }
    />
  );
}
