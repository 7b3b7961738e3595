import { useReader } from '../i18n';
import { ButtonLink } from '../ui/Button';
import { Empty } from '../ui/Notice';
import { Page } from '../ui/Page';

export function NotFound() {
  const { t } = useReader();
  return (
    <Page title={t.notFound.title} narrow>
      <Empty title={t.notFound.help}>
        <ButtonLink look="primary" to="/">
          {t.notFound.home}
        </ButtonLink>
      </Empty>
    </Page>
  );
}
