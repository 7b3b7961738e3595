import styles from './Item.module.css';

interface ShareChartProps {
  caption: string;
  shares: { name: string; value: number; said: string }[];
}

const ROW = 34;
const WIDTH = 300;

/** Values from 0 to 1 as bars, each with its name and number in words: a list to a screen reader. */
export function ShareChart({ caption, shares }: ShareChartProps) {
  return (
    <svg
      role="list"
      aria-label={caption}
      className={styles.chart}
      viewBox={`0 0 ${WIDTH} ${shares.length * ROW}`}
      width={WIDTH}
      height={shares.length * ROW}
    >
      {shares.map(({ name, value, said }, row) => (
        <g key={name} role="listitem" aria-label={`${name}: ${said}`} transform={`translate(0 ${row * ROW})`}>
          <text x="0" y="14" className={styles.chartName}>
            {name}
          </text>
          <text x={WIDTH} y="14" textAnchor="end" className={styles.chartValue}>
            {said}
          </text>
          <rect y="20" width={WIDTH} height="6" rx="3" className={styles.chartRail} />
          <rect y="20" width={Math.max(6, value * WIDTH)} height="6" rx="3" className={styles.chartBar} />
        </g>
      ))}
    </svg>
  );
}
