import { Argument, type Command } from 'commander';

/** Scripts that ask nothing of the program at run time: the words are written into them. */
export function addCompletion(program: Command): void {
  program
    .command('completion')
    .description('print a completion script: source <(volvox completion bash)')
    .addArgument(new Argument('<shell>').choices(['bash', 'zsh', 'fish']))
    .action((shell: 'bash' | 'zsh' | 'fish') => {
      process.stdout.write(scripts[shell](words(program)));
    });
}

/** Command path ('' = top) -> its sub-commands and long flags. */
function words(program: Command): Map<string, string[]> {
  const map = new Map<string, string[]>();
  const visit = (command: Command, path: string): void => {
    const flags = command.options.flatMap((option) => (option.long ? [option.long] : []));
    map.set(path, [...command.commands.map((c) => c.name()), ...flags, '--help']);
    for (const child of command.commands) visit(child, `${path} ${child.name()}`.trim());
  };
  visit(program, '');
  return map;
}

const scripts = {
  bash: (map: Map<string, string[]>) => `_volvox() {
  local path="" word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do case "$word" in -*) ;; *) path="\${path:+$path }$word" ;; esac; done
  case "$path" in
${cases(map, (list) => `COMPREPLY=($(compgen -W "${list}" -- "\${COMP_WORDS[COMP_CWORD]}"))`)}
  esac
}
complete -o default -F _volvox volvox
`,
  zsh: (map: Map<string, string[]>) => `#compdef volvox
_volvox() {
  local path="" word
  for word in "\${words[@]:1:$((CURRENT-2))}"; do case "$word" in -*) ;; *) path="\${path:+$path }$word" ;; esac; done
  case "$path" in
${cases(map, (list) => `compadd -- ${list}`)}
  esac
}
compdef _volvox volvox
`,
  fish: (map: Map<string, string[]>) =>
    [...map]
      .flatMap(([path, list]) =>
        list.map((word) => `complete -c volvox -n '${fishCondition(path)}' -f -a '${word}'`),
      )
      .join('\n')
      .concat('\n'),
};

function cases(map: Map<string, string[]>, body: (list: string) => string): string {
  return [...map].map(([path, list]) => `    "${path}") ${body(list.join(' '))} ;;`).join('\n');
}

function fishCondition(path: string): string {
  if (path === '') return '__fish_use_subcommand';
  return path
    .split(' ')
    .map((word) => `__fish_seen_subcommand_from ${word}`)
    .join('; and ');
}
