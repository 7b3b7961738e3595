import { useQuery } from '@tanstack/react-query';
import { api, type Page, type Problem } from './client';

export interface Part {
  part: string;
  url: string;
  ok: boolean;
  optional: boolean;
  message: string;
  next_step: string | null;
}

export function useParts() {
  return useQuery<Page<Part>, Problem>({
    queryKey: ['parts'],
    queryFn: ({ signal }) => api.get<Page<Part>>('/v1/parts', undefined, signal),
    refetchInterval: 30_000,
  });
}
