const PATHS = {
  search: 'M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13ZM15.3 15.3 20 20',
  prompt: 'M5 5h14v10H11l-4 4v-4H5z',
  feed: 'M4 7c2.7-2 5.3-2 8 0s5.3 2 8 0M4 12c2.7-2 5.3-2 8 0s5.3 2 8 0M4 17c2.7-2 5.3-2 8 0s5.3 2 8 0',
  people:
    'M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM3 20c0-3.3 2.7-6 6-6s6 2.7 6 6M16 5a3 3 0 0 1 0 6M17.5 14.5c2.1.8 3.5 2.9 3.5 5.5',
  person: 'M12 11.5a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM4.5 20.5c0-3.9 3.4-6.5 7.5-6.5s7.5 2.6 7.5 6.5',
  eye: 'M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12ZM12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6Z',
  hidden:
    'M4 4l16 16M9.5 6c.8-.3 1.6-.5 2.5-.5 6 0 9.5 6.5 9.5 6.5a16 16 0 0 1-2.7 3.4M14.1 14.1a3 3 0 0 1-4.2-4.2M6.5 7.5A15 15 0 0 0 2.5 12S6 18.5 12 18.5c1.7 0 3.2-.5 4.5-1.2',
  menu: 'M4 7h16M4 12h16M4 17h16',
  close: 'M6 6l12 12M18 6 6 18',
  heart: 'M12 20.5 4.2 12.9a5 5 0 0 1 7.1-7.1l.7.7.7-.7a5 5 0 0 1 7.1 7.1Z',
  link: 'M10 14a4 4 0 0 0 5.7 0l3-3A4 4 0 0 0 13 5.3l-1 1M14 10a4 4 0 0 0-5.7 0l-3 3A4 4 0 0 0 11 18.7l1-1',
  publish: 'M12 15V4m0 0L8 8m4-4 4 4M5 14v5h14v-5',
  similar: 'M9 17.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11ZM15 17.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11Z',
  filter: 'M4 7h9M17 7h3M15 4.5v5M4 17h3M11 17h9M9 14.5v5',
  chevron: 'M7 10l5 5 5-5',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  alert: 'M12 8v5m0 3.5v.01M12 3.5 2.8 20h18.4z',
  arrow: 'M19 12H5m0 0 6-6m-6 6 6 6',
  more: 'M6 12v.01M12 12v.01M18 12v.01',
  upload: 'M12 16V4m0 0L7.5 8.5M12 4l4.5 4.5M4 20h16',
} as const;

export type IconName = keyof typeof PATHS;

interface IconProps {
  name: IconName;
  size?: number;
  filled?: boolean;
}

/** A drawing beside a word; it says nothing of its own to a screen reader. */
export function Icon({ name, size = 20, filled = false }: IconProps) {
  return (
    <svg
      aria-hidden="true"
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill={filled ? 'currentColor' : 'none'}
      stroke="currentColor"
      strokeWidth={name === 'more' ? 3 : 1.8}
      strokeLinecap="round"
      strokeLinejoin="round"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}

/** The spyglass: the mark of the house. */
export function Mark({ size = 32 }: { size?: number }) {
  return (
    <svg aria-hidden="true" width={size} height={size} viewBox="0 0 32 32" fill="none">
      <rect width="32" height="32" rx="9" fill="#0a4d61" />
      <g stroke="#fff" strokeWidth="2" strokeLinejoin="round" strokeLinecap="round">
        <path d="m5.5 19.5 13-7 2.5 4.6-13 7z" />
        <path d="M13 21.5 11 27m4-6.7 4 6.7" />
      </g>
      <path
        d="m18.5 12.5 5-2.7 3 5.5-5.5 1.8"
        fill="#ffc873"
        stroke="#ffc873"
        strokeWidth="2"
        strokeLinejoin="round"
      />
    </svg>
  );
}
