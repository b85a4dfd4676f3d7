import { Button, Skeleton, Text } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import type { Node, Person } from '@volvox/api';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { explain } from '../../api/notify.tsx';
import { MoreButton } from '../more-button.tsx';
import { ExplanationList } from './explanation-list.tsx';
import { PersonPicker } from './person-picker.tsx';
import css from './permissions.module.css';
import { RuleDialog, type EditedRule } from './rule-dialog.tsx';
import { RuleHistory } from './rule-history.tsx';
import { GrantLine, OwnRules, RuleLine } from './rule-lists.tsx';
import { mergedRules } from './rule-pages.ts';
import { useRules, useWhy } from './rule-queries.ts';
import { WorkspaceRules } from './workspace-rules.tsx';

/** Who may do what with one file or folder: for a person and why, the rules here and above, and what was set before. */
export default function PermissionsTab({ node }: { readonly node: Node }) {
  const { t } = useTranslation();
  return (
    <>
      <Effective node={node} />
      <Rules node={node} />
      {node.parentId === null && (
        <Unfolded title={t('permissions.everywhere')} show={t('permissions.showEverywhere')}>
          <WorkspaceRules root={node} />
        </Unfolded>
      )}
      <Unfolded title={t('permissions.history')} show={t('permissions.showHistory')}>
        <RuleHistory nodeId={node.id} />
      </Unfolded>
    </>
  );
}

function Effective({ node }: { readonly node: Node }) {
  const { t } = useTranslation();
  const [person, setPerson] = useState<Person | null>(null);
  const { data, error } = useWhy(node.id, person?.id ?? null);
  return (
    <div>
      <PersonPicker
        peopleOnly
        label={t('permissions.person')}
        placeholder={t('permissions.personPlaceholder')}
        onChoose={setPerson}
      />
      {error && (
        <Text size="sm" c="red" mt="xs" role="alert">
          {explain(error)}
        </Text>
      )}
      {person && data && (
        <>
          <ExplanationList name={person.name} explanation={data} nodeId={node.id} />
          {data.steps.some(({ kind }) => kind === 'policy') && (
            <Text size="xs" c="dimmed" mt={6}>
              {t('permissions.unplaced')}
            </Text>
          )}
        </>
      )}
    </div>
  );
}

function Rules({ node }: { readonly node: Node }) {
  const { t } = useTranslation();
  const query = useRules(node.id);
  const data = mergedRules(query.data?.pages);
  const [open, setOpen] = useState<{ readonly rule: EditedRule | null } | null>(null);
  if (query.error)
    return (
      <Text size="sm" c="red" mt="md" role="alert">
        {explain(query.error)}
      </Text>
    );
  if (!data) return <Skeleton height={120} mt="md" />;
  return (
    <>
      <section className={css.section}>
        <h3>{t('permissions.rulesHere')}</h3>
        <Text size="xs" c="dimmed">
          {data.items.length === 0 ? t('permissions.noRules') : t('permissions.rulesHereText')}
        </Text>
        {data.items.length > 0 && (
          <OwnRules
            node={node}
            rules={data.items}
            onEdit={data.settable ? (rule) => setOpen({ rule }) : null}
          />
        )}
        {data.settable ? (
          <Button
            mt="sm"
            size="xs"
            variant="light"
            leftSection={<IconPlus size={15} />}
            onClick={() => setOpen({ rule: null })}
          >
            {t('permissions.add')}
          </Button>
        ) : (
          <Text size="xs" mt="xs">
            {t('permissions.notSettable')}
          </Text>
        )}
      </section>
      {data.grants.length > 0 && (
        <section className={css.section}>
          <h3>{t('permissions.shared')}</h3>
          <Text size="xs" c="dimmed">
            {t('permissions.sharedText')}
          </Text>
          <ul className={css.rules} aria-label={t('permissions.shared')}>
            {data.grants.map((grant) => (
              <li key={grant.id}>
                <GrantLine grant={grant} />
              </li>
            ))}
          </ul>
        </section>
      )}
      {data.inherited.map(({ nodeId, nodeName, rules, grants }) => {
        const place = nodeName || t('permissions.hiddenPlace');
        return (
          <section className={css.section} key={nodeId}>
            <h3>{t('permissions.inheritedFrom', { place })}</h3>
            <ul className={css.rules} aria-label={t('permissions.inheritedFrom', { place })}>
              {rules.map((rule) => (
                <li key={rule.id}>
                  <RuleLine rule={rule} />
                </li>
              ))}
              {grants.map((grant) => (
                <li key={grant.id}>
                  <GrantLine grant={grant} />
                </li>
              ))}
            </ul>
          </section>
        );
      })}
      <MoreButton query={query} />
      {open && <RuleDialog node={node} rule={open.rule} onClose={() => setOpen(null)} />}
    </>
  );
}

interface UnfoldedProps {
  readonly title: string;
  /** What the button says. */
  readonly show: string;
  readonly children: ReactNode;
}

/** What is read only once it is asked for. */
function Unfolded({ title, show, children }: UnfoldedProps) {
  const [shown, setShown] = useState(false);
  return (
    <section className={css.section}>
      <h3>{title}</h3>
      {shown ? (
        children
      ) : (
        <Button mt="xs" size="xs" variant="subtle" onClick={() => setShown(true)}>
          {show}
        </Button>
      )}
    </section>
  );
}
