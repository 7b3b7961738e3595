/** What the page's controls can say about a collection's fields; `extra` is what only the expression can say. */
export interface Filters {
  /** Field to accepted values. */
  choices: Record<string, string[]>;
  /** Field to lower and upper bound; null is open. */
  ranges: Record<string, [number | null, number | null]>;
  extra: string;
}

export const NO_FILTERS: Filters = { choices: {}, ranges: {}, extra: '' };

const NAME = /^(?:`([^`]+)`|([A-Za-z][A-Za-z0-9_]*))$/;
const TOKEN = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`|[(),]|[<>!]=|[=<>]|[^\s(),<>=!"'`]+|\S/g;
const KEYWORDS = /^(and|or|not|in|between|exists|within|of|true|false|km|m|mi)$/i;

function quote(value: string): string {
  return `"${value.replace(/["\\]/g, '\\$&').replace(/\n/g, '\\n').replace(/\r/g, '\\r').replace(/\t/g, '\\t')}"`;
}

function unquote(token: string): string | null {
  if (/^(true|false)$/i.test(token)) return token.toLowerCase();
  if (token !== '' && !Number.isNaN(Number(token))) return token;
  if (!/^["']/.test(token)) return null;
  const escapes: Record<string, string> = { n: '\n', r: '\r', t: '\t' };
  return token.slice(1, -1).replace(/\\(.)/gs, (_, mark: string) => escapes[mark] ?? mark);
}

function fieldName(name: string): string {
  return KEYWORDS.test(name) ? `\`${name}\`` : name;
}

/** The filter expression that says the same. `isBare` tells fields whose values stand without quotes. */
export function compose(filters: Filters, isBare: (field: string) => boolean): string {
  const clauses: string[] = [];
  for (const [field, values] of Object.entries(filters.choices)) {
    if (values.length === 0) continue;
    const words = values.map((value) => (isBare(field) ? value : quote(value)));
    clauses.push(
      words.length === 1
        ? `${fieldName(field)} = ${words.join()}`
        : `${fieldName(field)} IN (${words.join(', ')})`,
    );
  }
  for (const [field, [low, high]] of Object.entries(filters.ranges)) {
    if (low !== null && high !== null) clauses.push(`${fieldName(field)} BETWEEN ${low} AND ${high}`);
    else if (low !== null) clauses.push(`${fieldName(field)} >= ${low}`);
    else if (high !== null) clauses.push(`${fieldName(field)} <= ${high}`);
  }
  const extra = filters.extra.trim();
  if (extra !== '') clauses.push(clauses.length > 0 && hasOr(extra) ? `(${extra})` : extra);
  return clauses.join(' AND ');
}

function tokens(expression: string): string[] {
  return expression.match(TOKEN) ?? [];
}

function hasOr(expression: string): boolean {
  return split(tokens(expression), 'or').length > 1;
}

/** Parts between a word that stands outside of parentheses; the AND of a BETWEEN does not count. */
function split(words: string[], at: 'and' | 'or'): string[][] {
  const parts: string[][] = [[]];
  let depth = 0;
  let between = false;
  for (const word of words) {
    const lower = word.toLowerCase();
    if (word === '(') depth += 1;
    if (word === ')') depth -= 1;
    if (lower === 'between') between = true;
    if (depth === 0 && lower === at && !between) {
      parts.push([]);
      continue;
    }
    if (lower === 'and') between = false;
    parts.at(-1)?.push(word);
  }
  return parts;
}

/** Reads an expression back. Whatever the controls cannot show goes, as it is, to `extra`. */
export function read(expression: string): Filters {
  const filters: Filters = { choices: {}, ranges: {}, extra: '' };
  const words = tokens(expression);
  if (words.length === 0) return filters;
  if (split(words, 'or').length > 1) return { ...filters, extra: expression.trim() };
  const rest = split(words, 'and').filter((clause) => !take(clause, filters));
  filters.extra = rest.map(join).join(' AND ');
  return filters;
}

function join(clause: string[]): string {
  return clause
    .join(' ')
    .replace(/\( /g, '(')
    .replace(/ ([),])/g, '$1');
}

/** Puts a clause into the filters, if it is one that they can hold. */
function take(clause: string[], filters: Filters): boolean {
  const [first = '', operator = '', ...operands] = clause;
  const match = NAME.exec(first);
  const field = match?.[1] ?? match?.[2];
  if (field === undefined || field in filters.choices || field in filters.ranges) return false;
  const numbers = operands.filter((word) => word.toLowerCase() !== 'and').map(Number);
  const [low = NaN, high = NaN] = numbers;
  switch (operator.toLowerCase()) {
    case '=':
    case 'in': {
      const words = operands.filter((word) => !/^[(),]$/.test(word));
      const values = words.map(unquote);
      if (values.length === 0 || values.includes(null)) return false;
      filters.choices[field] = values.filter((value) => value !== null);
      return true;
    }
    case 'between':
      if (operands.length !== 3 || Number.isNaN(low) || Number.isNaN(high)) return false;
      filters.ranges[field] = [low, high];
      return true;
    case '>=':
    case '<=':
      if (operands.length !== 1 || Number.isNaN(low)) return false;
      filters.ranges[field] = operator === '>=' ? [low, null] : [null, low];
      return true;
    default:
      return false;
  }
}

/** How many controls are in use. */
export function count(filters: Filters): number {
  return (
    Object.values(filters.choices).filter((values) => values.length > 0).length +
    Object.values(filters.ranges).filter(([low, high]) => low !== null || high !== null).length +
    (filters.extra.trim() === '' ? 0 : 1)
  );
}
