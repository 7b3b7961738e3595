import { Fragment } from 'react';

const ENTITIES: Record<string, string> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  '#39': "'",
  '#x27': "'",
  '#34': '"',
};

function plain(escaped: string): string {
  return escaped.replace(/&(amp|lt|gt|quot|#39|#x27|#34);/g, (_, name: string) => ENTITIES[name] ?? '');
}

/**
 * A passage in which matched words stand between `<mark>` and `</mark>` and the rest is HTML-escaped. It is taken apart
 * here, never handed to the browser as HTML.
 */
export function Highlighted({ passage }: { passage: string }) {
  return passage
    .split(/<mark>([\s\S]*?)<\/mark>/)
    .map((part, place) =>
      place % 2 === 1 ? (
        <mark key={place}>{plain(part)}</mark>
      ) : (
        <Fragment key={place}>{plain(part)}</Fragment>
      ),
    );
}
