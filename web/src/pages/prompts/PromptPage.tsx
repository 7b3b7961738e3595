import { useMemo, useState } from 'react';
import { useNavigate, useParams } from 'react-router';
import { useCollection } from '../../api/collections';
import { type Prompt, useDeletePrompt, usePrompt } from '../../api/prompts';
import { type Question, useAnswer } from '../../api/search';
import { useIdentity } from '../../api/session';
import { useReader } from '../../i18n';
import { Button, ButtonLink } from '../../ui/Button';
import { Confirm } from '../../ui/Dialog';
import { ProblemNotice } from '../../ui/Notice';
import { Page } from '../../ui/Page';
import { SkeletonList } from '../../ui/Skeleton';
import { useToast } from '../../ui/Toast';
import { questionPath } from '../discover/useQuestion';
import { Results } from '../results/Results';
import { AskedWith } from './AskedWith';
import { EditDialog } from './EditDialog';
import { Byline, LikeButton } from './PromptCard';
import { ReportDialog } from './ReportDialog';
import styles from './Prompts.module.css';

/** A prompt with what it finds now. */
export function PromptPage() {
  const { id = '' } = useParams();
  const { t } = useReader();
  const prompt = usePrompt(id);
  return (
    <Page title={prompt.data?.text ?? t.prompt.title} narrow>
      {prompt.isPending && <SkeletonList />}
      {prompt.error && <ProblemNotice problem={prompt.error} onRetry={() => void prompt.refetch()} />}
      {prompt.data && <Opened prompt={prompt.data} />}
    </Page>
  );
}

function Opened({ prompt }: { prompt: Prompt }) {
  const { t } = useReader();
  const { collection, error } = useCollection(prompt.collection);
  const question = useMemo<Question>(
    () => ({
      collection: prompt.collection ?? collection?.name ?? '',
      query: prompt.text,
      mode: prompt.mode ?? 'hybrid',
      filter: prompt.filter ?? '',
    }),
    [prompt, collection?.name],
  );
  const answer = useAnswer(collection && question);
  return (
    <>
      <div className={styles.opened}>
        <Byline prompt={prompt} />
        <AskedWith {...prompt} />
        <div className={styles.actions}>
          <LikeButton prompt={prompt} />
          <ButtonLink size="small" to={questionPath(question)}>
            {t.prompt.open}
          </ButtonLink>
          <PromptActions prompt={prompt} />
        </div>
      </div>
      <h2>{t.prompt.finds}</h2>
      {error && <ProblemNotice problem={error} />}
      <Results answer={answer} collection={collection} question={question} />
    </>
  );
}

/** Edit and delete for the author, delete for an administrator, report for everybody else. */
export function PromptActions({ prompt }: { prompt: Prompt }) {
  const { t } = useReader();
  const { user, admin } = useIdentity();
  const [open, setOpen] = useState<'edit' | 'delete' | 'report' | null>(null);
  const remove = useDeletePrompt();
  const say = useToast();
  const navigate = useNavigate();
  const close = () => setOpen(null);
  const mine = user?.name === prompt.author;
  return (
    <>
      {mine && (
        <Button size="small" onPress={() => setOpen('edit')}>
          {t.common.edit}
        </Button>
      )}
      {(mine || admin) && (
        <Button size="small" look="danger" onPress={() => setOpen('delete')}>
          {t.common.delete}
        </Button>
      )}
      {user !== null && !mine && (
        <Button size="small" look="quiet" onPress={() => setOpen('report')}>
          {t.prompt.report}
        </Button>
      )}
      {open === 'edit' && <EditDialog prompt={prompt} onClose={close} />}
      {open === 'report' && <ReportDialog target={`/v1/prompts/${prompt.id}`} onClose={close} />}
      <Confirm
        title={t.prompt.delete}
        help={t.prompt.deleteHelp}
        action={t.common.delete}
        isOpen={open === 'delete'}
        onClose={close}
        isPending={remove.isPending}
        problem={remove.error}
        onConfirm={() =>
          remove.mutate(prompt.id, {
            onSuccess: () => {
              close();
              say(t.prompt.deleted);
              if (location.pathname.startsWith('/prompts/')) void navigate('/prompts');
            },
          })
        }
      />
    </>
  );
}
