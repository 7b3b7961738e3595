import type { Mode } from '../../api/search';
import { useReader } from '../../i18n';
import styles from './Prompts.module.css';

interface AskedWithProps {
  collection: string | null;
  mode: Mode | null;
  filter: string | null;
}

/** How a question was asked. */
export function AskedWith({ collection, mode, filter }: AskedWithProps) {
  const { t } = useReader();
  if (!collection && !filter && (!mode || mode === 'hybrid')) return null;
  return (
    <ul className={styles.asked}>
      {collection && <li>{collection}</li>}
      {mode && mode !== 'hybrid' && <li>{t.discover.modes[mode]}</li>}
      {filter && (
        <li>
          <code>{filter}</code>
        </li>
      )}
    </ul>
  );
}
