import { Argument, type Command } from 'commander';

/** Scripts that ask nothing of the program at run time: the words are written into them. */
export function addCompletion(program: Command): void {
  program
    .command('completion')
    .description('print a completion script: source <(volvox completion bash)')
    .addArgument(new Argument('<shell>').choices(['bash', 'zsh', 'fish']))
    .action((shell: Shell) => {
      process.stdout.write(completionScript(shell, program));
    });
}

export type Shell = 'bash' | 'zsh' | 'fish';

interface Level {
  /** '' at the top, else as `config set`. */
  readonly path: string;
  readonly commands: readonly { readonly name: string; readonly description: string }[];
  readonly flags: readonly { readonly name: string; readonly description: string }[];
}

export function completionScript(shell: Shell, program: Command): string {
  const levels = levelsOf(program, '');
  return { bash, zsh, fish }[shell](levels);
}

function levelsOf(command: Command, path: string): Level[] {
  const flags = command.options.flatMap(({ long, description }) =>
    long == null ? [] : [{ name: long, description }],
  );
  const commands = command.commands.map((c) => ({ name: c.name(), description: c.description() }));
  const below = command.commands.flatMap((c) => levelsOf(c, `${path} ${c.name()}`.trim()));
  return [{ path, commands, flags }, ...below];
}

/** The flags of the top hold everywhere. */
function words({ commands, flags }: Level, levels: readonly Level[]): string {
  const global = levels.flatMap((level) => (level.path === '' ? level.flags : []));
  const all = [...commands, ...flags, ...global].map((word) => word.name);
  return [...new Set(all), '--help'].join(' ');
}

/** The typed words that lead to a known command; flags, their values and arguments lie in between. */
function walk(levels: readonly Level[], typed: string): string {
  const known = levels.flatMap(({ path }) => (path === '' ? [] : [`"${path}"`])).join('|');
  return `  local at="" word
  for word in ${typed}; do
    case "\${at:+$at }$word" in
      ${known}) at="\${at:+$at }$word" ;;
    esac
  done`;
}

function cases(levels: readonly Level[], body: (list: string) => string): string {
  return levels.map((level) => `    "${level.path}") ${body(words(level, levels))} ;;`).join('\n');
}

function bash(levels: readonly Level[]): string {
  return `_volvox() {
${walk(levels, '"${COMP_WORDS[@]:1:COMP_CWORD-1}"')}
  case "$at" in
${cases(levels, (list) => `COMPREPLY=($(compgen -W "${list}" -- "\${COMP_WORDS[COMP_CWORD]}"))`)}
  esac
}
complete -o default -F _volvox volvox
`;
}

function zsh(levels: readonly Level[]): string {
  return `#compdef volvox
_volvox() {
${walk(levels, '"${(@)words[2,CURRENT-1]}"')}
  case "$at" in
${cases(levels, (list) => `compadd -- ${list}`)}
  esac
}
compdef _volvox volvox
`;
}

function fish(levels: readonly Level[]): string {
  return levels.flatMap(fishLevel).join('\n').concat('\n');
}

function fishLevel({ path, commands, flags }: Level): string[] {
  const seen = path.split(' ').filter((word) => word !== '');
  const not =
    commands.length === 0 ? [] : [`not __fish_seen_subcommand_from ${commands.map((c) => c.name).join(' ')}`];
  const condition = [...seen.map((word) => `__fish_seen_subcommand_from ${word}`), ...not].join('; and ');
  const when = condition === '' ? '' : ` -n ${fishText(condition)}`;
  return [
    ...commands.map((c) => `complete -c volvox -f${when} -a ${c.name} -d ${fishText(c.description)}`),
    ...flags.map(
      (f) =>
        `complete -c volvox${path === '' ? '' : when} -l ${f.name.slice(2)} -d ${fishText(f.description)}`,
    ),
  ];
}

function fishText(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}
