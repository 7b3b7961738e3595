/** One answer of the service that is not a success, or no answer at all (`code` = `offline`). */
export class Problem extends Error {
  constructor(
    readonly code: string,
    readonly status: number,
    readonly title: string,
    readonly detail: string,
    readonly requestId?: string,
    /** Seconds after which it makes sense to try again. */
    readonly retryAfter?: number,
  ) {
    super(detail || title);
    this.name = 'Problem';
  }
}

/** A page of a list; `next_cursor` is null on the last one. */
export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

type Query = Record<string, string | number | boolean | undefined>;

interface ProblemBody {
  code?: string;
  title?: string;
  detail?: string;
  request_id?: string;
}

/** `path` with its parts escaped: ``path`/v1/items/${id}` ``. */
export function path(parts: TemplateStringsArray, ...values: (string | number)[]): string {
  return String.raw({ raw: parts }, ...values.map((value) => encodeURIComponent(value)));
}

function address(path: string, query?: Query): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined && value !== '') search.set(name, String(value));
  }
  return search.size > 0 ? `${path}?${search}` : path;
}

async function toProblem(response: Response): Promise<Problem> {
  const body = (await response.json().catch(() => ({}))) as ProblemBody;
  const after = Number(response.headers.get('retry-after'));
  return new Problem(
    body.code ?? 'unknown',
    response.status,
    body.title ?? response.statusText,
    body.detail ?? '',
    body.request_id,
    after > 0 ? after : undefined,
  );
}

async function send(method: string, url: string, body?: unknown, signal?: AbortSignal): Promise<unknown> {
  const form = body instanceof FormData;
  const headers = new Headers({ accept: 'application/json' });
  if (body !== undefined && !form) headers.set('content-type', 'application/json');
  let response: Response;
  try {
    response = await fetch(url, { method, headers, signal, body: form ? body : JSON.stringify(body) });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Problem('offline', 0, '', '');
  }
  if (!response.ok) throw await toProblem(response);
  const text = await response.text();
  return text === '' ? undefined : (JSON.parse(text) as unknown);
}

/** The service's REST face. Paths are absolute; every failure is a {@link Problem}. */
export const api = {
  get: async <T>(path: string, query?: Query, signal?: AbortSignal) =>
    (await send('GET', address(path, query), undefined, signal)) as T,
  post: async <T = void>(path: string, body?: unknown, signal?: AbortSignal) =>
    (await send('POST', path, body, signal)) as T,
  put: async <T = void>(path: string, body?: unknown) => (await send('PUT', path, body)) as T,
  patch: async <T = void>(path: string, body: unknown) => (await send('PATCH', path, body)) as T,
  remove: async <T = void>(path: string, body?: unknown) => (await send('DELETE', path, body)) as T,
};
