import { Button, Select, SimpleGrid, Text, TextInput } from '@mantine/core';
import type { ClientKind, Explanation, Person } from '@volvox/api';
import { useState, type SubmitEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { client } from '../../../api/client.ts';
import { Card } from '../../page.tsx';
import { ExplanationList } from '../../permissions/explanation-list.tsx';
import { PersonPicker } from '../../permissions/person-picker.tsx';
import { explainPolicy, nodeAt } from './queries.ts';

const clients: readonly ClientKind[] = ['web', 'dav', 'api', 'link'];

interface Answer {
  readonly name: string;
  readonly nodeId: string;
  readonly explanation: Explanation;
}

/** "Would X from address A at time T be allowed?", with everything that decides. */
export function PolicyTest() {
  const { t } = useTranslation();
  const [person, setPerson] = useState<Person | null>(null);
  const [answer, setAnswer] = useState<Answer | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  const submit = async (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (person === null) return;
    const form = new FormData(event.currentTarget);
    const text = (name: string) => String(form.get(name) ?? '').trim();
    setBusy(true);
    setFault(null);
    try {
      const node = await nodeAt(text('path'));
      if (node === null) setFault(t('policies.noPath'));
      else setAnswer({ name: person.name, nodeId: node, explanation: await ask(person, node, text) });
    } catch (error) {
      setFault(explainPolicy(error));
    }
    setBusy(false);
  };

  return (
    <Card title={t('policies.test')} text={t('policies.testText')}>
      <form onSubmit={(event) => void submit(event)}>
        <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm">
          <PersonPicker
            peopleOnly
            label={t('policies.who')}
            placeholder={t('permissions.personPlaceholder')}
            onChoose={setPerson}
          />
          <TextInput
            name="path"
            label={t('policies.path')}
            defaultValue="/common"
            required
            withAsterisk={false}
          />
          <TextInput
            name="address"
            label={t('policies.address')}
            placeholder="192.0.2.7"
            required
            withAsterisk={false}
          />
          <Select
            name="client"
            label={t('policies.by')}
            allowDeselect={false}
            defaultValue="web"
            data={clients.map((value) => ({ value, label: t(`policies.client.${value}`) }))}
          />
          <TextInput name="at" type="datetime-local" label={t('policies.when')} />
        </SimpleGrid>
        <Button type="submit" mt="md" loading={busy} disabled={person === null}>
          {t('policies.ask')}
        </Button>
      </form>
      {fault !== null && (
        <Text size="sm" c="red" mt="sm" role="alert">
          {fault}
        </Text>
      )}
      {answer && fault === null && (
        <ExplanationList name={answer.name} explanation={answer.explanation} nodeId={answer.nodeId} />
      )}
    </Card>
  );
}

function ask(person: Person, node: string, text: (name: string) => string): Promise<Explanation> {
  const at = Date.parse(text('at'));
  const by = clients.find((one) => one === text('client')) ?? 'web';
  return client.call('testPolicies', {
    query: {
      user: person.id,
      node,
      address: text('address'),
      client: by,
      ...(Number.isNaN(at) ? {} : { at }),
    },
  });
}
