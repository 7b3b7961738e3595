import { useLocation } from 'react-router';
import { useReader } from '../../i18n';
import { ButtonLink } from '../../ui/Button';
import { Empty } from '../../ui/Notice';
import { Page } from '../../ui/Page';

interface LoginFirstProps {
  page: string;
  title: string;
  help: string;
}

/** A page that is somebody's own, seen by nobody in particular. */
export function LoginFirst({ page, title, help }: LoginFirstProps) {
  const { t } = useReader();
  const { pathname, search } = useLocation();
  const next = `?next=${encodeURIComponent(pathname + search)}`;
  return (
    <Page title={page} narrow>
      <Empty title={title} help={help}>
        <ButtonLink look="primary" to={`/login${next}`}>
          {t.nav.login}
        </ButtonLink>
        <ButtonLink look="quiet" to={`/register${next}`}>
          {t.nav.register}
        </ButtonLink>
      </Empty>
    </Page>
  );
}
