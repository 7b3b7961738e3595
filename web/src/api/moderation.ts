import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api, path, type Problem } from './client';
import type { Role } from './session';

export const ACTIONS = ['dismiss', 'remove_prompt', 'suspend_user'] as const;
export type Action = (typeof ACTIONS)[number];

export interface Report {
  id: number;
  /** What was reported; its `id` is null once it is gone. */
  prompt: { id: number | null; text: string } | null;
  /** Who was reported, or who published the prompt. */
  person: { name: string } | null;
  reason: string;
  /** Null once the account is gone. */
  reporter: string | null;
  created_at: string;
  state: 'open' | 'resolved';
  action: Action | null;
  note: string | null;
  resolved_by: string | null;
}

/** One line of what administrators did. */
export interface AuditEntry {
  id: number;
  at: string;
  actor: string;
  action: string;
  subject: string;
  note: string;
}

export function useResolve() {
  const queries = useQueryClient();
  return useMutation<unknown, Problem, { id: number; action: Action; note: string }>({
    mutationFn: ({ id, action, note }) => api.post(path`/v1/reports/${id}/resolve`, { action, note }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['moderation'] }),
  });
}

export function useSetRole() {
  const queries = useQueryClient();
  return useMutation<unknown, Problem, { name: string; role: Role }>({
    mutationFn: ({ name, role }) => api.patch(path`/v1/users/${name}`, { role }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['moderation'] }),
  });
}

/** A suspended person is logged out and cannot log in; what they published is hidden. */
export function useSuspend() {
  const queries = useQueryClient();
  return useMutation<unknown, Problem, { name: string; suspended: boolean }>({
    mutationFn: ({ name, suspended }) => api.patch(path`/v1/users/${name}`, { suspended }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['moderation'] }),
  });
}

export function useRemoveUser() {
  const queries = useQueryClient();
  return useMutation<unknown, Problem, string>({
    mutationFn: (name) => api.remove(path`/v1/users/${name}`),
    // Not waited for: whoever asked may be gone with what was removed.
    onSuccess: () => void queries.invalidateQueries({ queryKey: ['moderation'] }),
  });
}
