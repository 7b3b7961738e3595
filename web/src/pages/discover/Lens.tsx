import styles from './Discover.module.css';

/** What a spyglass sees: a horizon, waves, a lamp far out. */
export function Lens() {
  return (
    <svg className={styles.lens} aria-hidden="true" viewBox="0 0 420 420" fill="none">
      <circle cx="210" cy="210" r="205" className={styles.ringFaint} />
      <circle cx="210" cy="210" r="168" className={styles.ring} />
      <circle cx="210" cy="210" r="128" className={styles.ringFaint} />
      <g className={styles.waves}>
        <path d="M48 238c27-14 54-14 81 0s54 14 81 0 54-14 81 0 54 14 81 0" />
        <path d="M62 272c25-13 49-13 74 0s49 13 74 0 49-13 74 0 49 13 74 0" />
        <path d="M88 304c20-11 41-11 61 0s41 11 61 0 41-11 61 0 41 11 61 0" />
      </g>
      <path d="M252 232V196m0 0 22 30h-22m-16 6h48l-7 10h-34z" className={styles.ship} />
      <circle cx="252" cy="188" r="4.5" className={styles.lamp} />
    </svg>
  );
}
