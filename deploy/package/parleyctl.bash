# Completion for parleyctl in bash. Written by deploy/package/make.py from parleyctl --help.
_parleyctl() {
    local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} words
    case "$previous" in
    log-level) words="off error warn info debug" ;;
    --service) words="chat live game" ;;
    disconnect|revoke|--host|--port|--room|--session|--type|--sample) return ;;
    *) words="status sessions rooms trace disconnect revoke log-level drain --host --port --json --service --room --session --type --sample --members --help" ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}
complete -F _parleyctl parleyctl
