export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** What may follow a command. */
export interface Completed {
  /** The command: `['keys', 'create']`; empty for the program itself. */
  words: readonly string[];
  commands: readonly { name: string; about: string }[];
  options: readonly { name: string; about: string; takesValue: boolean }[];
}

/** The script that a shell reads to complete `weir`. Where neither a command nor an option fits, it completes files. */
export function completionScript(shell: Shell, commands: readonly Completed[]): string {
  return { bash, zsh, fish }[shell](commands).join('\n');
}

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
const pathOf = (words: readonly string[]): string => quoted(words.map((word) => ` ${word}`).join(''));

/** Follows the words that name commands, and leaves options and their values out. */
function walk(commands: readonly Completed[], words: string): string[] {
  const known = commands.flatMap((each) => (each.words.length === 0 ? [] : [pathOf(each.words)]));
  return [
    '  local at="" word',
    `  for word in ${words}; do`,
    `    case "$at $word" in ${known.join('|')}) at="$at $word" ;; esac`,
    '  done',
  ];
}

/** Options whose value comes next: whatever it is, it is no command. */
function valued({ options }: Completed): string {
  return options.flatMap(({ name, takesValue }) => (takesValue ? [quoted(name)] : [])).join('|');
}

function bash(commands: readonly Completed[]): string[] {
  return [
    '# bash completion for weir',
    '_weir() {',
    '  local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} names="" options=""',
    ...walk(commands, '"${COMP_WORDS[@]:1:COMP_CWORD-1}"'),
    '  COMPREPLY=()',
    '  case "$at" in',
    ...commands.flatMap((each) => [
      `    ${pathOf(each.words)})`,
      ...(valued(each) === '' ? [] : [`      case "$before" in ${valued(each)}) return ;; esac`]),
      `      names=${quoted(each.commands.map(({ name }) => name).join(' '))}`,
      `      options=${quoted(each.options.map(({ name }) => name).join(' '))} ;;`,
    ]),
    '  esac',
    '  case "$current" in -*) names=$options ;; esac',
    '  COMPREPLY=($(compgen -W "$names" -- "$current"))',
    '}',
    'complete -o default -F _weir weir',
  ];
}

function zsh(commands: readonly Completed[]): string[] {
  // A colon ends the name of what is described.
  const described = (each: { name: string; about: string }): string => quoted(`${each.name}:${each.about}`);
  return [
    '#compdef weir',
    '_weir() {',
    '  local -a names options',
    ...walk(commands, '"${(@)words[2,CURRENT-1]}"'),
    '  case "$at" in',
    ...commands.flatMap((each) => [
      `    ${pathOf(each.words)})`,
      ...(valued(each) === ''
        ? []
        : [`      case "$words[CURRENT-1]" in ${valued(each)}) _files; return ;; esac`]),
      `      names=(${each.commands.map(described).join(' ')})`,
      `      options=(${each.options.map(described).join(' ')}) ;;`,
    ]),
    '  esac',
    '  if [[ "$words[CURRENT]" == -* ]]; then _describe option options',
    '  elif (( $#names )); then _describe command names',
    '  else _files; fi',
    '}',
    'compdef _weir weir',
  ];
}

function fish(commands: readonly Completed[]): string[] {
  return [
    '# fish completion for weir',
    ...commands.flatMap(({ words, commands: below, options }) => {
      const names = below.map(({ name }) => name);
      const here = words.map((word) => `__fish_seen_subcommand_from ${word}`);
      const nothingYet = names.length === 0 ? [] : [`not __fish_seen_subcommand_from ${names.join(' ')}`];
      const where = quoted([...here, ...nothingYet].join('; and '));
      return [
        ...below.map(({ name, about }) => `complete -c weir -f -n ${where} -a ${name} -d ${quoted(about)}`),
        ...options.map(
          ({ name, about, takesValue }) =>
            `complete -c weir -n ${where} -l ${name.slice(2)}${takesValue ? ' -r' : ''} -d ${quoted(about)}`,
        ),
      ];
    }),
  ];
}
