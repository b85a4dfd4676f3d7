import '@mantine/core/styles.css';
import '@mantine/notifications/styles.css';
import './theme/fonts.css';
import './theme/base.css';
import { MantineProvider } from '@mantine/core';
import { ModalsProvider } from '@mantine/modals';
import { Notifications } from '@mantine/notifications';
import { QueryClientProvider } from '@tanstack/react-query';
import { createRoot } from 'react-dom/client';
import { queryClient } from './api/query-client.ts';
import { t, textsReady } from './i18n/index.ts';
import { language } from './i18n/language.ts';
import { mindDialogs } from './shell/dialogs.ts';
import { cssVariables, theme } from './theme/theme.ts';

const root = document.getElementById('root');
if (!root) throw new Error('index.html lacks #root');

document.documentElement.lang = language;
mindDialogs();
await textsReady;
const { App } = await import('./app.tsx'); // its modules ask for texts while they load

createRoot(root).render(
  <MantineProvider theme={theme} cssVariablesResolver={cssVariables} defaultColorScheme="auto">
    <QueryClientProvider client={queryClient}>
      <ModalsProvider modalProps={{ closeButtonProps: { 'aria-label': t('common.close') } }}>
        <Notifications position="bottom-center" limit={4} zIndex={400} containerWidth={400} />
        <App />
      </ModalsProvider>
    </QueryClientProvider>
  </MantineProvider>,
);
