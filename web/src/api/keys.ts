import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, path, type Page, type Problem } from './client';

export type Scope = 'search' | 'ingest' | 'admin';

export interface Key {
  id: string;
  name: string;
  scopes: Scope[];
  collections: string[] | null;
  created_at: string;
  expires_at: string | null;
  last_used_at: string | null;
  prefix: string;
}

export interface NewKey {
  name: string;
  scopes: Scope[];
  collections?: string[];
  expires_in_days?: number;
}

/** A key just made; `key` is shown this once. */
export type MadeKey = Key & { key: string };

const KEYS = ['keys'];

export function useKeys() {
  return useQuery<Page<Key>, Problem>({
    queryKey: KEYS,
    queryFn: ({ signal }) => api.get<Page<Key>>('/v1/keys', undefined, signal),
  });
}

export function useCreateKey() {
  const queries = useQueryClient();
  return useMutation<MadeKey, Problem, NewKey>({
    mutationFn: (key) => api.post<MadeKey>('/v1/keys', key),
    onSuccess: () => queries.invalidateQueries({ queryKey: KEYS }),
  });
}

export function useRevokeKey() {
  const queries = useQueryClient();
  return useMutation<unknown, Problem, string>({
    mutationFn: (id) => api.remove(path`/v1/keys/${id}`),
    // Not waited for: whoever asked may be gone with what was removed.
    onSuccess: () => void queries.invalidateQueries({ queryKey: KEYS }),
  });
}
