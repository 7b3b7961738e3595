import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, path, type Page, type Problem } from './client';

export const FIELD_TYPES = [
  'text',
  'keyword',
  'float',
  'integer',
  'boolean',
  'datetime',
  'geo',
  'tags',
] as const;
export type FieldType = (typeof FIELD_TYPES)[number];

export interface Field {
  type: FieldType;
  searchable?: boolean;
  filterable?: boolean;
  facetable?: boolean;
  default?: unknown;
  required?: boolean;
}

export interface Definition {
  name: string;
  description?: string;
  id: string;
  title?: string;
  embed?: { text?: string; dimensions?: number; vector?: string };
  fields: Record<string, Field>;
}

export interface Collection {
  name: string;
  description: string | null;
  items: number;
  version: number;
  state: 'ready' | 'reindexing';
  generation: number;
  model: { name: string; fingerprint: string; dimensions: number } | null;
  built_in: boolean;
  definition: Definition;
  created_at: string;
  updated_at: string;
  run_id?: string;
}

const LIST = ['collections'];

export function useCollections() {
  return useQuery<Page<Collection>, Problem>({
    queryKey: LIST,
    queryFn: ({ signal }) => api.get<Page<Collection>>('/v1/collections', undefined, signal),
    staleTime: 30_000,
  });
}

function largest(all: Collection[] | undefined): Collection | undefined {
  return all?.reduce<Collection | undefined>(
    (best, next) => (best === undefined || next.items > best.items ? next : best),
    undefined,
  );
}

/** The collection `name` of the list; without a name the one with the most items. */
export function useCollection(name?: string | null) {
  const list = useCollections();
  const all = list.data?.items;
  const collection = all?.find((known) => known.name === name) ?? (name ? undefined : largest(all));
  return { ...list, all, collection };
}

export function useSaveCollection() {
  const queries = useQueryClient();
  return useMutation<Collection, Problem, { definition: Definition; isNew: boolean }>({
    mutationFn: ({ definition, isNew }) =>
      isNew
        ? api.post<Collection>('/v1/collections', definition)
        : api.put<Collection>(path`/v1/collections/${definition.name}`, definition),
    onSuccess: () => queries.invalidateQueries({ queryKey: LIST }),
  });
}

export function useRemoveCollection() {
  const queries = useQueryClient();
  return useMutation<unknown, Problem, string>({
    mutationFn: (name) => api.remove(path`/v1/collections/${name}`),
    // Not waited for: whoever asked may be gone with what was removed.
    onSuccess: () => void queries.invalidateQueries({ queryKey: LIST }),
  });
}

export function useReindex() {
  return useMutation<{ run_id: string }, Problem, string>({
    mutationFn: (name) => api.post<{ run_id: string }>(path`/v1/collections/${name}/reindex`),
  });
}

/** Hands a file, or the address of one, to a collection. */
export function useImport(collection: string) {
  const queries = useQueryClient();
  return useMutation<{ run_id: string }, Problem, File | string>({
    mutationFn: (source) => {
      const target = path`/v1/collections/${collection}/imports`;
      if (typeof source === 'string') return api.post<{ run_id: string }>(target, { url: source });
      const form = new FormData();
      form.set('file', source);
      return api.post<{ run_id: string }>(target, form);
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: ['runs'] }),
  });
}

export interface Rejection {
  run_id: string;
  file: string;
  line: number;
  code: string;
  reason: string;
  field: string | null;
  id: string | null;
  excerpt: string;
  at: string;
}

export function rejectionsPath(collection: string): string {
  return path`/v1/collections/${collection}/rejections`;
}
