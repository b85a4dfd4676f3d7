import {
  createTheme,
  defaultVariantColorsResolver,
  type CSSVariablesResolver,
  type MantineColorsTuple,
  type VariantColorsResolver,
} from '@mantine/core';

/** The one accent: the green of a colony in the light. */
const volvox: MantineColorsTuple = [
  '#e9f8f0',
  '#d2f0e0',
  '#a6e2c5',
  '#76d2a7',
  '#4dc18c',
  '#2faa74',
  '#1f8e5f',
  '#19734d',
  '#145a3d',
  '#0d3f2b',
];
/** Neutrals lean towards the accent, so that surfaces and text belong together. */
const gray: MantineColorsTuple = [
  '#f5f7f5',
  '#ecf0ed',
  '#e1e7e3',
  '#d0d8d3',
  '#b0bab4',
  '#88938d',
  '#606b65',
  '#48524d',
  '#313936',
  '#19201d',
];
const dark: MantineColorsTuple = [
  '#e2e9e5',
  '#c5cfca',
  '#9faaa4',
  '#727e78',
  '#3a4540',
  '#29322e',
  '#1c2421',
  '#151b19',
  '#0e1311',
  '#090d0b',
];

/** Filled parts take their text colour from the scheme, not from the light scheme's shade; red is dark enough for white text. */
const variantColorResolver: VariantColorsResolver = (input) => {
  const colors = defaultVariantColorsResolver(input);
  if (input.variant !== 'filled') return colors;
  const color = input.color ?? input.theme.primaryColor;
  if (color === 'volvox') return { ...colors, color: 'var(--mantine-primary-color-contrast)' };
  if (color === 'red') return { ...colors, background: '#b3261e', hover: '#98201a', color: '#ffffff' };
  return colors;
};

export const theme = createTheme({
  variantColorResolver,
  primaryColor: 'volvox',
  primaryShade: { light: 7, dark: 4 },
  autoContrast: true,
  luminanceThreshold: 0.32,
  colors: { volvox, gray, dark },
  white: '#ffffff',
  black: '#131a17',
  fontFamily:
    '"Inter Variable", Inter, "SF Pro Text", "Segoe UI Variable Text", "Segoe UI", system-ui, -apple-system, Roboto, "Noto Sans", sans-serif',
  fontFamilyMonospace:
    'ui-monospace, "SF Mono", "Cascadia Code", "JetBrains Mono", Menlo, Consolas, monospace',
  headings: {
    fontWeight: '620',
    sizes: {
      h1: { fontSize: '1.375rem', lineHeight: '1.25' },
      h2: { fontSize: '1.0625rem', lineHeight: '1.35' },
      h3: { fontSize: '0.9375rem', lineHeight: '1.4' },
    },
  },
  fontSizes: { xs: '0.75rem', sm: '0.8438rem', md: '0.9375rem', lg: '1.0625rem', xl: '1.25rem' },
  radius: { xs: '4px', sm: '7px', md: '10px', lg: '14px', xl: '20px' },
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  focusRing: 'auto',
  shadows: {
    xs: '0 1px 2px rgb(16 32 24 / 6%)',
    sm: '0 1px 2px rgb(16 32 24 / 5%), 0 2px 8px rgb(16 32 24 / 5%)',
    md: '0 2px 6px rgb(16 32 24 / 6%), 0 12px 32px rgb(16 32 24 / 10%)',
    lg: '0 4px 10px rgb(16 32 24 / 7%), 0 24px 56px rgb(16 32 24 / 16%)',
  },
  components: {
    Button: { defaultProps: { size: 'sm' } },
    ActionIcon: { defaultProps: { variant: 'subtle', color: 'gray' } },
    Tooltip: { defaultProps: { openDelay: 400, withArrow: false, fz: 'xs', radius: 'sm' } },
    Modal: {
      styles: {
        title: {
          fontSize: '1.0625rem',
          fontWeight: 620,
          letterSpacing: '-0.015em',
          overflowWrap: 'anywhere',
        },
      },
      defaultProps: {
        centered: true,
        radius: 'lg',
        shadow: 'lg',
        padding: 'lg',
        overlayProps: { backgroundOpacity: 0.4, blur: 2 },
      },
    },
    Drawer: { defaultProps: { shadow: 'lg', overlayProps: { backgroundOpacity: 0.3 } } },
    Checkbox: { defaultProps: { radius: 5 } },
    // Centred, a list begins in the middle of its field before its width is known; on a phone that makes the whole page wider.
    Combobox: { defaultProps: { position: 'bottom-start' } },
    Menu: {
      defaultProps: {
        withInitialFocusPlaceholder: false,
        radius: 'md',
        shadow: 'md',
        transitionProps: { duration: 90 },
      },
    },
    Notification: { defaultProps: { radius: 'md' } },
  },
});

/** Colours that the components name; both schemes keep at least 4.5:1 for text. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--vx-canvas': '#f1f4f1',
    '--vx-panel': '#ffffff',
    '--vx-line': '#e3e9e5',
    '--vx-hover': '#f3f6f4',
    '--vx-selected': '#e1f3e9',
    '--vx-selected-hover': '#d6eee2',
    '--vx-accent-text': '#145f40',
    '--vx-drop': 'rgb(25 115 77 / 8%)',
    '--vx-folder': '#2c8a61',
    '--mantine-color-dimmed': '#5c6761',
    '--mantine-color-placeholder': '#66716b',
    '--mantine-color-anchor': '#145f40',
    '--mantine-color-error': '#b3261e',
    '--mantine-color-default-border': '#d5ddd8',
  },
  dark: {
    '--vx-canvas': '#0c110f',
    '--vx-panel': '#141a18',
    '--vx-line': '#232c28',
    '--vx-hover': '#1a2220',
    '--vx-selected': '#17352a',
    '--vx-selected-hover': '#1b3f31',
    '--vx-accent-text': '#6fd3a6',
    '--vx-drop': 'rgb(77 193 140 / 10%)',
    '--vx-folder': '#4dc18c',
    '--mantine-color-body': '#141a18',
    '--mantine-color-volvox-light': 'rgb(77 193 140 / 16%)',
    '--mantine-color-volvox-light-hover': 'rgb(77 193 140 / 22%)',
    '--mantine-color-volvox-light-color': '#8fe0b9',
    '--mantine-color-dimmed': '#9fada6',
    '--mantine-color-placeholder': '#8b9992',
    '--mantine-color-anchor': '#6fd3a6',
    '--mantine-color-error': '#ff8f85',
    '--mantine-color-default-border': '#303b36',
  },
});
