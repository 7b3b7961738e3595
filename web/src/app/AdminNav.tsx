import { NavLink, useLocation } from 'react-router';
import { useReader } from '../i18n';
import styles from './AdminNav.module.css';

/** Lies below the catalogue's address, but is a place of its own. */
const SOURCES = '/catalogue/sources';

/** The administrators' pages, above each of them. */
export function AdminNav() {
  const { t } = useReader();
  const { pathname } = useLocation();
  const places = [
    { to: '/catalogue', label: t.nav.catalogue },
    { to: SOURCES, label: t.catalogue.sources },
    { to: '/parts', label: t.nav.parts },
    { to: '/moderation', label: t.nav.moderation },
  ];
  return (
    <nav aria-label={t.nav.manage} className={styles.nav}>
      <ul>
        {places.map(({ to, label }) => (
          <li key={to}>
            <NavLink to={to} end={pathname === SOURCES}>
              {label}
            </NavLink>
          </li>
        ))}
      </ul>
    </nav>
  );
}
