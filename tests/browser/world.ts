/** What the browser tests share: one server behind a line that may be slow or cut, one browser, one page, and hands on the list. */
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { dropFromOutside, eventually, launch, visit, type Visit } from './browser.ts';
import { openLine, type Line } from './line.ts';
import { startFreshServer, type FreshServer } from './server.ts';

export const password = 'a colony of green cells';

interface Started {
  readonly server: FreshServer;
  readonly line: Line;
  readonly browser: Browser;
  readonly at: Visit;
  readonly samples: string;
}

export class World {
  private started: Started | null = null;

  async start(): Promise<void> {
    const samples = await mkdtemp(path.join(tmpdir(), 'volvox-samples-'));
    const server = await startFreshServer();
    const line = await openLine(new URL(server.url));
    const browser = await launch();
    this.started = { server, line, browser, samples, at: await visit(browser) };
  }
  async stop(): Promise<void> {
    if (!this.started) return;
    const { server, line, browser, samples } = this.started;
    await browser.close();
    await line.close();
    await server.stop();
    await rm(samples, { recursive: true, force: true });
  }

  get server(): FreshServer {
    return this.parts().server;
  }
  /** Between `lineUrl` and the server. */
  get line(): Line {
    return this.parts().line;
  }
  get browser(): Browser {
    return this.parts().browser;
  }
  get page(): Page {
    return this.parts().at.page;
  }
  get faults(): readonly string[] {
    return this.parts().at.faults;
  }
  get samples(): string {
    return this.parts().samples;
  }

  row(name: string): Locator {
    return this.page.getByRole('row').filter({ has: this.page.getByText(name, { exact: true }) });
  }
  grid(): Locator {
    return this.page.getByRole('grid');
  }
  async open(name: string): Promise<void> {
    await this.row(name).dblclick();
    await this.page.getByRole('heading', { level: 1, name }).waitFor();
  }
  /** `url`: the server itself, or its line. */
  async goHome(url = this.server.url): Promise<void> {
    await this.page.goto(url);
    await this.grid().or(this.page.getByText('Nothing here yet')).first().waitFor();
  }
  async menu(name: string, verb: string): Promise<void> {
    await this.row(name).click({ button: 'right' });
    await this.page.getByRole('menuitem', { name: verb }).click();
  }
  /** Makes a folder in the open one and goes into it. */
  async enterNewFolder(name: string): Promise<void> {
    await this.page.getByRole('button', { name: 'New', exact: true }).first().click();
    await this.page.getByRole('menuitem', { name: 'New folder' }).click();
    await this.page.getByRole('dialog').getByLabel('Name').fill(name);
    await this.page.keyboard.press('Enter');
    await this.open(name);
  }

  async sample(name: string, contents: string | Uint8Array): Promise<string> {
    const file = path.join(this.samples, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, contents);
    return file;
  }
  drop(...files: readonly string[]): Promise<void> {
    return dropFromOutside(this.page, this.page.getByRole('main'), files);
  }
  /** The upload panel's word on the whole. */
  async uploaded(text: string): Promise<void> {
    const panel = this.page.getByRole('region', { name: 'Uploads' });
    await panel.getByRole('status').getByText(text).waitFor({ timeout: 30_000 });
    await panel.getByRole('button', { name: 'Close the list' }).click();
    await panel.waitFor({ state: 'detached' });
  }

  /** SHA-256 of a file of the open folder as the server hands it out; null while it is not there. */
  async storedHash(name: string): Promise<string | null> {
    const folder = new URL(this.page.url()).pathname.split('/').pop() ?? '';
    return this.page.evaluate(
      async ([folderId, wanted]) => {
        const { items } = await (await fetch(`/api/v1/nodes/${folderId}/children?limit=1000`)).json();
        const node = items.find((item: { name: string }) => item.name === wanted);
        if (!node) return null;
        const bytes = await (await fetch(`/api/v1/nodes/${node.id}/content`)).arrayBuffer();
        const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
        return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
      },
      [folder, name] as const,
    );
  }
  async expectStored(name: string, contents: string | Uint8Array): Promise<void> {
    const wanted = createHash('sha256').update(contents).digest('hex');
    await eventually(
      () => this.storedHash(name),
      (hash) => hash === wanted,
      `${name} is whole`,
    );
  }

  private parts(): Started {
    if (!this.started) throw new Error('the world has not started');
    return this.started;
  }
}
