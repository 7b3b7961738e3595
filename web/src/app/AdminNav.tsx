import { NavLink } from 'react-router';
import { useReader } from '../i18n';
import styles from './AdminNav.module.css';

/** The administrators' pages, above each of them. */
export function AdminNav() {
  const { t } = useReader();
  const places = [
    { to: '/catalogue', label: t.nav.catalogue, end: true },
    { to: '/catalogue/sources', label: t.catalogue.sources, end: true },
    { to: '/parts', label: t.nav.parts, end: false },
    { to: '/moderation', label: t.nav.moderation, end: false },
  ];
  return (
    <nav aria-label={t.nav.manage} className={styles.nav}>
      <ul>
        {places.map(({ to, label, end }) => (
          <li key={to}>
            <NavLink to={to} end={end}>
              {label}
            </NavLink>
          </li>
        ))}
      </ul>
    </nav>
  );
}
