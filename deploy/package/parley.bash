# Completion of parley's options for bash. Written by deploy/package/make.py from parley --help.
_parley() {
    local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} words=""
    case "$previous" in
    --config|--tls-cert|--tls-key)
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
        return
        ;;
    --data-dir)
        mapfile -t COMPREPLY < <(compgen -d -- "$word")
        return
        ;;
    --root-service) words="chat live game" ;;
    --live-media) words="srtp plain" ;;
    --durability) words="cache fsync" ;;
    --token-services) words="chat live game" ;;
    --log-level) words="off error warn info debug" ;;
    --log-format) words="text json" ;;
    --host|--port|--http-port|--admin-port|--admin-token|--workers|--allowed-origins|--connections-max|--connections-per-address-max|--trusted-proxies|--header-timeout-ms|--ping-interval-ms|--idle-timeout-ms|--close-timeout-ms|--shutdown-timeout-ms|--drain-delay-ms|--drain-ms|--header-bytes-max|--egress-messages-max|--egress-bytes-max|--message-rate-max|--control-frames-max|--control-frames-refill-ms|--strikes-max|--strikes-refill-ms|--guesses-max|--guesses-refill-ms|--live-heartbeat-ms|--live-zombie-ms|--live-identify-ms|--live-secret|--live-udp-port|--advertise-address|--media-threads|--game-tick-ms|--store-mb-max|--redis-url|--mongodb-url|--mongodb-db-name|--jwt-secret|--jwt-public-key|--jwt-issuer|--jwt-audience|--token-grace-ms) return ;;
    *)
        words="--config --host --port --http-port --admin-port --admin-token --workers --root-service --tls-cert --tls-key --allowed-origins --connections-max --connections-per-address-max --limit-loopback --trusted-proxies --proxy-protocol --header-timeout-ms --ping-interval-ms --idle-timeout-ms --close-timeout-ms --shutdown-timeout-ms --drain-delay-ms --drain-ms --header-bytes-max --egress-messages-max --egress-bytes-max --message-rate-max --control-frames-max --control-frames-refill-ms --strikes-max --strikes-refill-ms --guesses-max --guesses-refill-ms --live-heartbeat-ms --live-zombie-ms --live-identify-ms --live-secret --live-udp-port --advertise-address --live-media --media-threads --game-tick-ms --data-dir --durability --store-mb-max --redis-url --mongodb-url --mongodb-db-name --jwt-secret --jwt-public-key --jwt-issuer --jwt-audience --token-services --token-grace-ms --log-level --log-format --help --version --check-config"
        ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}
complete -o filenames -F _parley parley
