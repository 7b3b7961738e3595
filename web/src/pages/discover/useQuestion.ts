import { useMemo } from 'react';
import { useSearchParams } from 'react-router';
import { useCollection } from '../../api/collections';
import { type Mode, MODES, type Question } from '../../api/search';

/** The parameters of the address that hold a question. */
export function questionPath(question: Partial<Question>): string {
  const search = new URLSearchParams();
  if (question.query) search.set('q', question.query);
  if (question.collection) search.set('collection', question.collection);
  if (question.mode && question.mode !== 'hybrid') search.set('mode', question.mode);
  if (question.filter) search.set('filter', question.filter);
  if (question.like) search.set('like', question.like);
  return search.size > 0 ? `/?${search}` : '/';
}

/** The question in the address, with the collection it is put to. */
export function useQuestion() {
  const [search] = useSearchParams();
  const named = search.get('collection');
  const { collection, all, error, isPending, refetch } = useCollection(named);
  const mode: Mode = MODES.find((known) => known === search.get('mode')) ?? 'hybrid';
  const query = search.get('q') ?? '';
  const filter = search.get('filter') ?? '';
  const like = search.get('like') ?? undefined;
  const name = collection?.name ?? named ?? '';
  const question = useMemo<Question>(
    () => ({ collection: name, query, mode, filter, like }),
    [name, query, mode, filter, like],
  );
  return { question, collection, all, error, isPending, refetch };
}
