import type { Definition, Field } from '../../api/collections';
import { isFacetable, isFilterable } from '../../lib/fields';

/** A field in the editor: its place stays its own while its name is being typed. */
export interface Row extends Field {
  key: number;
  name: string;
}

export const EMPTY_DEFINITION: Definition = {
  name: '',
  id: 'id',
  title: 'title',
  embed: { text: '{title}' },
  fields: { title: { type: 'text', required: true } },
};

export function toRows(definition: Definition): Row[] {
  return Object.entries(definition.fields).map(([name, field], key) => ({ ...field, name, key }));
}

/** What holds for a field, its type's own rules included. */
export function effective(field: Field) {
  return {
    searchable: field.searchable ?? field.type === 'text',
    filterable: isFilterable(field),
    facetable: isFacetable(field),
  };
}

/** What may be switched at all. */
export function allowed(field: Field) {
  return {
    searchable: ['text', 'keyword', 'tags'].includes(field.type),
    filterable: true,
    facetable: field.type !== 'text' && field.type !== 'geo',
  };
}

export function toFields(rows: Row[]): Record<string, Field> {
  return Object.fromEntries(
    rows.map(({ name, type, searchable, filterable, facetable, required, default: value }) => [
      name.trim(),
      {
        type,
        searchable,
        filterable,
        facetable,
        required: required === true ? true : undefined,
        default: value,
      },
    ]),
  );
}

/** A default as it was typed: JSON where the type is not text. */
export function readDefault(words: string, type: Field['type']): unknown {
  if (words === '') return undefined;
  if (type === 'text' || type === 'keyword' || type === 'datetime') return words;
  try {
    return JSON.parse(words) as unknown;
  } catch {
    return words;
  }
}

export function showDefault(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
