#!/usr/bin/env bash
# Puts the server onto the Kubernetes cluster that kubectl talks to. Run it as often as you like: what is there already
# and right is left alone.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

NAMESPACE=websocket
IMAGE_PATTERN='^[a-z0-9][a-zA-Z0-9._/:@-]*$'

usage() {
    cat <<'END'
Usage: ./deploy.sh [STRATEGY] [OPTION...]

  dev         one server, Redis and MongoDB; needs no Istio (the default)
  rolling     several pods behind Istio, replaced one after the other
  canary      one pod of a new version beside those of "rolling", for some of the rooms
  blue-green  a second set of pods; clients are led there once it is ready, then the first one goes

  --image NAME:TAG   what to run (canary: what the canary runs) instead of the image that the manifests name
  --timeout SECONDS  for pods to become ready; default 300
  --dry-run          prints what would be applied; asks no cluster, changes nothing
  --help

Except for dev, the Secret websocket-secrets is made with a random JWT_SECRET when there is none.
deploy/README.md tells more.
END
}

say() {
    printf '%s\n' "$*" >&2
}

die() {
    say "deploy.sh: $*"
    exit 1
}

strategy=
image=
timeout=300
dry_run=no
while [ $# -gt 0 ]; do
    case $1 in
    dev | rolling | canary | blue-green)
        [ -z "$strategy" ] || die "one strategy at a time: $strategy or $1"
        strategy=$1
        ;;
    --image | --timeout)
        [ $# -ge 2 ] || die "$1 needs a value"
        case $1 in
        --image) image=$2 ;;
        --timeout) timeout=$2 ;;
        esac
        shift
        ;;
    --dry-run) dry_run=yes ;;
    --help | -h)
        usage
        exit 0
        ;;
    *) die "what is $1? ./deploy.sh --help lists what there is" ;;
    esac
    shift
done
strategy=${strategy:-dev}
[ -z "$image" ] || [[ $image =~ $IMAGE_PATTERN ]] || die "no name of an image: $image"
[[ $timeout =~ ^[1-9][0-9]{0,4}$ ]] || die "--timeout is a number of seconds: $timeout"
[ "$strategy" != canary ] || [ -n "$image" ] || die "canary needs --image NAME:TAG: the version to try"

# --- what to apply --------------------------------------------------------------------------------------------------

# The manifests, with the image that was asked for.
render() {
    local overlay=deploy/k8s/overlays/$strategy
    if command -v kubectl >/dev/null; then
        kubectl kustomize "$overlay"
    elif command -v kustomize >/dev/null; then
        kustomize build "$overlay"
    else
        die "kubectl is needed, and is not installed: https://kubernetes.io/docs/tasks/tools/"
    fi | if [ -n "$image" ]; then sed -E "s#(image: )websocket-server:.*#\1$image#"; else cat; fi
}

manifests=$(render) || die "the manifests of $strategy cannot be rendered; the message above says why"

if [ "$dry_run" = yes ]; then
    printf '%s\n' "$manifests"
    say "Nothing was changed (--dry-run)."
    exit 0
fi

# --- the cluster ----------------------------------------------------------------------------------------------------

command -v kubectl >/dev/null || die "kubectl is needed, and is not installed: https://kubernetes.io/docs/tasks/tools/"
kubectl get --raw=/readyz >/dev/null ||
    die "no cluster answers (context: $(kubectl config current-context 2>/dev/null || echo none)); see kubectl config get-contexts"
if [ "$strategy" != dev ] && ! kubectl get crd virtualservices.networking.istio.io >/dev/null 2>&1; then
    die "$strategy needs Istio, and the cluster has none: install it (istioctl install), or use ./deploy.sh dev"
fi

# apply [SELECTOR]: the manifests, or those of them whose labels match.
apply() {
    printf '%s\n' "$manifests" | kubectl apply -f - ${1:+-l "$1"}
}

# wait_for WHAT: until all pods of it are ready.
wait_for() {
    kubectl rollout status "$1" -n $NAMESPACE --timeout="${timeout}s" ||
        die "$1 did not become ready: kubectl describe pods -n $NAMESPACE; kubectl logs $1 -n $NAMESPACE"
}

jwt_secret() {
    kubectl get secret websocket-secrets -n $NAMESPACE --ignore-not-found -o 'jsonpath={.data.JWT_SECRET}'
}

# Makes the Secret when there is none, and puts it where Istio looks: it is kept out of arguments, which others could see.
bring_secret() {
    local secret
    secret=$(jwt_secret)
    if [ -z "$secret" ]; then
        say "Making the Secret websocket-secrets with a random JWT_SECRET."
        head -c 48 /dev/urandom | base64 -w0 |
            kubectl create secret generic websocket-secrets -n $NAMESPACE --from-file=JWT_SECRET=/dev/stdin
        secret=$(jwt_secret)
    fi
    secret=$(printf '%s' "$secret" | tr '+/' '-_' | tr -d '=')
    manifests=${manifests//SECRET-IN-BASE64URL/$secret}
}

# --- strategies -----------------------------------------------------------------------------------------------------

deploy_dev() {
    apply
    wait_for deployment/redis
    wait_for statefulset/mongo
    wait_for deployment/websocket-server
}

deploy_rolling() {
    apply
    wait_for deployment/websocket-server
    # Nobody is led to a canary any more.
    kubectl delete deployment websocket-server-canary -n $NAMESPACE --ignore-not-found
}

deploy_canary() {
    kubectl get deployment websocket-server -n $NAMESPACE >/dev/null || die "a canary goes beside others: ./deploy.sh rolling first"
    apply version=canary
    wait_for deployment/websocket-server-canary
    apply 'version!=stable'
}

# Which colour clients are led to; nothing at first.
live_colour() {
    kubectl get virtualservice websocket -n $NAMESPACE --ignore-not-found -o 'jsonpath={.spec.http[0].route[0].destination.subset}'
}

deploy_blue_green() {
    local live next replicas
    live=$(live_colour)
    case $live in
    blue) next=green ;;
    *) next=blue ;;
    esac
    replicas=
    [ -z "$live" ] || replicas=$(kubectl get deployment "websocket-server-$live" -n $NAMESPACE --ignore-not-found -o 'jsonpath={.spec.replicas}')
    manifests=${manifests//subset: blue/subset: $next}
    apply "version=$next"
    # The autoscaler lets one that was stopped rest until somebody wakes it.
    kubectl scale "deployment/websocket-server-$next" -n $NAMESPACE --replicas="${replicas:-3}"
    wait_for "deployment/websocket-server-$next"
    apply '!version'
    say "Clients are led to $next."
    case $live in
    blue | green)
        kubectl scale "deployment/websocket-server-$live" -n $NAMESPACE --replicas=0
        say "$live closes its clients, who come back to $next. To go back: ./deploy.sh blue-green --image OLD"
        ;;
    esac
}

kubectl apply -k deploy/k8s/shared
[ "$strategy" = dev ] || bring_secret
"deploy_${strategy//-/_}"
say "Done: kubectl get all -n $NAMESPACE"
