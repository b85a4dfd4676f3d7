/** The page of a public link: an entry of its own, so that a visitor's phone loads nothing of the application. */
import '@mantine/core/styles.css';
import './theme/fonts.css';
import './theme/base.css';
import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { createRoot } from 'react-dom/client';
import { textsReady } from './i18n/index.ts';
import { language } from './i18n/language.ts';
import { mindDialogs } from './shell/dialogs.ts';
import { cssVariables, theme } from './theme/theme.ts';

const root = document.getElementById('root');
if (!root) throw new Error('share.html lacks #root');

document.documentElement.lang = language;
mindDialogs();
await textsReady;
const { PublicApp } = await import('./screens/public/public-app.tsx'); // its modules ask for texts while they load
const queries = new QueryClient({ defaultOptions: { queries: { retry: false, staleTime: 30_000 } } });

createRoot(root).render(
  <MantineProvider theme={theme} cssVariablesResolver={cssVariables} defaultColorScheme="auto">
    <QueryClientProvider client={queries}>
      <PublicApp />
    </QueryClientProvider>
  </MantineProvider>,
);
