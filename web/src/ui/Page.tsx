import { type ReactNode, useEffect, useRef } from 'react';
import { useLocation } from 'react-router';
import { useReader } from '../i18n';
import styles from './Page.module.css';

/** Whether the reader came here by a link of the page, not by opening it. */
let travelled: string | null = null;

/** A title with more characters is set smaller. */
const LONG = 48;

interface PageProps {
  title: string;
  lead?: ReactNode;
  /** Beside the title. */
  actions?: ReactNode;
  narrow?: boolean;
  children?: ReactNode;
}

/** Sets the document's title, and moves focus to the page's heading when the reader comes from another page. */
export function useArrival(title: string) {
  const { t } = useReader();
  const { pathname } = useLocation();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · ${t.brand}`;
  }, [title, t]);
  useEffect(() => {
    const arrived = travelled !== null && travelled !== pathname;
    travelled = pathname;
    if (arrived) heading.current?.focus({ preventScroll: true });
  }, [pathname]);
  return heading;
}

/** A page with its heading. */
export function Page({ title, lead, actions, narrow, children }: PageProps) {
  const heading = useArrival(title);
  return (
    <div className={narrow ? styles.narrow : styles.page}>
      <header className={styles.head}>
        <div>
          <h1 ref={heading} tabIndex={-1} className={title.length > LONG ? styles.long : undefined}>
            {title}
          </h1>
          {lead !== undefined && <p className={styles.lead}>{lead}</p>}
        </div>
        {actions !== undefined && <div className={styles.actions}>{actions}</div>}
      </header>
      {children}
    </div>
  );
}
