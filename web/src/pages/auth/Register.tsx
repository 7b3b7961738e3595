import { Link, useLocation } from 'react-router';
import { useIdentity } from '../../api/session';
import { useReader } from '../../i18n';
import { ButtonLink } from '../../ui/Button';
import card from '../../ui/Card.module.css';
import { Empty } from '../../ui/Notice';
import { Page } from '../../ui/Page';
import { AccountForm } from './AccountForm';

export function Register() {
  const { t } = useReader();
  const { search } = useLocation();
  const { identity } = useIdentity();
  if (identity?.registration_open === false) {
    return (
      <Page title={t.auth.register} narrow>
        <Empty title={t.auth.closed} help={t.auth.closedHelp}>
          <ButtonLink to={`/login${search}`}>{t.auth.login}</ButtonLink>
        </Empty>
      </Page>
    );
  }
  return (
    <Page title={t.auth.register} lead={t.auth.registerLead} narrow>
      <AccountForm resource="users" submit={t.auth.register}>
        <p className={card.help}>
          {t.auth.haveAccount} <Link to={`/login${search}`}>{t.auth.login}</Link>
        </p>
      </AccountForm>
    </Page>
  );
}
