import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, path, type Page, type Problem } from './client';

export interface Source {
  name: string;
  url: string;
  pattern: string;
  format: string;
  collection: string;
  schedule: string;
  enabled: boolean;
  next_crawl_at: string | null;
  crawl_run: string | null;
  created_at: string;
  updated_at: string;
}

export interface NewSource {
  name: string;
  url: string;
  collection: string;
  pattern?: string;
  format?: string;
  schedule?: string;
  enabled?: boolean;
}

export interface SourceTest {
  objects: number;
  matching: number;
  bytes: number;
  examples: string[];
  more: boolean;
}

const LIST = ['sources'];

export function useSources() {
  return useQuery<Page<Source>, Problem>({
    queryKey: LIST,
    queryFn: ({ signal }) => api.get<Page<Source>>('/v1/sources', undefined, signal),
  });
}

export function useSaveSource() {
  const queries = useQueryClient();
  return useMutation<Source, Problem, { source: NewSource; isNew: boolean }>({
    mutationFn: ({ source, isNew }) =>
      isNew
        ? api.post<Source>('/v1/sources', source)
        : api.put<Source>(path`/v1/sources/${source.name}`, source),
    onSuccess: () => queries.invalidateQueries({ queryKey: LIST }),
  });
}

export function useRemoveSource() {
  const queries = useQueryClient();
  return useMutation<unknown, Problem, string>({
    mutationFn: (name) => api.remove(path`/v1/sources/${name}`),
    // Not waited for: whoever asked may be gone with what was removed.
    onSuccess: () => void queries.invalidateQueries({ queryKey: LIST }),
  });
}

export function useTestSource() {
  return useMutation<SourceTest, Problem, string>({
    mutationFn: (name) => api.post<SourceTest>(path`/v1/sources/${name}/test`),
  });
}

export function useCrawl() {
  const queries = useQueryClient();
  return useMutation<{ run_id: string }, Problem, string>({
    mutationFn: (name) => api.post<{ run_id: string }>(path`/v1/sources/${name}/crawl`),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['runs'] }),
  });
}
