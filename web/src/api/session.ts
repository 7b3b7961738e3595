import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, path, type Page, Problem } from './client';

export type Role = 'member' | 'admin';

export interface User {
  name: string;
  role: Role;
  created_at: string;
  demo: boolean;
  suspended: boolean;
}

/** Who asks, and how the service knows. */
export interface Identity {
  user: User | null;
  via: 'session' | 'key' | 'oidc' | 'owner' | null;
  setup_needed: boolean;
  registration_open: boolean;
}

export interface Session {
  id: string;
  created_at: string;
  last_used_at: string;
  expires_at: string;
  address: string | null;
  agent: string | null;
  current: boolean;
}

export interface Credentials {
  name: string;
  password: string;
  setup_token?: string;
}

export interface AccountChange {
  current_password: string;
  name?: string;
  new_password?: string;
}

const KEY = ['session'];

/** Who uses the page; `user` is null until somebody logs in. */
export function useIdentity() {
  const query = useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => api.get<Identity>('/v1/session', undefined, signal),
    staleTime: 60_000,
  });
  const user = query.data?.user ?? null;
  const admin = user?.role === 'admin' || query.data?.via === 'owner';
  return { ...query, identity: query.data, user, admin };
}

/** Logs in (`sessions`) or registers (`users`); afterwards nothing that was read as somebody else is kept. */
export function useEnter(resource: 'sessions' | 'users') {
  const queries = useQueryClient();
  return useMutation<unknown, Problem, Credentials>({
    mutationFn: (credentials) => api.post(`/v1/${resource}`, credentials),
    onSuccess: () => queries.resetQueries(),
  });
}

export function useLogout() {
  const queries = useQueryClient();
  return useMutation<unknown, Problem>({
    mutationFn: () => api.remove('/v1/sessions/current'),
    onSettled: () => queries.resetQueries(),
  });
}

export function useAccountChange() {
  const queries = useQueryClient();
  return useMutation<User, Problem, AccountChange>({
    mutationFn: (change) => api.patch<User>('/v1/me', change),
    onSuccess: () => queries.invalidateQueries(),
  });
}

export function useDeleteAccount() {
  const queries = useQueryClient();
  return useMutation<unknown, Problem, string>({
    mutationFn: (password) => api.remove('/v1/me', { password }),
    onSuccess: () => queries.resetQueries(),
  });
}

export function useSessions() {
  return useQuery<Page<Session>, Problem>({
    queryKey: ['sessions'],
    queryFn: ({ signal }) => api.get<Page<Session>>('/v1/sessions', undefined, signal),
  });
}

/** Ends one session, or with `null` all but this one. */
export function useRevokeSession() {
  const queries = useQueryClient();
  return useMutation<unknown, Problem, string | null>({
    mutationFn: (id) => api.remove(id === null ? '/v1/sessions' : path`/v1/sessions/${id}`),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['sessions'] }),
  });
}
