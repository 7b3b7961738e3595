import { useInfiniteQuery } from '@tanstack/react-query';
import { api, type Page, type Problem } from './client';

type Query = Record<string, string | number | boolean | undefined>;

/** A list of the service, page by page. The first words of `key` say what it holds. */
export function useList<T>(key: string[], path: string, query: Query = {}, enabled = true) {
  return useInfiniteQuery<Page<T>, Problem>({
    queryKey: [...key, path, query],
    enabled,
    initialPageParam: undefined,
    queryFn: ({ pageParam, signal }) =>
      api.get<Page<T>>(path, { limit: 20, ...query, cursor: pageParam as string | undefined }, signal),
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  });
}

export type ListQuery<T> = ReturnType<typeof useList<T>>;
