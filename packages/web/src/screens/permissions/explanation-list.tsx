import { Text } from '@mantine/core';
import type { Explanation, ExplanationStep } from '@volvox/api';
import { useTranslation } from 'react-i18next';
import { formatDateTime } from '../../i18n/format.ts';
import css from './permissions.module.css';
import { wordsOf } from './rights.ts';

interface Props {
  readonly name: string;
  readonly explanation: Explanation;
  /** The node that was asked about: shown as "here". */
  readonly nodeId: string;
}

/** What somebody may do, and each rule, grant and policy that led to it. */
export function ExplanationList({ name, explanation, nodeId }: Props) {
  const { t } = useTranslation();
  const { permissions, steps } = explanation;
  return (
    <div aria-live="polite">
      <Text fw={550} mt="sm">
        {permissions.length === 0
          ? t('permissions.mayNothing', { name })
          : t('permissions.may', { name, rights: wordsOf(permissions) })}
      </Text>
      {steps.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t('permissions.whyNothing')}
        </Text>
      ) : (
        <ol className={css.steps} aria-label={t('permissions.why')}>
          {steps.map((step, index) => (
            <li key={`${index}-${step.nodeId}`} data-silent={isSilent(step) || undefined}>
              <div className={css.who}>
                <Who step={step} />{' '}
                <span className={css.place}>
                  <Place step={step} nodeId={nodeId} />
                </span>
              </div>
              <div className={css.what}>
                <What step={step} />
              </div>
            </li>
          ))}
        </ol>
      )}
    </div>
  );
}

/** Has no say in the outcome. */
function isSilent({ outcomes }: ExplanationStep): boolean {
  return outcomes.every(
    (one) => one === 'silenced_nearer' || one === 'silenced_stronger' || one === 'not_now',
  );
}

function Who({ step }: { readonly step: ExplanationStep }) {
  const { t } = useTranslation();
  if (step.kind === 'confinement') return t('permissions.confinement');
  if (step.kind === 'policy')
    return `${t('permissions.policy', { name: step.policyName ?? '' })} · ${step.roleName}`;
  if (step.kind === 'grant') return `${t(`permissions.source.${step.source ?? 'share'}`)} · ${step.roleName}`;
  return step.roleName;
}

function Place({ step, nodeId }: { readonly step: ExplanationStep; readonly nodeId: string }) {
  const { t } = useTranslation();
  if (step.nodeId === nodeId) return t('permissions.here');
  return t('permissions.at', { place: step.nodeName || t('permissions.hiddenPlace') });
}

function What({ step }: { readonly step: ExplanationStep }) {
  const { t } = useTranslation();
  const said = step.outcomes.map((outcome) => {
    if (outcome === 'limits')
      return step.allow.length === 0
        ? t('permissions.limitsNothing')
        : t('permissions.limits', { rights: wordsOf(step.allow) });
    if (outcome === 'silenced_nearer' || outcome === 'silenced_stronger')
      return `${t('permissions.allows', { rights: wordsOf(step.allow) })} – ${t(`permissions.${outcome}`)}`;
    return t(`permissions.${outcome}`, { rights: wordsOf(outcome === 'denies' ? step.deny : step.allow) });
  });
  if (step.until) said.push(t('permissions.until', { when: formatDateTime(step.until) }));
  return said.join('; ');
}
