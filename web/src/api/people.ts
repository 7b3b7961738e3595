import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, path, type Page, type Problem } from './client';

export interface Person {
  name: string;
  joined_at: string;
  prompts: number;
  followers: number;
  following: number;
  demo: boolean;
  /** What the viewer does with this person; null for the viewer and for anonymous viewers. */
  you: { follows: boolean; muted: boolean; blocked: boolean } | null;
}

export type Tie = 'follow' | 'mute' | 'block';

export function useRandomPeople() {
  return useQuery<Page<Person>, Problem>({
    queryKey: ['people', 'random'],
    queryFn: ({ signal }) => api.get<Page<Person>>('/v1/people', { random: true }, signal),
    staleTime: Infinity,
  });
}

export function usePerson(name: string) {
  return useQuery<Person, Problem>({
    queryKey: ['people', 'one', name],
    queryFn: ({ signal }) => api.get<Person>(path`/v1/people/${name}`, undefined, signal),
  });
}

/** Makes or ends a tie to a person. */
export function useTie() {
  const queries = useQueryClient();
  return useMutation<Person, Problem, { name: string; tie: Tie; on: boolean }>({
    mutationFn: ({ name, tie, on }) => {
      const target = path`/v1/people/${name}/${tie}`;
      return on ? api.put<Person>(target) : api.remove<Person>(target);
    },
    onSuccess: (person) => {
      queries.setQueryData<Person>(['people', 'one', person.name], person);
      queries.setQueryData<Page<Person>>(
        ['people', 'random'],
        (page) =>
          page && {
            ...page,
            items: page.items.map((known) => (known.name === person.name ? person : known)),
          },
      );
      return Promise.all([
        queries.invalidateQueries({
          queryKey: ['people'],
          predicate: ({ queryKey }) => queryKey[1] !== 'random',
        }),
        queries.invalidateQueries({ queryKey: ['prompts'] }),
      ]);
    },
  });
}
