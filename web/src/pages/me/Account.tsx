import { useState } from 'react';
import { Form } from 'react-aria-components';
import { useNavigate } from 'react-router';
import { useAccountChange, useDeleteAccount, type User } from '../../api/session';
import { useReader } from '../../i18n';
import { Button } from '../../ui/Button';
import card from '../../ui/Card.module.css';
import { Confirm } from '../../ui/Dialog';
import { Field } from '../../ui/Field';
import { ProblemNotice, Success } from '../../ui/Notice';
import { useToast } from '../../ui/Toast';
import { isShort } from '../auth/rules';

export function Account({ user }: { user: User }) {
  return (
    <>
      <Rename user={user} />
      <Password />
      <Delete />
    </>
  );
}

function Rename({ user }: { user: User }) {
  const { t } = useReader();
  const change = useAccountChange();
  const [name, setName] = useState(user.name);
  const [password, setPassword] = useState('');
  return (
    <section className={card.card}>
      <h2>{t.me.rename}</h2>
      <p className={card.help}>{t.me.renameHelp}</p>
      <Form
        onSubmit={(event) => {
          event.preventDefault();
          change.mutate(
            { current_password: password, name: name.trim() },
            { onSuccess: () => setPassword('') },
          );
        }}
      >
        <Field
          label={t.me.newName}
          help={t.auth.nameHelp}
          value={name}
          onChange={setName}
          isRequired
          autoComplete="username"
        />
        <Field
          label={t.me.currentPassword}
          type="password"
          value={password}
          onChange={setPassword}
          isRequired
          autoComplete="current-password"
        />
        {change.error && <ProblemNotice problem={change.error} />}
        {change.isSuccess && <Success>{t.me.renamed}</Success>}
        <Button
          type="submit"
          look="primary"
          isPending={change.isPending}
          isDisabled={name.trim() === user.name}
        >
          {t.me.rename}
        </Button>
      </Form>
    </section>
  );
}

function Password() {
  const { t } = useReader();
  const change = useAccountChange();
  const [old, setOld] = useState('');
  const [fresh, setFresh] = useState('');
  return (
    <section className={card.card}>
      <h2>{t.me.password}</h2>
      <p className={card.help}>{t.me.passwordHelp}</p>
      <Form
        onSubmit={(event) => {
          event.preventDefault();
          change.mutate(
            { current_password: old, new_password: fresh },
            {
              onSuccess: () => {
                setOld('');
                setFresh('');
              },
            },
          );
        }}
      >
        <Field
          label={t.me.currentPassword}
          type="password"
          value={old}
          onChange={setOld}
          isRequired
          autoComplete="current-password"
        />
        <Field
          label={t.me.newPassword}
          type="password"
          help={t.auth.passwordHelp}
          value={fresh}
          onChange={setFresh}
          isRequired
          autoComplete="new-password"
          validate={(value) => (isShort(value) ? t.auth.passwordRule : null)}
        />
        {change.error && <ProblemNotice problem={change.error} />}
        {change.isSuccess && <Success>{t.me.passwordChanged}</Success>}
        <Button type="submit" look="primary" isPending={change.isPending}>
          {t.me.password}
        </Button>
      </Form>
    </section>
  );
}

function Delete() {
  const { t } = useReader();
  const remove = useDeleteAccount();
  const [asking, setAsking] = useState(false);
  const [password, setPassword] = useState('');
  const navigate = useNavigate();
  const say = useToast();
  return (
    <section className={card.card}>
      <h2>{t.me.delete}</h2>
      <p className={card.help}>{t.me.deleteHelp}</p>
      <div>
        <Button look="danger" onPress={() => setAsking(true)}>
          {t.me.delete}
        </Button>
      </div>
      <Confirm
        title={t.me.deleteTitle}
        help={t.me.deleteHelp}
        action={t.me.deleteDo}
        isOpen={asking}
        onClose={() => setAsking(false)}
        isPending={remove.isPending}
        problem={remove.error}
        onConfirm={() =>
          // A promise: the callbacks of `mutate` are dropped with this form, which goes with the account.
          void remove.mutateAsync(password).then(
            () => {
              say(t.me.deleted);
              return navigate('/');
            },
            () => undefined,
          )
        }
      >
        <Field
          label={t.me.currentPassword}
          type="password"
          value={password}
          onChange={setPassword}
          isRequired
          autoComplete="current-password"
        />
      </Confirm>
    </section>
  );
}
