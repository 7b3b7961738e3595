import { type InfiniteData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, path, type Page, type Problem } from './client';
import type { Mode } from './search';

/** A question that somebody published. */
export interface Prompt {
  id: number;
  text: string;
  author: string;
  collection: string | null;
  mode: Mode | null;
  filter: string | null;
  likes: number;
  created_at: string;
  edited_at: string | null;
  original: { id: number; author: string } | null;
  liked: boolean;
  /** Made for show. */
  demo: boolean;
}

export interface NewPrompt {
  text: string;
  collection?: string;
  mode?: Mode;
  filter?: string;
}

interface Liked {
  likes: number;
  liked: boolean;
  republished?: number | null;
}

export function usePrompt(id: string) {
  return useQuery<Prompt, Problem>({
    queryKey: ['prompts', 'one', Number(id)],
    queryFn: ({ signal }) => api.get<Prompt>(path`/v1/prompts/${id}`, undefined, signal),
  });
}

/** Everything that shows prompts: lists, the feed, people's counts. */
function useStale() {
  const queries = useQueryClient();
  return () =>
    Promise.all(['prompts', 'people'].map((key) => queries.invalidateQueries({ queryKey: [key] })));
}

export function usePublish() {
  const stale = useStale();
  return useMutation<Prompt, Problem, NewPrompt>({
    mutationFn: (prompt) => api.post<Prompt>('/v1/prompts', prompt),
    onSuccess: stale,
  });
}

export function useEditPrompt() {
  const stale = useStale();
  return useMutation<Prompt, Problem, { id: number; text: string }>({
    mutationFn: ({ id, text }) => api.patch<Prompt>(path`/v1/prompts/${id}`, { text }),
    onSuccess: stale,
  });
}

export function useDeletePrompt() {
  const stale = useStale();
  return useMutation<unknown, Problem, number>({
    mutationFn: (id) => api.remove(path`/v1/prompts/${id}`),
    // Not waited for: whoever asked may be gone with the prompt.
    onSuccess: () => void stale(),
  });
}

type Cached = Prompt | InfiniteData<Page<Prompt>>;

function patched(cached: Cached | undefined, id: number, change: Partial<Prompt>): Cached | undefined {
  const patch = (prompt: Prompt) => (prompt.id === id ? { ...prompt, ...change } : prompt);
  if (cached === undefined) return undefined;
  if (!('pages' in cached)) return patch(cached);
  const pages = cached.pages.map((page) => ({ ...page, items: page.items.map(patch) }));
  return { ...cached, pages };
}

/** Likes or unlikes. The count changes in place; lists are not reordered under the reader's hand. */
export function useLike() {
  const queries = useQueryClient();
  const patch = (id: number, change: Partial<Prompt>) =>
    queries.setQueriesData<Cached>({ queryKey: ['prompts'] }, (cached) => patched(cached, id, change));
  return useMutation<Liked, Problem, Prompt>({
    mutationFn: (prompt) => {
      const like = path`/v1/prompts/${prompt.id}/like`;
      return prompt.liked ? api.remove<Liked>(like) : api.put<Liked>(like);
    },
    onMutate: (prompt) =>
      patch(prompt.id, { liked: !prompt.liked, likes: prompt.likes + (prompt.liked ? -1 : 1) }),
    onSuccess: ({ likes, liked }, prompt) => patch(prompt.id, { likes, liked }),
    onError: (_, prompt) => patch(prompt.id, { likes: prompt.likes, liked: prompt.liked }),
  });
}

export function useReport() {
  return useMutation<unknown, Problem, { target: string; reason: string }>({
    mutationFn: ({ target, reason }) => api.post(`${target}/reports`, { reason }),
  });
}
