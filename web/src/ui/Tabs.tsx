import { type ReactNode, useEffect, useRef } from 'react';
import { Tab, TabList, TabPanel, Tabs as AriaTabs } from 'react-aria-components';
import { useSearchParams } from 'react-router';
import styles from './Tabs.module.css';

interface TabsProps {
  label: string;
  tabs: { id: string; label: string; content: ReactNode }[];
}

/** Parts of a page, one at a time; the address holds which. */
export function Tabs({ label, tabs }: TabsProps) {
  const [search, setSearch] = useSearchParams();
  const chosen = tabs.find(({ id }) => id === search.get('tab'))?.id ?? tabs[0]?.id;
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const tab = list.current?.querySelector('[aria-selected=true]');
    tab?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [chosen]);
  return (
    <AriaTabs
      className={styles.tabs}
      selectedKey={chosen}
      onSelectionChange={(id) => setSearch({ tab: String(id) }, { replace: true })}
    >
      <TabList ref={list} aria-label={label} className={styles.list}>
        {tabs.map((tab) => (
          <Tab key={tab.id} id={tab.id} className={styles.tab}>
            {tab.label}
          </Tab>
        ))}
      </TabList>
      {tabs.map((tab) => (
        <TabPanel key={tab.id} id={tab.id} className={styles.panel}>
          {tab.content}
        </TabPanel>
      ))}
    </AriaTabs>
  );
}
