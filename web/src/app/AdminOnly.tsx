import { Outlet } from 'react-router';
import { Problem } from '../api/client';
import { useIdentity } from '../api/session';
import { useReader } from '../i18n';
import { ButtonLink } from '../ui/Button';
import { Empty, ProblemNotice } from '../ui/Notice';
import { Page } from '../ui/Page';
import { AdminNav } from './AdminNav';
import { PageSkeleton } from './PageSkeleton';

/** Spares everybody else pages whose every request would be refused; the service decides, not this. */
export function AdminOnly() {
  const { t } = useReader();
  const { admin, isPending, error, refetch } = useIdentity();
  if (isPending) return <PageSkeleton />;
  if (admin) {
    return (
      <>
        <AdminNav />
        <Outlet />
      </>
    );
  }
  return (
    <Page title={t.admin.only} narrow>
      {error instanceof Problem ? (
        <ProblemNotice problem={error} onRetry={() => void refetch()} />
      ) : (
        <Empty title={t.admin.only} help={t.admin.onlyHelp}>
          <ButtonLink look="primary" to={`/login?next=${encodeURIComponent(location.pathname)}`}>
            {t.nav.login}
          </ButtonLink>
        </Empty>
      )}
    </Page>
  );
}
