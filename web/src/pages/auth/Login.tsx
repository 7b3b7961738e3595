import { Link, useLocation } from 'react-router';
import { useIdentity } from '../../api/session';
import { useReader } from '../../i18n';
import card from '../../ui/Card.module.css';
import { Page } from '../../ui/Page';
import { AccountForm } from './AccountForm';

export function Login() {
  const { t } = useReader();
  const { search } = useLocation();
  const { user, identity } = useIdentity();
  return (
    <Page title={t.auth.login} lead={user ? t.auth.already(user.name) : t.auth.loginLead} narrow>
      <AccountForm resource="sessions" submit={t.auth.login}>
        {identity?.setup_needed ? (
          <p className={card.help}>
            {t.auth.setupNeeded} <Link to="/setup">{t.auth.setup}</Link>
          </p>
        ) : (
          <p className={card.help}>
            {t.auth.noAccount} <Link to={`/register${search}`}>{t.auth.register}</Link>
          </p>
        )}
      </AccountForm>
    </Page>
  );
}
