import styles from './Avatar.module.css';

const HUES = 6;

/** A person's initial on a colour that is always theirs. */
export function Avatar({ name, large }: { name: string; large?: boolean }) {
  const hue =
    Array.from(name.toLowerCase()).reduce((sum, letter) => sum + (letter.codePointAt(0) ?? 0), 0) % HUES;
  return (
    <span
      aria-hidden="true"
      data-hue={hue}
      className={large ? `${styles.avatar} ${styles.large}` : styles.avatar}
    >
      {Array.from(name)[0]?.toUpperCase()}
    </span>
  );
}
