import { useIdentity } from '../../api/session';
import { useReader } from '../../i18n';
import { ButtonLink } from '../../ui/Button';
import { Empty } from '../../ui/Notice';
import { Page } from '../../ui/Page';
import { AccountForm } from './AccountForm';

/** The first administrator, by the code that the first start printed. */
export function SetUp() {
  const { t } = useReader();
  const { identity } = useIdentity();
  if (identity?.setup_needed === false) {
    return (
      <Page title={t.auth.setup} narrow>
        <Empty title={t.auth.setupDone} help={t.auth.setupDoneHelp}>
          <ButtonLink look="primary" to="/login">
            {t.auth.login}
          </ButtonLink>
        </Empty>
      </Page>
    );
  }
  return (
    <Page title={t.auth.setup} lead={t.auth.setupLead} narrow>
      <AccountForm resource="users" submit={t.auth.setupDo} withToken />
    </Page>
  );
}
