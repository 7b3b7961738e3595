import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { api, path, type Problem } from './client';

export const MODES = ['hybrid', 'vector', 'text'] as const;
export type Mode = (typeof MODES)[number];

export type ItemFields = Record<string, unknown>;

export interface Signal {
  rank: number;
  score: number;
}

export interface Hit {
  id: string;
  score: number;
  item: ItemFields;
  why: { vector: Signal | null; text: Signal | null; highlights: Record<string, string[]> };
}

export interface FacetCounts {
  field: string;
  values: { value: string | number | boolean; count: number }[];
  range?: [number, number];
}

export interface SearchAnswer {
  hits: Hit[];
  total: number;
  total_exact: boolean;
  facets: FacetCounts[];
  took_ms: number;
  version: number;
  degraded?: string;
}

/** A question as the address holds it. `like` asks for neighbours of an item instead of an answer to `query`. */
export interface Question {
  collection: string;
  query: string;
  mode: Mode;
  filter: string;
  like?: string;
}

interface SearchBody {
  query?: string;
  mode?: Mode;
  filter?: string;
  facets?: { field: string; limit: number }[];
  limit?: number;
  offset?: number;
  fields?: string[];
}

const PAGE = 12;

function search(collection: string, body: SearchBody, signal?: AbortSignal): Promise<SearchAnswer> {
  return api.post<SearchAnswer>(path`/v1/collections/${collection}/search`, body, signal);
}

function ask(question: Question, offset: number, limit: number, signal: AbortSignal): Promise<SearchAnswer> {
  const filter = question.filter || undefined;
  if (question.like !== undefined) {
    const target = path`/v1/collections/${question.collection}/items/${question.like}/similar`;
    return api.get<SearchAnswer>(target, { filter, limit, offset }, signal);
  }
  const query = question.query || undefined;
  return search(question.collection, { query, mode: question.mode, filter, limit, offset }, signal);
}

/** The answer to a question, page by page; an old answer stays until the new one is there. */
export function useAnswer(question: Question | undefined, limit = PAGE) {
  return useInfiniteQuery<SearchAnswer, Problem>({
    queryKey: ['search', question, limit],
    enabled: question !== undefined,
    initialPageParam: 0,
    queryFn: ({ pageParam, signal }) => {
      if (question === undefined) throw new Error('a disabled query does not run');
      return ask(question, pageParam as number, limit, signal);
    },
    getNextPageParam: (last, pages) => {
      const shown = pages.reduce((sum, page) => sum + page.hits.length, 0);
      return last.hits.length === limit && shown < last.total ? shown : undefined;
    },
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  });
}

/** Counts of fields over all items that match `question`. */
export function useFacets(question: Question, fields: string[], limit: number) {
  const { collection, query, mode, filter } = question;
  return useQuery<FacetCounts[], Problem>({
    queryKey: ['facets', collection, query, mode, filter, fields, limit],
    enabled: fields.length > 0,
    queryFn: async ({ signal }) => {
      const body: SearchBody = {
        query: query || undefined,
        mode,
        filter: filter || undefined,
        facets: fields.map((field) => ({ field, limit })),
        limit: 1,
      };
      return (await search(collection, body, signal)).facets;
    },
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  });
}

/** Items without a question: what the collection looks like. */
export function useSample(collection: string | undefined, fields: string[], limit: number) {
  return useQuery<Hit[], Problem>({
    queryKey: ['sample', collection, fields, limit],
    enabled: collection !== undefined && fields.length > 0,
    queryFn: async ({ signal }) => (await search(collection ?? '', { limit, fields }, signal)).hits,
    staleTime: Infinity,
  });
}

export interface Item {
  id: string;
  item: ItemFields;
}

export function useItem(collection: string, id: string | undefined) {
  return useQuery<Item, Problem>({
    queryKey: ['item', collection, id],
    enabled: id !== undefined,
    queryFn: ({ signal }) =>
      api.get<Item>(path`/v1/collections/${collection}/items/${id ?? ''}`, undefined, signal),
  });
}
