#!/bin/sh
# The main job, as a person would do it, on a copy of examples/quickstart. Each command is shown before its output.
set -eu
rm -rf .demo
cp -R examples/quickstart .demo
cd .demo
rm -rf live.db* .ccconf
NO_COLOR=1
CCCONF_ACTOR=demo
export NO_COLOR CCCONF_ACTOR

run() {
    expected=$1
    shift
    printf '$ ccconf'
    for word in "$@"; do
        case $word in *' '*) printf ' "%s"' "$word" ;; *) printf ' %s' "$word" ;; esac
    done
    printf '\n'
    status=0
    ccconf "$@" 2>&1 || status=$?
    printf '\n'
    if [ "$status" -ne "$expected" ]; then
        printf 'expected exit code %s, got %s\n' "$expected" "$status"
        exit 1
    fi
}

run 0 validate
run 2 plan
run 0 apply --yes
run 0 plan
