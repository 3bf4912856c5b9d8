# Completion of tandem's arguments for bash.
_tandem() {
    local word="${COMP_WORDS[COMP_CWORD]}" before="${COMP_WORDS[COMP_CWORD-1]}" command= at
    local commands="call chat check-config provision explain-number diagnose ctl"
    local options="--headless --minimized --profile --config --resolver --ca-file --renderer --dry-run --output --help --version"
    COMPREPLY=()
    case $before in
        --profile) mapfile -t COMPREPLY < <(compgen -d -- "$word"); return ;;
        --config|--ca-file|--output) mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
        --renderer) mapfile -t COMPREPLY < <(compgen -W "software gpu" -- "$word"); return ;;
        --resolver) return ;;
    esac
    for ((at = 1; at < COMP_CWORD; at++)); do
        case ${COMP_WORDS[at]} in
            --profile|--config|--ca-file|--output|--renderer|--resolver) ((at++)) ;;
            -*) ;;
            *) command=${COMP_WORDS[at]}; break ;;
        esac
    done
    if [[ $word == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
        return
    fi
    case $command in
        '') mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$word") ;;
        check-config|provision) mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
        ctl) [[ $before == ctl ]] && mapfile -t COMPREPLY < <(compgen -W "@METHODS@" -- "$word") ;;
    esac
}
complete -F _tandem tandem
