import { type ReactNode, useState } from 'react';
import { Form } from 'react-aria-components';
import { useNavigate, useSearchParams } from 'react-router';
import { useEnter } from '../../api/session';
import { useReader } from '../../i18n';
import { Button } from '../../ui/Button';
import card from '../../ui/Card.module.css';
import { Field } from '../../ui/Field';
import { ProblemNotice } from '../../ui/Notice';
import { isShort } from './rules';
import { nextPath } from './next';

interface AccountFormProps {
  /** `sessions` logs in, `users` registers. */
  resource: 'sessions' | 'users';
  submit: string;
  /** Asks for the set-up code too. */
  withToken?: boolean;
  children?: ReactNode;
}

/** Name and password. What is new is checked before it is sent; a login is not, its rules may have changed. */
export function AccountForm({ resource, submit, withToken, children }: AccountFormProps) {
  const { t } = useReader();
  const [search] = useSearchParams();
  const navigate = useNavigate();
  const enter = useEnter(resource);
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [token, setToken] = useState(search.get('token') ?? '');
  const fresh = resource === 'users';
  return (
    <div className={card.card}>
      <Form
        onSubmit={(event) => {
          event.preventDefault();
          const setup_token = withToken ? token.trim() : undefined;
          // A promise: the callbacks of `mutate` are dropped where the form gives way to “already done”.
          void enter.mutateAsync({ name: name.trim(), password, setup_token }).then(
            () => navigate(nextPath(search), { replace: true }),
            () => undefined,
          );
        }}
      >
        {withToken && (
          <Field
            label={t.auth.token}
            name="token"
            value={token}
            onChange={setToken}
            isRequired
            mono
            autoComplete="off"
          />
        )}
        <Field
          label={t.auth.name}
          name="name"
          help={fresh ? t.auth.nameHelp : undefined}
          value={name}
          onChange={setName}
          isRequired
          autoComplete="username"
          spellCheck="false"
          validate={(value) =>
            fresh && !/^[\p{L}\p{M}\p{N}_.-]{3,32}$/u.test(value.trim().normalize('NFKC'))
              ? t.auth.nameRule
              : null
          }
        />
        <Field
          label={t.auth.password}
          name="password"
          type="password"
          help={fresh ? t.auth.passwordHelp : undefined}
          value={password}
          onChange={setPassword}
          isRequired
          autoComplete={fresh ? 'new-password' : 'current-password'}
          validate={(value) => (fresh && isShort(value) ? t.auth.passwordRule : null)}
        />
        {enter.error && <ProblemNotice problem={enter.error} />}
        <Button type="submit" look="primary" isPending={enter.isPending}>
          {submit}
        </Button>
      </Form>
      {children}
    </div>
  );
}
