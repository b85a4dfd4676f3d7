/**
 * What dialogs owe those who work by keyboard (WAI-ARIA Authoring Practices, dialog), where the kit does not see to it: when one goes, the focus
 * returns to where it was before, which the kit does for those only that stay mounted while they are closed; and Escape closes the innermost
 * alone, where the kit closes all that are open.
 */

/** What opened a dialog may itself be gone, as an item of a menu is: then it is what was focused before. */
const mostRemembered = 8;

interface Opened {
  readonly dialog: Element;
  /** What was focused before it came, the latest last. */
  readonly before: readonly HTMLElement[];
}

/** To be called before the kit listens to anything. */
export function mindDialogs(): void {
  const focused: HTMLElement[] = [];
  /** From the outermost. */
  const open: Opened[] = [];
  document.addEventListener('focusin', ({ target }) => {
    if (!(target instanceof HTMLElement)) return;
    const dialog = target.closest('[role=dialog]');
    if (dialog !== null && !open.some((one) => one.dialog === dialog))
      open.push({ dialog, before: [...focused] });
    focused.push(target);
    if (focused.length > mostRemembered) focused.shift();
  });
  new MutationObserver(() => {
    while (open.length > 0 && open.at(-1)?.dialog.isConnected === false) giveBack(open.pop());
  }).observe(document.body, { childList: true, subtree: true });
  window.addEventListener('keydown', (event) => closeInnermost(event, open), { capture: true });
}

function giveBack(opened: Opened | undefined): void {
  // Whoever has put it elsewhere meanwhile knows better.
  if (document.activeElement !== document.body && document.activeElement !== null) return;
  opened?.before.findLast((element) => element.isConnected && element.checkVisibility())?.focus();
}

function closeInnermost(event: KeyboardEvent, open: readonly Opened[]): void {
  if (event.key !== 'Escape' || event.isComposing) return;
  const shown = open.filter(({ dialog }) => dialog.isConnected && dialog.checkVisibility());
  // A list that is unfolded in it goes first: so the kit says it.
  const taken =
    event.target instanceof Element && event.target.matches('[data-mantine-stop-propagation=true]');
  const close = shown.at(-1)?.dialog.querySelector<HTMLElement>('.mantine-Modal-close');
  if (shown.length < 2 || taken || !close) return;
  event.stopImmediatePropagation();
  close.click();
}
