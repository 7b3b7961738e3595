import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { api, path, type Page, type Problem } from './client';

export const RUN_STATES = ['queued', 'running', 'succeeded', 'failed', 'cancelled'] as const;
export type RunState = (typeof RUN_STATES)[number];

export interface Run {
  id: string;
  kind: string;
  subject: string;
  collection: string | null;
  state: RunState;
  counts: Record<string, number>;
  done: number;
  total: number | null;
  attempts: number;
  error: string | null;
  created_at: string;
  started_at: string | null;
  finished_at: string | null;
  updated_at: string;
  cancel_requested: boolean;
  parent: string | null;
  params: unknown;
}

export interface LogLine {
  seq: number;
  at: string;
  level: 'info' | 'warn' | 'error';
  message: string;
}

export function isOver(run: Run): boolean {
  return run.state !== 'queued' && run.state !== 'running';
}

/** A run with its log, followed live until it ends. */
export function useRun(id: string) {
  const queries = useQueryClient();
  const [lines, setLines] = useState<LogLine[]>([]);
  const query = useQuery<Run, Problem>({
    queryKey: ['runs', 'one', id],
    queryFn: ({ signal }) => api.get<Run>(path`/v1/runs/${id}`, undefined, signal),
  });
  const state = query.data?.state;
  const known = state !== undefined;
  const over = query.data !== undefined && isOver(query.data);

  useEffect(() => {
    if (!known) return;
    const gone = new AbortController();
    const add = (more: LogLine[]) => setLines((old) => merge(old, more));
    api
      .get<Page<LogLine>>(path`/v1/runs/${id}/log`, undefined, gone.signal)
      .then((page) => add(page.items))
      .catch(() => undefined);
    if (over) return () => gone.abort();
    const events = new EventSource(path`/v1/runs/${id}/events`);
    events.addEventListener('update', (event: MessageEvent<string>) => {
      const run = JSON.parse(event.data) as Run;
      queries.setQueryData(['runs', 'one', id], run);
      if (isOver(run)) {
        events.close();
        void queries.invalidateQueries({ queryKey: ['runs', 'list'] });
        void queries.invalidateQueries({ queryKey: ['collections'] });
      }
    });
    events.addEventListener('log', (event: MessageEvent<string>) => add([JSON.parse(event.data) as LogLine]));
    return () => {
      gone.abort();
      events.close();
    };
  }, [id, known, over, queries]);

  return { ...query, lines };
}

function merge(old: LogLine[], more: LogLine[]): LogLine[] {
  const bySeq = new Map([...old, ...more].map((line) => [line.seq, line]));
  return [...bySeq.values()].sort((a, b) => a.seq - b.seq);
}

export function useRunAction(action: 'cancel' | 'retry') {
  const queries = useQueryClient();
  return useMutation<Run, Problem, string>({
    mutationFn: (id) => api.post<Run>(path`/v1/runs/${id}/${action}`),
    onSuccess: (run) => {
      queries.setQueryData(['runs', 'one', run.id], run);
      return queries.invalidateQueries({ queryKey: ['runs', 'list'] });
    },
  });
}
