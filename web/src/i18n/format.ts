/** How numbers and times are written in a language. */
export interface Format {
  number: (value: number, digits?: number) => string;
  /** Always with so many digits, so that numbers of a column line up. */
  fixed: (value: number, digits: number) => string;
  date: (iso: string) => string;
  dateTime: (iso: string) => string;
  /** “3 minutes ago”; a date once it is longer ago than a month. */
  ago: (iso: string) => string;
  bytes: (value: number) => string;
  duration: (milliseconds: number) => string;
}

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
];

export function formats(language: string): Format {
  const day = new Intl.DateTimeFormat(language, { dateStyle: 'medium' });
  const instant = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' });
  const relative = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });
  const number = (value: number, digits = 2) =>
    new Intl.NumberFormat(language, { maximumFractionDigits: digits }).format(value);
  const date = (iso: string) => day.format(new Date(iso));

  return {
    number,
    fixed: (value, digits) =>
      new Intl.NumberFormat(language, {
        minimumFractionDigits: digits,
        maximumFractionDigits: digits,
      }).format(value),
    date,
    dateTime: (iso) => instant.format(new Date(iso)),
    ago: (iso) => {
      const seconds = (new Date(iso).getTime() - Date.now()) / 1000;
      if (Math.abs(seconds) > 30 * 86_400) return date(iso);
      const [unit, size] = STEPS.find(([, size]) => Math.abs(seconds) >= size) ?? ['second', 1];
      return relative.format(Math.trunc(seconds / size), unit);
    },
    bytes: (value) => {
      const power = value < 1000 ? 0 : Math.min(3, Math.floor(Math.log10(value) / 3));
      return `${number(value / 1000 ** power, 1)} ${['B', 'kB', 'MB', 'GB'][power] ?? 'B'}`;
    },
    duration: (milliseconds) => {
      const seconds = Math.round(milliseconds / 1000);
      return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
    },
  };
}
