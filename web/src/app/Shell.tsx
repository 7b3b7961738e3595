import { type ReactNode, useEffect } from 'react';
import { Link, NavLink, useLocation, useNavigationType } from 'react-router';
import { useIdentity } from '../api/session';
import { useReader } from '../i18n';
import { ButtonLink } from '../ui/Button';
import { Icon, type IconName, Mark } from '../ui/Icon';
import { Menu } from './Menu';
import styles from './Shell.module.css';

interface Place {
  to: string;
  icon: IconName;
  label: string;
}

function usePlaces(): Place[] {
  const { t } = useReader();
  return [
    { to: '/', icon: 'search', label: t.nav.discover },
    { to: '/prompts', icon: 'prompt', label: t.nav.prompts },
    { to: '/feed', icon: 'feed', label: t.nav.feed },
    { to: '/people', icon: 'people', label: t.nav.people },
    { to: '/me', icon: 'person', label: t.nav.me },
  ];
}

/** A new page is read from its top; going back finds the old place. */
function useScroll() {
  const { pathname } = useLocation();
  const travel: string = useNavigationType();
  useEffect(() => {
    if (travel !== 'POP') window.scrollTo(0, 0);
  }, [pathname, travel]);
}

/** What surrounds every page: name, navigation, menu. On a phone the navigation lies at the lower edge. */
export function Shell({ children }: { children: ReactNode }) {
  const { t } = useReader();
  const { user, identity } = useIdentity();
  const places = usePlaces();
  useScroll();
  return (
    <div className={styles.shell}>
      <a
        className={styles.skip}
        href="#main"
        onClick={(event) => {
          event.preventDefault();
          document.getElementById('main')?.focus();
        }}
      >
        {t.skip}
      </a>
      <header className={styles.header}>
        <div className={styles.bar}>
          <Link to="/" className={styles.brand}>
            <Mark /> <span>{t.brand}</span>
          </Link>
          <nav aria-label={t.nav.main} className={styles.nav}>
            {places.map(({ to, icon, label }) => (
              <NavLink
                key={to}
                to={to}
                end={to === '/'}
                className={({ isActive }) => (isActive ? `${styles.link} ${styles.active}` : styles.link)}
              >
                <Icon name={icon} size={22} />
                <span>{label}</span>
              </NavLink>
            ))}
          </nav>
          <div className={styles.side}>
            {identity?.setup_needed === true && (
              <ButtonLink size="small" to="/setup">
                {t.nav.setUp}
              </ButtonLink>
            )}
            {identity !== undefined && user === null && !identity.setup_needed && (
              <ButtonLink size="small" to="/login">
                {t.nav.login}
              </ButtonLink>
            )}
            <Menu />
          </div>
        </div>
      </header>
      <main id="main" tabIndex={-1} className={styles.main}>
        {children}
      </main>
    </div>
  );
}
