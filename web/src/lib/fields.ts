import type { Definition, Field } from '../api/collections';
import type { ItemFields } from '../api/search';
import type { Texts } from '../i18n/en';
import type { Format } from '../i18n/format';

const NOTES = ['C', 'C♯', 'D', 'E♭', 'E', 'F', 'F♯', 'G', 'A♭', 'A', 'B♭', 'B'];

/** What a field is called: by its known name, else by its own words. */
export function fieldLabel(field: string, t: Texts): string {
  const known = t.fieldNames[field];
  if (known !== undefined) return known;
  const words = field.replace(/_/g, ' ').replace(/([a-z])([A-Z])/g, '$1 $2');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** A value as people read it. Songs say their key and mode as numbers: 0 is C, 1 is major. */
export function showValue(field: string, value: unknown, t: Texts, format: Format): string {
  if (value === null || value === undefined || value === '') return t.item.missing;
  if (Array.isArray(value)) return value.map((entry) => showValue(field, entry, t, format)).join(', ');
  if (typeof value === 'boolean') return value ? t.common.yes : t.common.no;
  if (field === 'duration_ms' && typeof value === 'number') return format.duration(value);
  if (field === 'key' && /^\d+$/.test(text(value))) return NOTES[Number(value)] ?? text(value);
  if (field === 'mode' && text(value) === '1') return t.tonality.major;
  if (field === 'mode' && text(value) === '0') return t.tonality.minor;
  if (typeof value === 'number') return format.number(value, Math.abs(value) < 10 ? 3 : 1);
  return text(value);
}

export function text(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** A collection's fields by the part they play on a card. */
export interface Roles {
  title: string | undefined;
  /** Short names beside the title: artist, album, brand. */
  by: string[];
  /** Long texts. */
  prose: string[];
  numbers: string[];
  /** Everything else but the id. */
  other: string[];
}

export function isFilterable(field: Field): boolean {
  return field.filterable ?? field.type !== 'text';
}

export function isFacetable(field: Field): boolean {
  return field.facetable ?? ['keyword', 'tags', 'boolean'].includes(field.type);
}

function isSearchable(field: Field): boolean {
  return field.searchable ?? field.type === 'text';
}

export function roles(definition: Definition): Roles {
  const found: Roles = { title: definition.title, by: [], prose: [], numbers: [], other: [] };
  for (const [name, field] of Object.entries(definition.fields)) {
    if (name === definition.title || name === definition.id) continue;
    if (field.type === 'text' && !isFilterable(field)) found.prose.push(name);
    else if (field.type === 'text' || (field.type === 'keyword' && isSearchable(field))) found.by.push(name);
    else if (field.type === 'float' || field.type === 'integer') found.numbers.push(name);
    else found.other.push(name);
  }
  found.by.sort((a, b) => rank(definition, a) - rank(definition, b));
  return found;
}

/** Exact names come before prose: the artist before the album. */
function rank(definition: Definition, name: string): number {
  return definition.fields[name]?.type === 'keyword' ? 0 : 1;
}

export function titleOf(definition: Definition, item: ItemFields, id: string): string {
  const title = definition.title === undefined ? undefined : item[definition.title];
  return typeof title === 'string' && title !== '' ? title : id;
}
