import { type ReactNode } from 'react';
import { Button as AriaButton, type ButtonProps as AriaProps } from 'react-aria-components';
import { Link, type LinkProps } from 'react-router';
import styles from './Button.module.css';

type Look = 'primary' | 'plain' | 'quiet' | 'danger';
type Size = 'normal' | 'small';

interface Appearance {
  look?: Look;
  size?: Size;
}

function classes({ look = 'plain', size = 'normal' }: Appearance, extra?: string): string {
  return [styles.button, styles[look], styles[size], extra].filter(Boolean).join(' ');
}

interface ButtonProps extends Omit<AriaProps, 'className' | 'children'>, Appearance {
  children: ReactNode;
  className?: string;
}

/**
 * Does something. While `isPending` it keeps its place and the focus, and does nothing. (The library's own pending state
 * leaves an announcement without a name behind when the button goes away meanwhile.)
 */
export function Button({ look, size, className, isPending = false, ...props }: ButtonProps) {
  return (
    <AriaButton
      {...props}
      type={isPending ? 'button' : props.type}
      onPress={isPending ? undefined : props.onPress}
      data-pending={isPending || undefined}
      className={classes({ look, size }, className)}
    />
  );
}

/** Goes somewhere, looking like a button. */
export function ButtonLink({ look, size, className, ...props }: LinkProps & Appearance) {
  return <Link {...props} className={classes({ look, size }, className)} />;
}
